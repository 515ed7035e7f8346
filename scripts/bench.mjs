// Measures Alidade beside Prometheus and VictoriaMetrics, where they are there: the same data, the same machine, in turns.
//   npm run bench -- [--size S|M|T] [--runs 5] [--only load,live,start,queries,added,scrape,targets] [--without-peers] [--out FILE]
// Prints a Markdown table; what it is doing goes to standard error. Linux only: reads /proc.
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { queryCases } from './bench/cases.mjs';
import { makeCorpus, scriptsOf } from './bench/corpus.mjs';
import { bulkRows, loadBulk, measureLive, measureStarts } from './bench/measure-load.mjs';
import { measureQueries } from './bench/measure-queries.mjs';
import { measureScrapes } from './bench/measure-scrape.mjs';
import { isAnswerRight, markdown } from './bench/report.mjs';
import { findPrograms, killAll, startServer } from './bench/servers.mjs';
import { buildStale } from './build.mjs';
import { ensureDependencies, requireNode } from './install.mjs';

const PARTS = ['load', 'live', 'start', 'queries', 'added', 'scrape', 'targets'];
const HELP = `Usage: npm run bench -- [options]
  --size S|M|T          data set: S 30 days, M many series for a day, T tiny (default: S)
  --runs N              rounds of each query, three at most of everything else (default: 5)
  --only PARTS          some of ${PARTS.join(', ')} (default: all)
  --match TEXT          only queries whose id has this in it, e.g. p95 or dashboard
  --without-peers       Alidade alone
  --scratch FOLDER      where data goes (default: a new folder under the system's temporary one); data that lies there already is used again
  --keep                leave the scratch folder
  --out FILE            all figures as JSON
  --alidade FILE        another program than server/bin/alidade, e.g. of an older build
  --no-build            do not build what is stale
  --settle SECONDS      how long a data folder must keep its size before it is measured (default: 60: merged files stay for a while)
  --scrape-seconds N    how long each round of scrapes is (default: 20)
  --slices N            turns in which the data is loaded (default: 4)
ALIDADE_BENCH names a folder with corpora, loaders and queries to use instead of our own.`;

function readOptions() {
  const text = (value) => ({ type: 'string', default: value });
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    options: {
      ...{
        size: text('S'),
        runs: text('5'),
        only: text(PARTS.join(',')),
        scratch: { type: 'string' },
        out: { type: 'string' },
        match: text(''),
      },
      ...{ settle: text('60'), 'scrape-seconds': text('20'), slices: text('4'), alidade: { type: 'string' } },
      ...{ 'without-peers': flag, keep: flag, 'no-build': flag, help: { ...flag, short: 'h' } },
    },
  });
  const only = values.only.split(',');
  const unknown = only.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there is no such part; parts are ${PARTS.join(', ')}`);
  if (!['S', 'M', 'T'].includes(values.size)) throw new Error(`--size ${values.size}: S, M or T`);
  const positive = (name) => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Error(`--${name} ${values[name]}: must be a number above 0`);
    return value;
  };
  const numbers = { runs: positive('runs'), settleS: positive('settle'), scrapeS: positive('scrape-seconds'), slices: positive('slices') };
  return { ...values, ...numbers, only };
}

function machine() {
  const [first] = cpus();
  return {
    cores: cpus().length,
    processor: first.model,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
  };
}

const progress = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${text}\n`);

/** Every selected part in the table's order. */
async function measureAll(options, scratch, programs) {
  const benchFolder = process.env.ALIDADE_BENCH ?? '';
  const context = {
    ...{ scripts: scriptsOf(benchFolder), settleS: options.settleS, scrapeS: options.scrapeS, slices: options.slices, progress },
    // Of what takes long: live writing, starts, scrapes.
    rounds: Math.min(3, options.runs),
    folderOf: (program) => join(scratch, program.id),
    freshFolder(program, purpose) {
      const folder = join(scratch, `${program.id}-${purpose}`);
      rmSync(folder, { recursive: true, force: true });
      return folder;
    },
  };
  const wants = (...parts) => parts.some((part) => options.only.includes(part));
  progress(`making the corpus ${options.size}`);
  const corpus = await makeCorpus({ benchFolder, size: options.size, scratch });
  const rows = [];
  if (wants('load', 'start', 'queries', 'added')) {
    const figures = await loadBulk(context, programs, corpus);
    corpus.samples = figures.get('alidade').samples;
    rows.push(...bulkRows(figures));
    if (wants('live')) rows.push(...(await measureLive(context, programs, corpus)));
    if (wants('start')) rows.push(...(await measureStarts(context, programs, figures)));
    const cases = queryCases(benchFolder).filter(({ part, id }) => wants(part) && id.includes(options.match));
    if (cases.length > 0) rows.push(...(await askAll(programs, context, cases, options.runs)));
  } else if (wants('live')) rows.push(...(await measureLive(context, programs, corpus)));
  for (const kind of ['scrape', 'targets']) if (wants(kind)) rows.push(...(await measureScrapes(kind, context, programs)));
  return { corpus, rows: rows.filter(({ part }) => wants(part)) };
}

async function askAll(programs, { folderOf }, cases, runs) {
  const servers = [];
  for (const program of programs) servers.push(await startServer(program, folderOf(program)));
  const rows = await measureQueries(servers, cases, runs, progress);
  for (const server of servers) await server.stop();
  return rows;
}

/** Removes what this program puts into a scratch folder, and the folder when nothing else is in it. */
function removeOwn(scratch, programs) {
  const own = ['corpus', ...programs.flatMap(({ id }) => [id, `${id}-live`, `${id}-scrape`, `${id}-targets`])];
  for (const name of own) rmSync(join(scratch, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  if (readdirSync(scratch).length === 0) rmdirSync(scratch);
}

async function main() {
  const options = readOptions();
  const { programs, leftOut } = findPrograms({
    alidade: options.alidade && resolve(options.alidade),
    withPeers: !options['without-peers'],
  });
  if (options.scratch) mkdirSync(options.scratch, { recursive: true });
  const scratch = options.scratch ? resolve(options.scratch) : mkdtempSync(join(tmpdir(), 'alidade-bench-'));
  const clean = () => {
    killAll();
    if (!options.keep) removeOwn(scratch, programs);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => {
      clean();
      process.exit(1);
    });
  try {
    const when = new Date().toISOString();
    const { corpus, rows } = await measureAll(options, scratch, programs);
    const { file, folder, ...data } = corpus;
    const known = programs.map(({ id, name, release }) => ({ id, name, release }));
    const result = { when, machine: machine(), runs: options.runs, corpus: data, programs: known, leftOut, rows };
    if (options.out) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`);
    console.log(markdown(result));
    const wrong = rows.filter((row) => !isAnswerRight(row));
    if (wrong.length > 0) {
      console.error(`\nAlidade does not answer as Prometheus does: ${wrong.map(({ id }) => id).join(', ')}`);
      process.exitCode = 1;
    }
  } finally {
    clean();
  }
}

if (process.argv.includes('--help') || process.argv.includes('-h')) console.log(HELP);
else {
  requireNode();
  if (!process.argv.includes('--no-build')) {
    ensureDependencies();
    await buildStale();
  }
  try {
    await main();
  } catch (error) {
    console.error(`The bench has failed. ${process.env.DEBUG ? error.stack : error.message}`);
    process.exitCode = 1;
  }
}
