// What a scrape of ten thousand series costs the server.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, running, startServer } from './servers.mjs';
import { median } from './statistics.mjs';

const SERIES = 10_000;
const SCRAPED_WITHIN_MS = 30_000;

async function statsOf(address) {
  const answer = await fetch(`http://${address}/stats`);
  return (await answer.json()).scrapes;
}

async function startTarget(script) {
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(process.execPath, [script, '--port', address.split(':')[1], '--series', String(SERIES)], { stdio: 'ignore' });
  const target = { address, kill: () => child.kill('SIGKILL') };
  running.add(target);
  while (!(await isThere(address))) {
    if (child.exitCode !== null) throw new Error(`${script} ended with status ${child.exitCode}`);
    await sleep(20);
  }
  return target;
}

async function isThere(address) {
  return statsOf(address).then(
    () => true,
    () => false,
  );
}

/** Processor milliseconds a scrape over `seconds`, or longer when a busy machine gets no scrape done in them; a scrape a second. */
async function measureOnce(server, address, seconds) {
  const [before, scrapesBefore] = [server.usage(), await statsOf(address)];
  await sleep(seconds * 1000);
  let scrapes = (await statsOf(address)) - scrapesBefore;
  for (const deadline = performance.now() + SCRAPED_WITHIN_MS; scrapes === 0; scrapes = (await statsOf(address)) - scrapesBefore) {
    if (performance.now() > deadline) throw new Error(`${server.program.name} does not scrape: ${server.log()}`);
    await sleep(100);
  }
  return ((server.usage().cpuSeconds - before.cpuSeconds) * 1000) / scrapes;
}

/** Rounds in turns; whoever is not at work is stopped by a signal. Each round begins with some scrapes that do not count. */
export async function measureScrapes({ scripts, freshFolder, scrapeS, rounds, progress }, programs) {
  const target = await startTarget(scripts.target);
  const config = `global: { scrape_interval: 1s, scrape_timeout: 1s }\nscrape_configs:\n  - job_name: bench\n    static_configs: [{ targets: ['${target.address}'] }]\n`;
  const results = new Map(programs.map(({ id }) => [id, []]));
  const servers = [];
  try {
    for (const program of programs) {
      const server = await startServer(program, freshFolder(program, 'scrape'), config);
      server.pause();
      servers.push(server);
    }
    for (let round = 0; round < rounds; round++) {
      for (const server of servers) {
        progress(`scraping with ${server.program.name}, round ${round + 1} of ${rounds}`);
        server.resume();
        await sleep(Math.min(10, scrapeS) * 1000);
        results.get(server.program.id).push(await measureOnce(server, target.address, scrapeS));
        server.pause();
      }
    }
  } finally {
    target.kill();
    running.delete(target);
    for (const server of servers) await server.stop();
  }
  return [
    {
      part: 'scrape',
      id: 'scrape',
      title: 'scrape of 10,000 series, processor time',
      unit: 'ms',
      values: Object.fromEntries([...results].map(([id, costs]) => [id, median(costs)])),
      samples: Object.fromEntries(results),
      goal: { most: 30 },
    },
  ];
}
