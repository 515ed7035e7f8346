// When each alert of the churn lab fires, and what is close to it and must stay silent. Values are in promtool's notation: a sample
// every 15 seconds, `0+3x160` grows by 3 at each of 160 further samples, `1x160` stays at 1.

/** Series by their selector. */
export type World = Readonly<Record<string, string>>;

/** What is seen of an alert. */
export interface AlertCase {
  readonly alert: string;
  readonly severity: string;
  /** In place of series of the healthy world; the alert fires at the end. */
  readonly fires: World;
  /** As close to it as is fine. */
  readonly silent: World;
  /** How long the world lasts; default 40. */
  readonly minutes?: number;
}

/** Length of the world in minutes. */
export const MINUTES = 40;
/** Seconds between samples. */
export const STEP_SECONDS = 15;

const N = samplesIn(MINUTES);
const MIB = 1024 ** 2;

function samplesIn(minutes: number): number {
  return (minutes * 60) / STEP_SECONDS;
}

/** The same value all the time. */
const is = (value: number, samples = N) => `${value}x${samples}`;
/** One value, and another for the last minutes. */
const turns = (before: number, after: number, lastMinutes: number) =>
  `${before}x${N - samplesIn(lastMinutes)} ${after}x${samplesIn(lastMinutes) - 1}`;
/** A counter that grows by so much a second. */
const grows = (perSecond: number, samples = N) => `0+${round(perSecond * STEP_SECONDS)}x${samples}`;
/** A counter that stands still, and then grows for the last minutes. */
const growsLately = (perSecond: number, lastMinutes: number) =>
  `0x${N - samplesIn(lastMinutes)} 0+${round(perSecond * STEP_SECONDS)}x${samplesIn(lastMinutes) - 1}`;

function round(value: number): number {
  return Number(value.toPrecision(12));
}

const API = 'job="ml-api",instance="api:5000",service="ml-prediction-api"';
const MODEL = `${API},model_name="churn",model_version="v2"`;
const of = (name: string, labels: string) => `${name}{${labels}}`;

/** The buckets of a classic histogram of which everything lies at or below a bound. */
function observed(name: string, labels: string, bounds: readonly number[], at: number, values: string): World {
  const bucket = (le: string, inside: boolean) => [of(`${name}_bucket`, `${labels},le="${le}"`), inside ? values : is(0)];
  return Object.fromEntries([
    ...bounds.map((bound) => bucket(String(bound), bound >= at)),
    bucket('+Inf', true),
    [of(`${name}_count`, labels), values],
  ]);
}

const predictions = (result: string, status: string) =>
  of('ml_predictions_total', `${MODEL},prediction_result="${result}",status="${status}"`);
const http = (status: number) => of('http_requests_total', `${API},method="POST",endpoint="/v2/predict",status="${status}"`);
const requests = (status: string) => of('prediction_requests_total', `${MODEL},status="${status}"`);
const modelPredictions = (status: string) => of('ml_model_predictions_total', `${MODEL},model="churn",status="${status}"`);
const lookups = (result: string) => of('cache_requests_total', `${API},cache_type="feature-groups",result="${result}"`);
const httpTime = (at: number, values = grows(0.2)) =>
  observed('http_request_duration_seconds', `${API},method="POST",endpoint="/v2/predict"`, [0.05, 0.1, 0.5, 1, 2.5], at, values);
const predictionTime = (at: number, values = grows(0.2)) =>
  observed('ml_prediction_duration_seconds', MODEL, [0.01, 0.1, 0.25, 0.5, 1, 2.5], at, values);
const latency = (at: number, values = grows(0.2)) => observed('prediction_latency_seconds', MODEL, [0.01, 0.1, 0.2, 0.5, 1], at, values);
const inference = (at: number, values = grows(0.2)) =>
  observed('ml_model_inference_duration_seconds', `${MODEL},model="churn"`, [0.01, 0.1, 0.5, 1, 2.5], at, values);
const featureFetch = (at: number, values = grows(0.05)) =>
  observed('feature_fetch_duration_seconds', `${API},feature_store="customer-profile"`, [0.001, 0.01, 0.05, 0.1], at, values);

