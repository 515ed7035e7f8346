// Loads the corpus by remote write; what it costs, what it takes on the disk, and how long a start takes with it.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inSlices, lastStretch, runScript } from './corpus.mjs';
import { settle, startServer } from './servers.mjs';
import { median } from './statistics.mjs';

const byProgram = (entries, value) => Object.fromEntries(entries.map(([id, entry]) => [id, value(entry)]));

/** Loads one file; samples, wall seconds and the server's processor seconds. */
async function loadFile(script, server, file, slots) {
  const url = `${server.url}/api/v1/write`;
  const out = await runScript(script, ['--file', file, '--url', url, '--pid', String(server.pid), '--slots', String(slots)]);
  const { samples, wallS, samplesPerS, serverCpuS } = JSON.parse(out.trim().split('\n').at(-1));
  // Rounded seconds are too coarse for little data.
  return { samples, wallS: samplesPerS ? samples / samplesPerS : wallS, cpuS: serverCpuS };
}

/** Loads slice by slice, server by server in turns; whoever is not at work is stopped by a signal and takes nothing from the others. */
async function loadInTurns({ scripts, slots, progress }, servers, corpus, slices) {
  const loads = new Map(servers.map((server) => [server.program.id, []]));
  for (const server of servers) server.pause();
  await inSlices(corpus, slices, async (file, i, count) => {
    for (let k = 0; k < servers.length; k++) {
      const server = servers[(i + k) % servers.length];
      progress(`loading slice ${i + 1} of ${count} into ${server.program.name}, ${slots} samples a series and request`);
      server.resume();
      loads.get(server.program.id).push(await loadFile(scripts.load, server, file, slots));
      server.pause();
    }
  });
  for (const server of servers) server.resume();
  return loads;
}

function summary(loads) {
  const sum = (key) => loads.reduce((total, load) => total + load[key], 0);
  const cpuS = sum('cpuS');
  return { samples: sum('samples'), perS: sum('samples') / sum('wallS'), perCpuS: cpuS > 0 ? sum('samples') / cpuS : undefined };
}

/** One after the other, so that nobody's start or merging disturbs the next. */
async function startEach(programs, folderOf) {
  const servers = [];
  for (const program of programs) servers.push(await startServer(program, folderOf(program)));
  return servers;
}

/**
 * Fills the data folder of each program; figures by program. Data that an earlier run left in the same scratch folder is used again
 * with the figures of then.
 */
export async function loadBulk(context, programs, corpus) {
  const { folderOf, settleS, slices, progress } = context;
  const noteOf = (program) => join(folderOf(program), `loaded-${corpus.origin}-${corpus.size}.json`);
  const kept = programs.filter((program) => existsSync(noteOf(program)));
  const figures = new Map(kept.map((program) => [program.id, { ...JSON.parse(readFileSync(noteOf(program), 'utf8')), isEarlier: true }]));
  const empty = programs.filter((program) => !kept.includes(program));
  for (const program of empty) refuseOtherData(folderOf(program), corpus);
  const servers = await startEach(empty, folderOf);
  if (servers.length === 0) return figures;
  const loads = await loadInTurns({ ...context, slots: 20 }, servers, corpus, slices);
  for (const server of servers) figures.set(server.program.id, { ...summary(loads.get(server.program.id)), ...server.usage() });
  for (const server of servers) {
    progress(`waiting for the data folder of ${server.program.name} to keep its size`);
    await settle(server, settleS);
    await server.stop();
    mkdirSync(folderOf(server.program), { recursive: true });
    writeFileSync(noteOf(server.program), JSON.stringify({ ...figures.get(server.program.id), release: server.program.release }));
  }
  return figures;
}

/** Two corpora in one folder would measure neither. */
function refuseOtherData(folder, { origin, size }) {
  const notes = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('loaded-')) : [];
  if (notes.length > 0)
    throw new Error(
      `${folder} holds other data than ${origin}-${size} (${notes.join(', ')}): choose another --scratch folder, or remove it`,
    );
}

/** Rows of a bulk load. */
export function bulkRows(figures) {
  const entries = [...figures];
  const memory = (id, title, key) => ({ part: 'load', id, title, unit: 'MB', values: byProgram(entries, (figure) => figure[key]) });
  return [
    {
      part: 'load',
      id: 'load.bulk',
      title: 'remote write in bulk, 20 samples a series and request',
      unit: 'samples/s',
      values: byProgram(entries, (figure) => figure.perS),
      cpu: byProgram(entries, (figure) => figure.perCpuS),
      goal: { least: 1e6, leastPerCpu: 0.6e6 },
      loadedBy: entries.flatMap(([id, { isEarlier, release }]) => (isEarlier ? [{ id, release: release ?? 'an unknown version' }] : [])),
    },
    memory('memory.load.resident', 'resident memory after the load', 'residentMb'),
    memory('memory.load.anonymous', 'anonymous memory after the load', 'anonymousMb'),
    memory('memory.load.peak', 'most resident memory in the load', 'peakMb'),
  ];
}

/** Each sample with its labels, as servers and agents send it: rounds over consecutive hours into fresh data folders. */
export async function measureLive(context, programs, corpus) {
  const servers = await startEach(programs, (program) => context.freshFolder(program, 'live'));
  const loads = await loadInTurns({ ...context, slots: 1 }, servers, lastStretch(corpus, context.rounds), context.rounds);
  for (const server of servers) await server.stop();
  const entries = [...loads].map(([id, rounds]) => [
    id,
    { wall: median(rounds.map((round) => round.samples / round.wallS)), ...summary(rounds) },
  ]);
  return [
    {
      part: 'live',
      id: 'load.live',
      title: 'live remote write, 1 sample a series and request',
      unit: 'samples/s',
      values: byProgram(entries, ({ wall }) => wall),
      cpu: byProgram(entries, ({ perCpuS }) => perCpuS),
      goal: { least: 0.3e6 },
    },
  ];
}

/** Starts on the loaded data in turns, and what the data takes on the disk once nothing merges any more. */
export async function measureStarts({ folderOf, settleS, rounds, progress }, programs, figures) {
  const readyMs = new Map(programs.map(({ id }) => [id, []]));
  const bytes = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const program of programs) {
      progress(`starting ${program.name} with the data, round ${round + 1} of ${rounds}`);
      const server = await startServer(program, folderOf(program));
      readyMs.get(program.id).push(server.readyMs);
      if (round === rounds - 1) bytes.set(program.id, await settle(server, settleS));
      await server.stop();
    }
  }
  return [
    {
      part: 'start',
      id: 'disk',
      title: 'bytes a sample on disk',
      unit: 'B',
      values: Object.fromEntries([...bytes].map(([id, total]) => [id, total / figures.get(id).samples])),
      goal: { most: 2 },
    },
    {
      part: 'start',
      id: 'start',
      title: 'start to ready with this data',
      unit: 'ms',
      values: byProgram([...readyMs], median),
      samples: Object.fromEntries(readyMs),
      goal: { most: 2000 },
    },
  ];
}
