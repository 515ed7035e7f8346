import {
  alert,
  alertlist,
  dashboard,
  defineProject,
  group,
  job,
  matches,
  metrics,
  pagerduty,
  piechart,
  receiver,
  slack,
  stat,
  timeseries,
  up,
} from '@alidade/sdk/code';
import * as catalog from '@alidade/sdk/instrument/catalog';
import { slo } from '@alidade/sdk/slo';

const { mlPredictionsTotal: predictions, mlPredictionDurationSeconds: latency, appMemoryUsageBytes: memory } = metrics(catalog);
const api = up.where({ job: 'ml-api' });
const errorRatio = predictions.ratio({ status: 'error' }, '2m');
const p95 = latency.quantile(0.95, '2m');

const overview = dashboard('ML API Monitoring Dashboard', {
  uid: 'ml-api-monitoring',
  tags: ['ml', 'api', 'monitoring'],
  refresh: '5s',
  from: 'now-15m',
  panels: [
    stat('API Status', api, {
      width: 4,
      paint: 'background',
      sparkline: false,
      mappings: { 0: ['DOWN', 'red'], 1: ['UP', 'green'] },
      thresholds: ['red', [1, 'green']],
    }),
    stat('Total Predictions', predictions.sum().or(0), { width: 5, thresholds: ['green'] }),
    stat('Error Rate (2m)', errorRatio.or(0), { width: 5, thresholds: ['green', [0.05, 'yellow'], [0.1, 'red']] }),
    stat('P95 Latency', p95.or(0), { width: 5, thresholds: ['green', [0.25, 'yellow'], [0.5, 'red']] }),
    stat('Memory Usage', memory.or(0), { width: 5, thresholds: ['green'] }),
    timeseries(
      'Request Rate by Model Version',
      { '{{model_version}}': predictions.rate('1m').sum('model_version'), Total: predictions.rate('1m').sum() },
      { unit: 'reqps', fill: 20, lineWidth: 2, legend: ['mean', 'max', 'last'] },
    ),
    timeseries(
      'Prediction Latency Percentiles',
      { p50: latency.quantile(0.5, '2m'), p95, p99: latency.quantile(0.99, '2m') },
      { fill: 20, lineWidth: 2, legend: ['mean', 'max', 'last'], thresholds: ['green', [0.25, 'yellow'], [0.5, 'red']] },
    ),
    piechart('Predictions by Result', { '{{prediction_result}}': predictions.sum('prediction_result') }),
    piechart('Predictions by Status', { '{{status}}': predictions.sum('status') }),
    alertlist('Active Alerts'),
  ],
});

const duty = receiver('pagerduty', pagerduty({ serviceKeyFile: '/run/secrets/pagerduty' }));
const everybody = receiver('default', slack({ channel: '#alerts', title: 'Alert: {{ .GroupLabels.alertname }}' }));

/** The lab of a prediction service, as its documents have it in JSON and YAML. */
export default defineProject({
  name: 'churn-lab',
  folder: 'ML Monitoring',
  dashboards: [overview],
  rules: [
    group('ml_api_alerts', [
      alert('APIDown', api.eq(0), { for: '30s', severity: 'critical', summary: 'ML API is down' }),
      alert('HighErrorRate', errorRatio.gt(0.1), { for: '1m', severity: 'warning', summary: 'High prediction error rate' }),
      alert('HighLatency', p95.gt(0.5), { for: '1m', severity: 'warning', summary: 'High prediction latency' }),
    ]),
  ],
  slos: [
    slo({
      name: 'predictions',
      service: 'churn-api',
      description: 'Predictions are answered without an error',
      target: 0.99,
      window: '30d',
      indicator: {
        type: 'ratio',
        total: { counter: predictions.promql },
        bad: { counter: predictions.where({ status: 'error' }).promql },
      },
      runbookUrl: 'https://example.org/runbooks/predictions',
    }),
  ],
  alerting: {
    settings: { slackApiUrlFile: '/run/secrets/slack' },
    route: {
      receiver: everybody,
      groupBy: ['alertname', 'severity'],
      groupWait: '10s',
      routes: [
        { match: { severity: 'critical' }, receiver: duty, continue: true },
        { match: { team: matches('ml-.*') }, receiver: everybody },
      ],
    },
    inhibit: [{ source: { alertname: 'APIDown' }, target: { alertname: 'HighLatency' }, equal: ['job'] }],
  },
  scrape: {
    scrapeInterval: '15s',
    evaluationInterval: '15s',
    jobs: [job('ml-api', ['app:5000'], { scrapeInterval: '5s', labels: { service: 'ml-prediction-api' } })],
  },
});