const HOST = 'job="node",instance="host-1:9100"';
const KUBE = 'job="kubernetes",instance="kube-state-metrics:8080"';
const SELF = 'job="prometheus",instance="localhost:9090",service="prometheus"';
const PIPELINE = 'job="churn-training",pipeline="churn-training"';
const UP = { api: of('up', API), host: of('up', HOST), kubernetes: of('up', KUBE), self: of('up', SELF) } as const;
const GPU = of('gpu_utilization_percent', `${API},gpu_id="0"`);
const ACCURACY = of('ml_model_accuracy', `${MODEL},model="churn"`);
const LOADED = of('model_loaded', `${API},model_version="v2"`);
const MEMORY = of('app_memory_usage_bytes', API);
const LAST_RUN = of('ml_pipeline_last_run_success', PIPELINE);
const LAST_SUCCESS = of('ml_pipeline_last_success_timestamp_seconds', PIPELINE);
const IDLE = of('node_cpu_seconds_total', `${HOST},cpu="0",mode="idle"`);
const MEMORY_FREE = of('node_memory_MemAvailable_bytes', HOST);
const ROOT_FREE = of('node_filesystem_avail_bytes', `${HOST},mountpoint="/",device="/dev/vda1",fstype="ext4"`);
const ROOT_SIZE = of('node_filesystem_size_bytes', `${HOST},mountpoint="/",device="/dev/vda1",fstype="ext4"`);
const RESTARTS = of('kube_pod_container_status_restarts_total', `${KUBE},namespace="ml",pod="api-1",container="api"`);
const READY = of('kube_pod_status_ready', `${KUBE},namespace="ml",pod="api-1",condition="true"`);
const phase = (name: string) => of('kube_pod_status_phase', `${KUBE},namespace="ml",pod="api-1",phase="${name}"`);
const AVAILABLE = of('kube_deployment_status_replicas_available', `${KUBE},namespace="ml",deployment="api"`);
const WANTED = of('kube_deployment_spec_replicas', `${KUBE},namespace="ml",deployment="api"`);
const nodeReady = (status: string) => of('kube_node_status_condition', `${KUBE},node="node-1",condition="Ready",status="${status}"`);
const REFUSED = of('alidade_storage_samples_refused_total', `${SELF},reason="out of order"`);
const LINES_REFUSED = of('alidade_receive_log_lines_refused_total', `${SELF},reason="too old"`);
const PENDING = of('alidade_storage_pending_bytes', SELF);
const DELAY = of('alidade_event_loop_delay_p99_seconds', SELF);
const LINES = of('alidade_storage_log_lines_total', SELF);

/** The example on an ordinary morning: 0.2 predictions a second, nothing fails. */
export const HEALTHY: World = {
  [UP.api]: is(1),
  [UP.host]: is(1),
  [UP.kubernetes]: is(1),
  [UP.self]: is(1),
  [http(200)]: grows(0.2),
  [http(400)]: is(0),
  [http(500)]: is(0),
  ...httpTime(0.05),
  [predictions('Churn', 'success')]: grows(0.05),
  [predictions('No churn', 'success')]: grows(0.15),
  [predictions('error', 'error')]: is(0),
  ...predictionTime(0.01),
  [requests('success')]: grows(0.2),
  [requests('error')]: is(0),
  ...latency(0.01),
  [modelPredictions('success')]: grows(0.2),
  [modelPredictions('error')]: is(0),
  ...inference(0.01),
  [ACCURACY]: is(0.876),
  [LOADED]: is(1),
  [MEMORY]: is(110 * MIB),
  [GPU]: is(45),
  ...featureFetch(0.001),
  [lookups('hit')]: grows(0.75),
  [lookups('miss')]: grows(0.05),
  [LAST_RUN]: is(1),
  [LAST_SUCCESS]: is(0),
  [IDLE]: grows(0.7),
  [of('node_memory_MemTotal_bytes', HOST)]: is(16_000 * MIB),
  [MEMORY_FREE]: is(8_000 * MIB),
  [ROOT_FREE]: is(50_000 * MIB),
  [ROOT_SIZE]: is(100_000 * MIB),
  [RESTARTS]: is(0),
  [READY]: is(1),
  [phase('Running')]: is(1),
  [phase('Succeeded')]: is(0),
  [WANTED]: is(3),
  [AVAILABLE]: is(3),
  [nodeReady('true')]: is(1),
  [nodeReady('false')]: is(0),
  [REFUSED]: is(0),
  [LINES_REFUSED]: is(0),
  [PENDING]: is(20 * MIB),
  [DELAY]: is(0.02),
  [LINES]: grows(0.2),
};

