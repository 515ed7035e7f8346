// A corpus of our own for those who have none: services with request counters and latency histograms, models, GPUs and nodes, with
// resets, replaced pods, outages and failed scrapes, a daily and a weekly shape. The same size gives the same bytes.
//   node scripts/bench/generate.mjs --size S|M|T --out FILE
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createCorpus } from './corpus-file.mjs';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEP_MS = 15_000;
const END_MS = Date.UTC(2025, 6, 1);
const SIZES = {
  S: { spanMs: 30 * DAY_MS, services: 20, models: 5, nodes: 3, replaced: 6 },
  M: { spanMs: DAY_MS, services: 200, models: 40, nodes: 20, replaced: 20 },
  T: { spanMs: 6 * HOUR_MS, services: 8, models: 2, nodes: 1, replaced: 2 },
};
const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '+Inf'];
/** Share of the requests that are at most as slow as each bound. */
const FASTER = [0.02, 0.07, 0.24, 0.5, 0.76, 0.94, 0.985, 0.997, 1];

/** mulberry32: small and the same everywhere. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Traffic at this time of the day and of the week, about 1. */
function loadAt(ms) {
  const day = Math.floor(ms / DAY_MS + 4) % 7;
  return (1 - 0.45 * Math.cos(((ms % DAY_MS) / DAY_MS) * 2 * Math.PI - 0.8)) * (day === 0 || day === 6 ? 0.7 : 1);
}

/** Counters of one histogram from `at` on: nine buckets, sum, count. */
function histogram(name, labels, identity) {
  const family = (suffix, more = {}) => ({ __name__: `${name}_${suffix}`, ...labels, ...more, ...identity });
  return [...BOUNDS.map((le) => family('bucket', { le })), family('sum'), family('count')];
}

function observe(values, at, count, slow, random) {
  let seen = 0;
  for (let i = 0; i < BOUNDS.length; i++) {
    seen = i === BOUNDS.length - 1 ? count : Math.min(count, Math.max(seen, Math.round(count * FASTER[i] ** slow + random() - 0.5)));
    values[at + i] += seen;
  }
  values[at + BOUNDS.length] += count * 0.08 * slow * (0.9 + 0.2 * random());
  values[at + BOUNDS.length + 1] += count;
}

/** One pod of a service: its series, and how they move on by one scrape. */
function servicePod(number, generation, hasModel, random) {
  const service = `service-${number}`;
  const identity = { instance: `${service}-${generation}:8080`, job: service, service };
  const route = { endpoint: '/v1/predict', method: 'POST' };
  const labels = ['200', '404', '500'].map((status) => ({ __name__: 'http_requests_total', ...route, status, ...identity }));
  labels.push(...histogram('http_request_duration_seconds', route, identity));
  if (hasModel) {
    const model = { model_name: `model-${number}`, model_version: `v${1 + (number % 4)}` };
    for (const result of ['negative', 'positive'])
      labels.push({ __name__: 'ml_predictions_total', ...model, prediction_result: result, status: 'success', ...identity });
    labels.push(...histogram('ml_prediction_duration_seconds', model, identity));
    labels.push({ __name__: 'ml_model_accuracy', ...model, ...identity });
    labels.push({ __name__: 'gpu_utilization_percent', gpu: '0', ...identity });
  }
  const perScrape = 15 * Math.exp(1 + 2 * random());
  const advance = (values, ms) => {
    const load = loadAt(ms);
    const count = Math.max(0, Math.round(perScrape * load * (0.8 + 0.4 * random())));
    // One hour in about two days goes wrong.
    const isBad = Math.imul(Math.floor(ms / HOUR_MS) + number * 7, 2_654_435_761) >>> 0 < 90_000_000;
    const failed = Math.min(count, Math.floor(count * (isBad ? 0.2 : 0.001) + random()));
    const unknown = Math.min(count - failed, Math.floor(count * 0.004 + random()));
    values[0] += count - failed - unknown;
    values[1] += unknown;
    values[2] += failed;
    observe(values, 3, count, isBad ? 3 : 0.7 + 0.4 * load, random);
    if (!hasModel) return;
    const positive = Math.floor(count * 0.3 + random());
    values[14] += count - Math.min(count, positive);
    values[15] += Math.min(count, positive);
    observe(values, 16, count, 0.5, random);
    if (values[27] === 0 || random() < 0.01) values[27] = Math.round((0.9 + 0.05 * random()) * 1e4) / 1e4;
    values[28] = Math.round(Math.min(100, 55 * load * (0.8 + 0.4 * random())));
  };
  return { identity: { instance: identity.instance, job: service }, labels, advance };
}

const CPU_MODES = ['idle', 'iowait', 'system', 'user'];

