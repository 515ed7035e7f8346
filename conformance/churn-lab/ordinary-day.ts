// The example on an ordinary day, minute by minute: traffic that follows the sun, and the small things that happen every day. Nobody
// should hear more of it than a few words.
import { createRandom } from '../../examples/prediction-api/random.ts';
import { Labels } from '../../server/model/labels.ts';
import type { SampleOf } from '../testing/rule-world.ts';

export const DAY_MINUTES = 24 * 60;

/** What a minute is like. */
export interface Minute {
  /** 1 = up. */
  readonly up: number;
}

const API = { job: 'ml-api', instance: 'api:5000', service: 'ml-prediction-api' };
const MODEL = { ...API, model_name: 'churn', model_version: 'v2' };
const SELF = { job: 'prometheus', instance: 'localhost:9090', service: 'prometheus' };
const HOST = { job: 'node', instance: 'host-1:9100' };
const KUBE = { job: 'kubernetes', instance: 'kube-state-metrics:8080' };
const ROOT = { ...HOST, mountpoint: '/', device: '/dev/vda1', fstype: 'ext4' };
const POD = { ...KUBE, namespace: 'ml', pod: 'api-1' };
const PIPELINE = { job: 'churn-training', pipeline: 'churn-training' };
const GIB = 1024 ** 3;
const hour = (h: number, minutes = 0) => h * 60 + minutes;
const isIn = (minute: number, from: number, minutes: number) => minute >= from && minute < from + minutes;

