// Fifty minutes in the life of the documents' services, the same at every run but for the time of their beginning: traffic with errors,
// slow spells, restarts and silence, so that each alert of the documents holds at some time and does not at another.
import { ReplayExposition } from './replay-exposition.ts';
import type { ReplayedJob } from './replay-target.ts';

export const STEP_MS = 15_000;
export const STEPS = 200;

/** The time of a step's samples: scrapes are never quite on time. */
export function timeOf(startMs: number, step: number): number {
  return startMs + step * STEP_MS + ((step * 7919) % 300);
}

type Within = (from: number, to: number) => boolean;

/** What a step of a simulation is given. */
interface Step {
  readonly step: number;
  readonly metrics: ReplayExposition;
  /** Whether the step lies in [from, to). */
  readonly within: Within;
  /** The next random number in [0, 1). */
  readonly random: () => number;
}

/** The jobs that the documents' expressions read. */
export function replayedPast(startMs: number): readonly ReplayedJob[] {
  return [
    { name: 'ml-api', honorLabels: false, steps: simulate(startMs, 1, predictionApi) },
    { name: 'ml-inference', honorLabels: false, steps: simulate(startMs, 2, inferenceService) },
    { name: 'ml-model-serving', honorLabels: false, steps: simulate(startMs, 3, modelServing) },
    { name: 'node-exporter', honorLabels: true, steps: simulate(startMs, 4, fleet, oddities) },
  ];
}

function simulate(
  startMs: number,
  seed: number,
  live: (step: Step) => boolean,
  extra: (step: number, timeAt: (step: number) => number) => string = () => '',
): readonly string[] {
  const metrics = new ReplayExposition();
  const random = randomNumbers(seed);
  const timeAt = (step: number) => timeOf(startMs, step);
  return Array.from({ length: STEPS }, (_, step) => {
    const isSilent = !live({ step, metrics, random, within: (from, to) => step >= from && step < to });
    return isSilent ? '' : metrics.render(timeAt(step)) + extra(step, timeAt);
  });
}

const PREDICTION_BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The student's prediction API: two restarts, a burst of bad requests, a slow spell, silence for longer than the lookback. */
function predictionApi({ step, metrics, within, random }: Step): boolean {
  if (step === 77 || step === 151) metrics.restart();
  const requests = Math.floor(random() * 4) + (within(50, 70) ? 9 : 0);
  for (let i = 0; i < requests; i++) {
    const model_version = random() < 0.6 ? 'v1' : 'v2';
    if (random() < (within(56, 70) ? 0.5 : 0.005)) {
      metrics.count('ml_predictions_total', { model_version, prediction_result: 'error', status: 'error' });
      continue;
    }
    metrics.count('ml_predictions_total', { model_version, prediction_result: random() < 0.3 ? 'Churn' : 'No churn', status: 'success' });
    metrics.observe('ml_prediction_duration_seconds', { model_version }, PREDICTION_BOUNDS, slow(random) * (within(120, 140) ? 60 : 1));
  }
  metrics.set('app_memory_usage_bytes', {}, Math.round(1.5e8 + 2e7 * random()));
  metrics.set('app_cpu_usage_percent', {}, 30 * random());
  metrics.set('app_info', { version: '1.0 "beta"\n', path: 'C:\\models' }, 1);
  return !within(160, 186);
}

/** The production exercise's service: errors of the server, a slow spell, failures by the hundred, idle GPUs. */
function inferenceService({ step, metrics, within, random }: Step): boolean {
  if (step === 30) metrics.restart();
  for (let i = 0; i < 20; i++) {
    const endpoint = random() < 0.9 ? '/predict' : '/health';
    const labels = { method: endpoint === '/health' ? 'GET' : 'POST', endpoint };
    const failure = within(40, 60) ? 0.3 : 0.002;
    metrics.count('http_requests_total', { ...labels, status: random() < failure ? '503' : random() < 0.02 ? '400' : '200' });
    metrics.observe('http_request_duration_seconds', labels, [0.05, 0.1, 0.2, 0.5, 1, 2], slow(random) * (within(85, 110) ? 20 : 1));
    metrics.observe('feature_fetch_duration_seconds', { feature_store: 'online' }, [0.001, 0.005, 0.01, 0.05], slow(random) / 5);
  }
  const model = { model_name: 'churn', model_version: 'v2' };
  metrics.count('ml_predictions_total', { ...model, status: 'success' });
  metrics.count('ml_predictions_total', { ...model, status: 'failure' }, within(100, 125) ? 170 + Math.floor(60 * random()) : 0);
  metrics.set('model_accuracy', model, 0.92 - step / 2000);
  metrics.set('cache_hit_ratio', { cache: 'features' }, step < 10 ? Number.NaN : random());
  metrics.set('cache_hit_ratio', { cache: 'empty' }, Number.POSITIVE_INFINITY);
  for (const gpu of ['0', '1']) {
    metrics.set('gpu_utilization_percent', { gpu }, within(130, 160) ? 20 * random() : 60 + 40 * random());
    metrics.set('gpu_memory_used_bytes', { gpu }, 1.6e10 * random());
  }
  return true;
}

