// The data to load, in the scratch folder: generated once, cut into slices and into a stretch for live writing.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cutCorpus, openCorpus } from './corpus-file.mjs';

const LIVE_SAMPLES = 3_000_000;
const own = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Runs a script with node; what it printed. */
export function runScript(file, args) {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, log] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-2_000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${file} ended with status ${code}: ${log}`))));
  });
}

/** The scripts to generate, to load and to be scraped: those of the bench folder, or our own. */
export function scriptsOf(benchFolder) {
  const [generate, load, target] = ['gen-metrics.mjs', 'load-remote-write.mjs', 'fake-target.mjs'].map((name) => join(benchFolder, name));
  return benchFolder ? { generate, load, target } : { generate: own('generate.mjs'), load: own('load.mjs'), target: own('target.mjs') };
}

/** Generates the corpus of this size unless it is there. */
export async function makeCorpus({ benchFolder, size, scratch }) {
  const folder = join(scratch, 'corpus');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, benchFolder ? `metrics-${size}.obsb` : `own-${size}.obsb`);
  if (!existsSync(file)) {
    await runScript(scriptsOf(benchFolder).generate, ['--size', size, '--out', `${file}.part`]);
    renameSync(`${file}.part`, file);
  }
  const corpus = openCorpus(file);
  corpus.close();
  const { header } = corpus;
  return {
    file,
    folder,
    origin: benchFolder ? 'bench' : 'own',
    size,
    start: header.start,
    end: header.end,
    windowMs: header.windowMs,
    series: header.series.length,
  };
}

/** Calls `use(file, i)` with `count` slices of equal spans of time, one after the other; each is gone afterwards. */
export async function inSlices(corpus, count, use) {
  const windows = Math.round((corpus.end - corpus.start) / corpus.windowMs);
  const slices = Math.min(count, windows);
  for (let i = 0; i < slices; i++) {
    const at = (k) => corpus.start + Math.floor((k * windows) / slices) * corpus.windowMs;
    const file = join(corpus.folder, `slice-${process.pid}.obsb`);
    try {
      cutCorpus(corpus.file, file, at(i), at(i + 1));
      await use(file, i, slices);
    } finally {
      rmSync(file, { force: true });
    }
  }
}

/** The last hours of the corpus as if they were one: about three million samples or a sixth of all, at least one window a round. */
export function lastStretch(corpus, rounds) {
  const windows = Math.round((corpus.end - corpus.start) / corpus.windowMs);
  const perWindow = (corpus.series * corpus.windowMs) / 15_000;
  const samples = Math.min(LIVE_SAMPLES, (perWindow * windows) / 6);
  const wanted = Math.min(windows, rounds * Math.max(1, Math.round(samples / perWindow / rounds)));
  return { ...corpus, start: corpus.end - wanted * corpus.windowMs };
}