/** Samples of each minute; minutes must be asked for in order. `isDown` makes an outage of the service. */
export function ordinaryDay(): (minute: number, isDown?: boolean) => SampleOf[] {
  const random = createRandom(11);
  const counters = new Map<string, { labels: Labels; value: number }>();
  const count = (name: string, labels: Readonly<Record<string, string>>, by: number) => {
    const all = Labels.from({ __name__: name, ...labels });
    const counter = counters.get(all.toString()) ?? { labels: all, value: 0 };
    counter.value += by;
    counters.set(all.toString(), counter);
  };
  const observe = (
    name: string,
    labels: Readonly<Record<string, string>>,
    bounds: readonly number[],
    fast: number,
    slow: number,
    slowAt: number,
  ) => {
    for (const bound of bounds) count(`${name}_bucket`, { ...labels, le: String(bound) }, bound >= slowAt ? fast + slow : fast);
    count(`${name}_bucket`, { ...labels, le: '+Inf' }, fast + slow);
    count(`${name}_count`, labels, fast + slow);
  };
  const restart = () => {
    for (const counter of counters.values()) if (counter.labels.get('job') === API.job) counter.value = 0;
  };

  return (minute, isDown = false) => {
    const ofDay = minute % DAY_MINUTES;
    // A release at ten: one scrape fails and counters begin anew.
    if (ofDay === hour(10)) restart();
    const up = isDown || ofDay === hour(10) ? 0 : 1;
    const sun = 1 + 0.6 * Math.sin(((ofDay - hour(8)) / DAY_MINUTES) * 2 * Math.PI);
    const requests = up * Math.round(12 * sun * (0.7 + 0.6 * random.next()));
    // Now and then somebody sends nonsense, and once a day a script does so ten times.
    const bad = up * ((random.chance(1 / 60) ? 1 : 0) + (ofDay === hour(11, 20) ? 10 : 0));
    const failed = up * (ofDay === hour(15, 30) ? 1 : 0);
    const churn = Math.round(requests * 0.24);
    // At noon a neighbour on the host takes the processor for three minutes.
    const slow = isIn(ofDay, hour(12), 3) ? Math.round(requests * 0.2) : 0;

    count('http_requests_total', { ...API, method: 'POST', endpoint: '/v2/predict', status: '200' }, requests);
    count('http_requests_total', { ...API, method: 'POST', endpoint: '/v2/predict', status: '400' }, bad);
    count('http_requests_total', { ...API, method: 'POST', endpoint: '/v2/predict', status: '500' }, failed);
    count('ml_predictions_total', { ...MODEL, prediction_result: 'Churn', status: 'success' }, churn);
    count('ml_predictions_total', { ...MODEL, prediction_result: 'No churn', status: 'success' }, requests - churn);
    count('ml_predictions_total', { ...MODEL, prediction_result: 'error', status: 'error' }, bad + failed);
    for (const [name, labels] of [
      ['prediction_requests_total', MODEL],
      ['ml_model_predictions_total', { ...MODEL, model: 'churn' }],
    ] as const) {
      count(name, { ...labels, status: 'success' }, requests);
      count(name, { ...labels, status: 'error' }, bad + failed);
    }
    observe(
      'http_request_duration_seconds',
      { ...API, method: 'POST', endpoint: '/v2/predict' },
      [0.05, 0.1, 0.5, 1],
      requests - slow,
      slow,
      0.5,
    );
    observe('ml_prediction_duration_seconds', MODEL, [0.01, 0.1, 0.5, 1], requests - slow, slow, 0.5);
    observe('prediction_latency_seconds', MODEL, [0.01, 0.1, 0.2, 0.5], requests - slow, slow, 0.5);
    observe('ml_model_inference_duration_seconds', { ...MODEL, model: 'churn' }, [0.01, 0.1, 0.5], requests - slow, slow, 0.5);
    observe(
      'feature_fetch_duration_seconds',
      { ...API, feature_store: 'customer-profile' },
      [0.001, 0.01, 0.05, 0.1],
      Math.round(requests / 10),
      0,
      0.05,
    );
    count('cache_requests_total', { ...API, cache_type: 'feature-groups', result: 'hit' }, 3 * requests);
    count('cache_requests_total', { ...API, cache_type: 'feature-groups', result: 'miss' }, requests);
    // A backup at two takes the processors for four minutes and some disk for half an hour.
    count('node_cpu_seconds_total', { ...HOST, cpu: '0', mode: 'idle' }, isIn(ofDay, hour(2), 4) ? 2 : 60 * (0.75 - 0.2 * random.next()));
    count('kube_pod_container_status_restarts_total', { ...POD, container: 'api' }, ofDay === hour(10) ? 1 : 0);
    count('alidade_storage_log_lines_total', SELF, requests + bad + failed);
    count('alidade_storage_samples_refused_total', { ...SELF, reason: 'out of order' }, 0);

    const gauges: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
      ['up', API, up],
      ['up', SELF, 1],
      ['up', HOST, 1],
      ['up', KUBE, 1],
      ['node_memory_MemTotal_bytes', HOST, 16 * GIB],
      ['node_memory_MemAvailable_bytes', HOST, (9 - 2 * random.next()) * GIB],
      ['node_filesystem_size_bytes', ROOT, 100 * GIB],
      ['node_filesystem_avail_bytes', ROOT, (45 - minute / DAY_MINUTES - (isIn(ofDay, hour(2), 30) ? 3 : 0)) * GIB],
      ['kube_pod_status_ready', { ...POD, condition: 'true' }, isIn(ofDay, hour(10), 2) ? 0 : 1],
      ['kube_pod_status_phase', { ...POD, phase: 'Running' }, 1],
      ['kube_deployment_spec_replicas', { ...KUBE, namespace: 'ml', deployment: 'api' }, 3],
      ['kube_deployment_status_replicas_available', { ...KUBE, namespace: 'ml', deployment: 'api' }, isIn(ofDay, hour(10), 2) ? 2 : 3],
      ['alidade_storage_pending_bytes', SELF, 40 * 1024 * 1024 * random.next()],
      ['alidade_event_loop_delay_p99_seconds', SELF, 0.02 + (random.chance(0.01) ? 0.7 : 0)],
      ['ml_pipeline_last_run_success', PIPELINE, 1],
      // It runs at three; the last run before this day was on the day before.
      [
        'ml_pipeline_last_success_timestamp_seconds',
        PIPELINE,
        60 * (minute - ofDay + (ofDay >= hour(3) ? hour(3) : hour(3) - DAY_MINUTES)),
      ],
      // Batches use the GPU by day; at night it has little to do.
      ['gpu_utilization_percent', { ...API, gpu_id: '0' }, isIn(ofDay, hour(1), 240) ? 8 : 35 + 30 * random.next()],
    ];
    const ofService: typeof gauges = [
      ['ml_model_accuracy', { ...MODEL, model: 'churn' }, 0.876],
      ['model_loaded', { ...API, model_version: 'v2' }, 1],
      ['app_memory_usage_bytes', API, (0.11 + 0.02 * random.next()) * GIB],
    ];
    const shown = up === 1 ? [...gauges, ...ofService] : gauges.filter(([name, labels]) => name === 'up' || labels.job !== API.job);
    return [
      ...shown.map(([name, labels, value]) => ({ labels: Labels.from({ __name__: name, ...labels }), value })),
      ...[...counters.values()]
        .filter(({ labels }) => up === 1 || labels.get('job') !== API.job)
        .map(({ labels, value }) => ({ labels, value })),
    ];
  };
}
