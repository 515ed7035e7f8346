// Is the service there, does it answer, does it answer fast? With the limits of the observability exercise and of the first lab.
import { group, matches, matchesNot, up } from '@alidade/sdk/code';
import { api, OF_API } from '../metrics.ts';
import { SERVICE_LABELS, TEAM } from '../service.ts';
import { labAlert } from './lab-alert.ts';

const requests = api.httpRequestsTotal.where(OF_API);
const SERVER_ERROR = { status: matches('5..') } as const;
const common = { team: TEAM.ml, labels: SERVICE_LABELS } as const;

export const serviceAlerts = group('ml_service', { interval: '30s' }, [
  labAlert('ServiceDown', up.where(OF_API).sum('job').eq(0), {
    ...common,
    for: '1m',
    severity: 'critical',
    summary: 'No instance of {{ $labels.job }} answers',
    description: 'The last instance of {{ $labels.job }} has been silent for a minute: nobody gets predictions.',
    action: 'See what the last log lines say and what was changed last; roll back before you search.',
  }),
  labAlert('HighErrorRate', requests.ratio(SERVER_ERROR, '5m', 'job').mul(100).gt(1), {
    ...common,
    for: '5m',
    severity: 'critical',
    summary: 'High error rate in {{ $labels.job }}',
    description: '{{ $value | printf "%.1f" }}% of the answers of {{ $labels.job }} are server errors; 1% is the limit.',
    action: 'A server error is never the client’s fault: filter the logs by level ERROR and open one of the traces.',
  }),
  labAlert('HighRequestLatency', api.httpRequestDurationSeconds.where(OF_API).quantile(0.95, '5m', 'job', 'endpoint').mul(1000).gt(500), {
    ...common,
    for: '5m',
    severity: 'warning',
    summary: 'High P95 latency of {{ $labels.endpoint }}',
    description:
      '{{ $labels.endpoint }} needs {{ $value | printf "%.0f" }} ms or more for the slowest 5% of its requests; 500 ms is the limit.',
    action: 'Open the latency dashboard and one of the diamonds on its lines: the trace says which step takes the time.',
  }),
  labAlert(
    'ModelPredictionFailure',
    api.mlPredictionsTotal
      .where({ ...OF_API, status: matches(['error', 'failure']) })
      .rate('5m')
      .sum('model_name', 'model_version')
      .gt(10),
    {
      ...common,
      for: '2m',
      severity: 'critical',
      summary: 'Predictions of {{ $labels.model_name }} {{ $labels.model_version }} fail in masses',
      description: '{{ $value | printf "%.0f" }} predictions a second of {{ $labels.model_name }} {{ $labels.model_version }} fail.',
      action: 'Route the traffic to the other version; then see what the failed payloads have in common.',
    },
  ),
  labAlert('GPUUtilizationLow', api.gpuUtilizationPercent.avg().lt(20), {
    ...common,
    for: '15m',
    severity: 'info',
    summary: 'The GPUs have little to do',
    description:
      'GPU utilization has been {{ $value | printf "%.0f" }}% on average for a quarter of an hour; below 20% they cost more than they do.',
    action: 'Consider scaling down, or move batch work here.',
  }),
  labAlert(
    'LatencyAbove200ms',
    api.predictionLatencySeconds
      .where(OF_API)
      .quantile(0.95, '5m')
      .gt(0.2)
      .and(api.predictionLatencySeconds.where(OF_API).count.increase('5m').sum().gt(20)),
    {
      ...common,
      for: '10m',
      severity: 'warning',
      summary: 'The slowest 5% of predictions take {{ $value | humanizeDuration }} or more',
      description: 'The 95th percentile of prediction time is {{ $value | humanizeDuration }}; the objective is 200 ms.',
      action:
        'Compare with the request rate: slow under load means more replicas, slow without load means a slow step. A trace shows which.',
    },
  ),
  labAlert(
    'ErrorRateAbove1Percent',
    api.predictionRequestsTotal
      .where(OF_API)
      .ratio({ status: 'error' }, '5m')
      .gt(0.01)
      .and(
        api.predictionRequestsTotal
          .where({ ...OF_API, status: 'error' })
          .increase('15m')
          .sum()
          .gt(5),
      ),
    {
      ...common,
      for: '10m',
      severity: 'warning',
      summary: '{{ $value | humanizePercentage }} of the prediction requests fail',
      description:
        'For ten minutes {{ $value | humanizePercentage }} of the prediction requests have failed, more than five in a quarter of an hour; 1% is the limit.',
      action: 'Find the common cause in the logs: one client, one model version, or one field of the payload.',
    },
  ),
  labAlert('ServerErrors', requests.where(SERVER_ERROR).increase('10m').sum('job', 'endpoint').gt(3), {
    ...common,
    for: '2m',
    severity: 'warning',
    summary: '{{ $labels.endpoint }} answers with server errors',
    description: '{{ $labels.endpoint }} has given {{ $value | printf "%.0f" }} answers with a status of 500 or above within ten minutes.',
    action: 'The service logs the reason of each, with its stack: start there.',
  }),
  labAlert(
    'NoPredictions',
    api.mlPredictionsTotal
      .where({ ...OF_API, status: 'success' })
      .rate('5m')
      .sum()
      .eq(0),
    {
      ...common,
      for: '5m',
      severity: 'info',
      summary: 'Nobody has been given a prediction for a while',
      description: 'The service is up, but it has made no successful prediction in five minutes.',
      action:
        'In the demonstration the traffic generator has stopped: npm run traffic -w prediction-api. In production look at what stands before the service.',
    },
  ),
  labAlert('ServiceMemoryHigh', api.appMemoryUsageBytes.where(OF_API).gt(512 * 1024 * 1024), {
    ...common,
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.instance }} uses {{ $value | humanize1024 }}B of memory',
    description:
      'The service normally stays near 100 MiB; {{ $value | humanize1024 }}B for five minutes points to a leak or to very large requests.',
    action: 'Look at the memory panel over a day. A straight line upwards is a leak; steps follow requests.',
  }),
  labAlert('TargetMissing', up.where({ job: matchesNot(`${OF_API.job}|prometheus|node.*|alidade.*`) }).eq(0), {
    for: '5m',
    severity: 'warning',
    team: TEAM.platform,
    summary: '{{ $labels.job }} on {{ $labels.instance }} cannot be scraped',
    description: 'For five minutes no scrape of {{ $labels.instance }} has succeeded: what it would tell is not known.',
    action: 'The Targets screen shows the error of the last scrape.',
  }),
]);
