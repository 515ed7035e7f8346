// What scraping costs the server: one target of ten thousand series every second, and ten thousand targets of ten series every 15 seconds.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, running, startServer } from './servers.mjs';
import { median } from './statistics.mjs';

const KINDS = {
  scrape: {
    ...{ targets: 1, series: 10_000, interval: '1s', warmUpS: 10 },
    ...{ title: 'scrape of 10,000 series, processor time', unit: 'ms', goal: { most: 30 } },
    costOf: (cpuSeconds, scrapes) => (cpuSeconds * 1000) / scrapes,
  },
  targets: {
    // All have been scraped twice before anything counts.
    ...{ targets: 10_000, series: 10, interval: '15s', warmUpS: 32 },
    ...{ title: '10,000 targets of 10 series every 15 s, processor time per million samples', unit: 's' },
    costOf: (cpuSeconds, scrapes) => (cpuSeconds * 1e6) / (scrapes * 10),
  },
};
const SCRAPED_WITHIN_MS = 30_000;

async function statsOf(address) {
  const answer = await fetch(`http://${address}/stats`);
  return (await answer.json()).scrapes;
}

async function startTarget(script, series) {
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(process.execPath, [script, '--port', address.split(':')[1], '--series', String(series)], { stdio: 'ignore' });
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

/** What scraping costs over `seconds`, or longer when a busy machine gets no scrape done in them. */
async function measureOnce(server, address, seconds, costOf) {
  const [before, scrapesBefore] = [server.usage(), await statsOf(address)];
  await sleep(seconds * 1000);
  let scrapes = (await statsOf(address)) - scrapesBefore;
  for (const deadline = performance.now() + SCRAPED_WITHIN_MS; scrapes === 0; scrapes = (await statsOf(address)) - scrapesBefore) {
    if (performance.now() > deadline) throw new Error(`${server.program.name} does not scrape: ${server.log()}`);
    await sleep(100);
  }
  return costOf(server.usage().cpuSeconds - before.cpuSeconds, scrapes);
}

/** Targets with one address: labels of their own make them differ. */
function configOf({ targets, interval }, address) {
  const each = Array.from({ length: targets }, (_, i) => `      - { targets: ['${address}'], labels: { replica: 'r${i}' } }\n`);
  return `global: { scrape_interval: ${interval}, scrape_timeout: ${interval} }\nscrape_configs:\n  - job_name: bench\n    static_configs:\n${each.join('')}`;
}

/** `scrape` or `targets`: rounds in turns; whoever is not at work is stopped by a signal. Each round begins with some scrapes that do not count. */
export async function measureScrapes(id, { scripts, freshFolder, scrapeS, rounds, progress }, programs) {
  const kind = KINDS[id];
  const target = await startTarget(scripts.target, kind.series);
  const config = configOf(kind, target.address);
  const results = new Map(programs.map((program) => [program.id, []]));
  const servers = [];
  try {
    for (const program of programs) {
      const server = await startServer(program, freshFolder(program, id), config);
      server.pause();
      servers.push(server);
    }
    for (let round = 0; round < rounds; round++) {
      for (const server of servers) {
        progress(
          `${kind.targets === 1 ? 'scraping' : 'scraping many targets'} with ${server.program.name}, round ${round + 1} of ${rounds}`,
        );
        server.resume();
        await sleep(Math.min(kind.warmUpS, scrapeS * 2) * 1000);
        results.get(server.program.id).push(await measureOnce(server, target.address, scrapeS, kind.costOf));
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
      part: id,
      id,
      ...{ title: kind.title, unit: kind.unit, goal: kind.goal },
      values: Object.fromEntries([...results].map(([program, costs]) => [program, median(costs)])),
      samples: Object.fromEntries(results),
    },
  ];
}