/** The setup guide's service: slow and wrong at times, and less accurate later on. */
function modelServing({ step, metrics, within, random }: Step): boolean {
  const model = { model: 'résumé-ranker' };
  for (let i = 0; i < 15; i++) {
    metrics.count('ml_model_predictions_total', { ...model, status: random() < (within(60, 90) ? 0.2 : 0.01) ? 'error' : 'success' });
    const seconds = slow(random) * (within(110, 140) ? 40 : 2);
    metrics.observe('ml_model_inference_duration_seconds', model, [0.1, 0.25, 0.5, 1, 2, 5], seconds);
  }
  metrics.set('ml_model_accuracy', model, 0.9 - (step > 150 ? 0.1 : 0) * random());
  // Says nothing at two steps in three of a quarter of the time.
  return !within(20, 70) || step % 3 === 0;
}

const IDLE = { busy: 1.5, quiet: 13 };

/** Two machines, and which targets were up: all with labels of their own. */
function fleet({ metrics, within, random }: Step): boolean {
  for (const instance of ['alpha:9100', 'beta:9100']) {
    const own = { instance, job: 'node-exporter' };
    const isBusy = instance === 'beta:9100' && within(80, 120);
    for (const cpu of ['0', '1']) {
      const idle = (isBusy ? IDLE.busy : IDLE.quiet) * (0.9 + 0.1 * random());
      metrics.count('node_cpu_seconds_total', { ...own, cpu, mode: 'idle' }, idle);
      metrics.count('node_cpu_seconds_total', { ...own, cpu, mode: 'user' }, 15 - idle);
    }
    metrics.set('node_memory_MemTotal_bytes', own, 16_777_216_000);
    metrics.set('node_memory_MemAvailable_bytes', own, 16_777_216_000 * (isBusy ? 0.1 : 0.5 + 0.4 * random()));
    for (const mountpoint of ['/', '/var/lib']) {
      const disk = { ...own, device: '/dev/vda1', fstype: 'ext4', mountpoint };
      metrics.set('node_filesystem_size_bytes', disk, 1e11);
      metrics.set('node_filesystem_avail_bytes', disk, 1e11 * (within(140, 170) ? 0.14 : 0.4));
    }
  }
  metrics.set('up', { instance: 'app:5000', job: 'ml-api' }, within(160, 186) ? 0 : 1);
  metrics.set('up', { instance: 'localhost:9090', job: 'prometheus' }, 1);
  return true;
}

/** What servers must refuse or settle: samples older than their series' last, two values for one time, three times at once. */
function oddities(step: number, timeAt: (step: number) => number): string {
  const timeMs = timeAt(step);
  const skewed = step % 2 === 0 ? `1 ${timeMs}` : `2 ${timeAt(step - 3)}`;
  const burst = [5_000, 10_000, 15_000].map((laterMs) => `replay_burst{instance="x"} ${step + laterMs / 1e4} ${startOf(timeMs) + laterMs}`);
  return [
    ...(step < 4 ? [] : [`replay_skewed{instance="x"} ${skewed}`]),
    `replay_disputed{instance="x"} ${step} ${timeMs}`,
    `replay_disputed{instance="x"} ${-step} ${timeMs}`,
    ...burst,
    '',
  ].join('\n');
}

/** The full step before a sample's time. */
function startOf(timeMs: number): number {
  return timeMs - (timeMs % STEP_MS);
}

/** Seconds with a long tail. */
function slow(random: () => number): number {
  return 0.01 * (1 - random()) ** -0.7;
}

/** Uniform numbers in [0, 1) from a seed (a 32-bit multiplicative hash of a counter). */
function randomNumbers(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let hash = Math.imul(state ^ (state >>> 15), state | 1);
    hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61);
    return ((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32;
  };
}