const critical = (alert: string, fires: World, silent: World): AlertCase => ({ alert, severity: 'critical', fires, silent });
const warning = (alert: string, fires: World, silent: World): AlertCase => ({ alert, severity: 'warning', fires, silent });
const info = (alert: string, fires: World, silent: World): AlertCase => ({ alert, severity: 'info', fires, silent });
const demo = (alert: string, fires: World, silent: World): AlertCase => ({ alert, severity: 'demo', fires, silent });

/** Four hours of a disk. */
const LONG = { minutes: 240, samples: samplesIn(240) } as const;

export const ALERT_CASES: readonly AlertCase[] = [
  critical('APIDown', { [UP.api]: turns(1, 0, 1) }, { [UP.api]: turns(1, 0, 0.25) }),
  warning(
    'HighErrorRate',
    { [predictions('error', 'error')]: growsLately(0.05, 5) },
    { [predictions('error', 'error')]: growsLately(0.01, 5) },
  ),
  warning('HighLatency', predictionTime(1), predictionTime(0.5)),
  demo('DemoHighErrorCount', { [predictions('error', 'error')]: turns(0, 3, 1) }, { [predictions('error', 'error')]: turns(0, 2, 1) }),
  demo('DemoHighRequestRate', { [predictions('No churn', 'success')]: grows(0.5) }, { [predictions('No churn', 'success')]: grows(0.4) }),

  critical(
    'ServiceDown',
    { [UP.api]: turns(1, 0, 2) },
    { [UP.api]: turns(1, 0, 2), [of('up', API.replace('api:5000', 'api-2:5000'))]: is(1) },
  ),
  critical('HighErrorRate', { [http(500)]: growsLately(0.01, 12) }, { [http(500)]: growsLately(0.001, 12) }),
  warning('HighRequestLatency', httpTime(1), httpTime(0.5)),
  critical('ModelPredictionFailure', { [predictions('error', 'error')]: grows(12) }, { [predictions('error', 'error')]: grows(9) }),
  info('GPUUtilizationLow', { [GPU]: turns(45, 10, 20) }, { [GPU]: turns(45, 10, 10) }),
  warning('LatencyAbove200ms', latency(0.5), { ...latency(0.5, grows(0.05)) }),
  warning('ErrorRateAbove1Percent', { [requests('error')]: growsLately(0.02, 20) }, { [requests('error')]: growsLately(0.004, 20) }),
  warning('ServerErrors', { [http(500)]: growsLately(0.02, 8) }, { [http(500)]: growsLately(0.003, 8) }),
  info(
    'NoPredictions',
    { [predictions('Churn', 'success')]: is(7), [predictions('No churn', 'success')]: is(31) },
    { [predictions('No churn', 'success')]: is(31) },
  ),
  warning('ServiceMemoryHigh', { [MEMORY]: turns(110 * MIB, 600 * MIB, 6) }, { [MEMORY]: turns(110 * MIB, 500 * MIB, 6) }),
  warning('TargetMissing', { [UP.kubernetes]: turns(1, 0, 6) }, { [UP.kubernetes]: turns(1, 0, 4) }),

  critical('ModelNotLoaded', { [LOADED]: turns(1, 0, 1) }, { [LOADED]: turns(1, 0, 0.25) }),
  critical('ModelAccuracyDrop', { [ACCURACY]: turns(0.87, 0.84, 6) }, { [ACCURACY]: turns(0.87, 0.851, 6) }),
  warning('HighModelLatency', inference(2.5), inference(1)),
  warning(
    'HighModelErrorRate',
    { [modelPredictions('error')]: growsLately(0.1, 10) },
    { [modelPredictions('error')]: growsLately(0.01, 10) },
  ),
  info(
    'ChurnShareUnusual',
    { [predictions('Churn', 'success')]: grows(0.1), [predictions('No churn', 'success')]: grows(0.1) },
    { [predictions('Churn', 'success')]: grows(0.07), [predictions('No churn', 'success')]: grows(0.13) },
  ),

  warning('FeatureFetchSlow', featureFetch(0.1), featureFetch(0.05)),
  info(
    'FeatureCacheCold',
    { [lookups('hit')]: grows(0.3), [lookups('miss')]: grows(0.5) },
    { [lookups('hit')]: grows(0.5), [lookups('miss')]: grows(0.4) },
  ),
  warning('PayloadsRefused', { [http(400)]: grows(0.1) }, { [http(400)]: grows(0.04) }),
  warning('TrainingFailed', { [LAST_RUN]: turns(1, 0, 6) }, { [LAST_RUN]: turns(1, 0, 4) }),
  // Time begins at 0: a success before that is a negative number.
  warning('TrainingOverdue', { [LAST_SUCCESS]: is(-130_000) }, { [LAST_SUCCESS]: is(-120_000) }),

  critical('NodeDown', { [UP.host]: turns(1, 0, 3) }, { [UP.host]: turns(1, 0, 1.5) }),
  warning('HighCPUUsage', { [IDLE]: grows(0.1) }, { [IDLE]: grows(0.25) }),
  warning('HighMemoryUsage', { [MEMORY_FREE]: turns(8_000 * MIB, 2_000 * MIB, 6) }, { [MEMORY_FREE]: turns(8_000 * MIB, 2_600 * MIB, 6) }),
  critical('DiskSpaceLow', { [ROOT_FREE]: turns(50_000 * MIB, 14_000 * MIB, 6) }, { [ROOT_FREE]: turns(50_000 * MIB, 16_000 * MIB, 6) }),
  {
    ...warning(
      'DiskWillFill',
      { [ROOT_FREE]: `${39_000 * MIB}-${8 * MIB}x${LONG.samples}`, [ROOT_SIZE]: is(100_000 * MIB, LONG.samples) },
      { [ROOT_FREE]: `${39_000 * MIB}-${3 * MIB}x${LONG.samples}`, [ROOT_SIZE]: is(100_000 * MIB, LONG.samples) },
    ),
    minutes: LONG.minutes,
  },
  warning('PodCrashLooping', { [RESTARTS]: growsLately(0.01, 15) }, { [RESTARTS]: growsLately(0.003, 15) }),
  warning(
    'PodNotReady',
    { [READY]: turns(1, 0, 16) },
    { [READY]: turns(1, 0, 16), [phase('Running')]: turns(1, 0, 16), [phase('Succeeded')]: turns(0, 1, 16) },
  ),
  critical('DeploymentWithoutReplicas', { [AVAILABLE]: turns(3, 0, 3) }, { [AVAILABLE]: turns(3, 0, 3), [WANTED]: turns(3, 0, 3) }),
  critical(
    'NodeNotReady',
    { [nodeReady('true')]: turns(1, 0, 6), [nodeReady('false')]: turns(0, 1, 6) },
    { [nodeReady('true')]: turns(1, 0, 4), [nodeReady('false')]: turns(0, 1, 4) },
  ),

  critical('MonitoringDown', { [UP.self]: turns(1, 0, 3) }, { [UP.self]: turns(1, 0, 1.5) }),
  warning('SamplesRefused', { [REFUSED]: growsLately(1, 10) }, { [REFUSED]: growsLately(0.1, 10) }),
  warning('LogLinesRefused', { [LINES_REFUSED]: growsLately(1, 10) }, { [LINES_REFUSED]: growsLately(0.1, 10) }),
  critical('StorageBacklog', { [PENDING]: turns(20 * MIB, 1_100 * MIB, 11) }, { [PENDING]: turns(20 * MIB, 1_100 * MIB, 9) }),
  warning('MonitoringSlow', { [DELAY]: turns(0.02, 0.8, 11) }, { [DELAY]: turns(0.02, 0.8, 9) }),
  warning(
    'LogsMissing',
    { [LINES]: is(500) },
    { [LINES]: is(500), [predictions('Churn', 'success')]: is(7), [predictions('No churn', 'success')]: is(31) },
  ),
];

/** The healthy world with what a case changes; of a longer case only its own series. */
export function worldOf({ minutes }: AlertCase, changes: World): World {
  return minutes === undefined ? { ...HEALTHY, ...changes } : changes;
}