function node(number, random) {
  const identity = { instance: `node-${number}:9100`, job: 'node-exporter' };
  const labels = ['0', '1'].flatMap((cpu) => CPU_MODES.map((mode) => ({ __name__: 'node_cpu_seconds_total', cpu, mode, ...identity })));
  labels.push(...['MemTotal', 'MemAvailable'].map((what) => ({ __name__: `node_memory_${what}_bytes`, ...identity })));
  const advance = (values, ms) => {
    for (let cpu = 0; cpu < 2; cpu++) {
      const busy = Math.min(0.95, 0.4 * loadAt(ms) * (0.7 + 0.6 * random()));
      const shares = [1 - busy, busy * 0.1, busy * 0.3, busy * 0.6];
      for (const [i, share] of shares.entries()) values[cpu * 4 + i] = Math.round((values[cpu * 4 + i] + 15 * share) * 100) / 100;
    }
    values[8] = 34_359_738_368;
    values[9] = Math.round((0.5 - 0.15 * loadAt(ms) + 0.02 * random()) * 8_388_608) * 4096;
  };
  return { identity, labels, advance };
}

/** All targets with the times from which and until which they live. */
function makeTargets({ spanMs, services, models, nodes, replaced }, random) {
  const [start, targets] = [END_MS - spanMs, []];
  for (let i = 0; i < services; i++) {
    const until = i < replaced ? start + Math.floor((0.2 + 0.6 * random()) * (spanMs / STEP_MS)) * STEP_MS : END_MS;
    targets.push({ ...servicePod(i, 'a', i < models, random), from: start, until });
    if (until < END_MS) targets.push({ ...servicePod(i, 'b', i < models, random), from: until + 2 * STEP_MS, until: END_MS });
  }
  for (let i = 0; i < nodes; i++) targets.push({ ...node(i, random), from: start, until: END_MS });
  let series = 0;
  for (const [i, target] of targets.entries()) {
    Object.assign(target, {
      id: 2 * i,
      first: series,
      values: new Float64Array(target.labels.length),
      delayMs: Math.floor(random() * STEP_MS),
    });
    series += target.labels.length + 1;
    const at = () => target.from + random() * (target.until - target.from);
    target.resets = [at(), at()].sort((a, b) => a - b);
    target.outage = at();
  }
  return targets;
}

/** Scrapes of one target in one window: the series' block, and that of `up`, which tells of failed scrapes too. */
function scrapeWindow(target, start, random) {
  const [times, rows, upTimes, ups] = [[], [], [], []];
  for (let slot = start; slot < start + HOUR_MS; slot += STEP_MS) {
    const ms = slot + target.delayMs;
    if (ms < target.from || ms >= target.until || random() < 0.0005) continue;
    while (target.resets.length > 0 && ms >= target.resets[0]) {
      target.resets.shift();
      target.values.fill(0);
    }
    target.advance(target.values, ms);
    const isUp = !(ms >= target.outage && ms < target.outage + 180_000) && random() >= 0.0005;
    upTimes.push(ms);
    ups.push(isUp ? 1 : 0);
    if (!isUp) continue;
    times.push(ms);
    rows.push(target.values.slice());
  }
  const vals = new Float64Array(target.labels.length * times.length);
  for (const [t, row] of rows.entries()) for (let s = 0; s < row.length; s++) vals[s * times.length + t] = row[s];
  return [
    { target: target.id, first: target.first, ts: Float64Array.from(times), vals },
    { target: target.id + 1, first: target.first + target.labels.length, ts: Float64Array.from(upTimes), vals: Float64Array.from(ups) },
  ];
}

/** Writes the corpus of this size. */
export function generate(size, file) {
  const settings = SIZES[size];
  if (!settings) throw new Error(`no size ${size}: S, M or T`);
  const random = randomFrom(20_250_701);
  const targets = makeTargets(settings, random);
  const series = targets.flatMap(({ id, labels, identity }) => [
    ...labels.map((l) => ({ t: id, l })),
    { t: id + 1, l: { __name__: 'up', ...identity } },
  ]);
  const start = END_MS - settings.spanMs;
  const out = createCorpus(file, { name: `own-${size}`, start, end: END_MS, stepMs: STEP_MS, windowMs: HOUR_MS, series });
  for (let window = start; window < END_MS; window += HOUR_MS) {
    const blocks = targets.flatMap((target) => scrapeWindow(target, window, random)).filter((block) => block.ts.length > 0);
    out.window(window, blocks);
  }
  out.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { size: { type: 'string', default: 'S' }, out: { type: 'string' } } });
  if (!values.out) throw new Error('--out FILE: where the corpus goes');
  generate(values.size, values.out);
}
