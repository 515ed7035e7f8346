// The prediction API as its users see it, and the two alerts that are meant to be set off by hand.
import { group, up } from '@alidade/sdk/code';
import { api, OF_API } from '../metrics.ts';
import { SERVICE_LABELS, TEAM } from '../service.ts';
import { labAlert } from './lab-alert.ts';

// All jobs on purpose: the service's own name for its job is not part of these conditions.
const errorRatio = api.mlPredictionsTotal.ratio({ status: 'error' }, '2m');
const p95 = api.mlPredictionDurationSeconds.quantile(0.95, '2m');

export const apiAlerts = group('ml_api_alerts', { interval: '5s' }, [
  labAlert('APIDown', up.where(OF_API).eq(0), {
    for: '30s',
    severity: 'critical',
    team: TEAM.ml,
    labels: SERVICE_LABELS,
    summary: 'The prediction service on {{ $labels.instance }} does not answer',
    description: 'Every scrape of {{ $labels.instance }} has failed for 30 seconds. Customers get no predictions from it.',
    action:
      'Look whether the process runs and what it said last. A taken port or a broken model file stops it at the start and is named in its output.',
  }),
  labAlert('HighErrorRate', errorRatio.gt(0.1), {
    for: '1m',
    severity: 'warning',
    team: TEAM.ml,
    labels: SERVICE_LABELS,
    summary: '{{ $value | humanizePercentage }} of the predictions fail',
    description: 'Over the last two minutes {{ $value | humanizePercentage }} of all predictions ended in an error; 10% is the limit.',
    action:
      'Compare http_requests_total by status: 400 is a client that sends bad payloads, 503 a model that is not loaded, 500 a fault of the service.',
  }),
  labAlert('HighLatency', p95.gt(0.5), {
    for: '1m',
    severity: 'warning',
    team: TEAM.ml,
    labels: SERVICE_LABELS,
    summary: 'The slowest 5% of predictions take {{ $value | humanizeDuration }} or more',
    description: 'The 95th percentile of prediction time over two minutes is {{ $value | humanizeDuration }}; the limit is 500 ms.',
    action:
      'Check processor use of the service and of the machine, and whether somebody sends very long lists: a list counts as one request.',
  }),
]);

export const demoAlerts = group('lab_demo_alerts', { interval: '5s' }, [
  labAlert('DemoHighErrorCount', api.mlPredictionsTotal.where({ status: 'error' }).sum().ge(3), {
    for: '10s',
    severity: 'demo',
    team: TEAM.ml,
    labels: SERVICE_LABELS,
    summary: '[DEMO] {{ $value }} predictions have failed',
    description: 'At least three predictions have failed since the service started.',
    action: 'Send a few invalid payloads to set it off. It watches a counter, so only a restart of the service resolves it.',
  }),
  labAlert('DemoHighRequestRate', api.mlPredictionsTotal.rate('1m').sum().gt(0.5), {
    for: '30s',
    severity: 'demo',
    team: TEAM.ml,
    labels: SERVICE_LABELS,
    summary: '[DEMO] {{ $value | printf "%.2f" }} predictions a second',
    description: 'More than one prediction every two seconds, averaged over a minute; the traffic generator alone makes 0.2 a second.',
    action: 'Send thirty predictions at once to set it off. It resolves a minute after they stop.',
  }),
]);
