import { alertlist, alerts, dashboard, piechart, row, stat, text, timeseries, up } from '@alidade/sdk/code';
import { api, host, OF_API } from '../metrics.ts';
import { churnShare } from '../rules/models.ts';

const predictions = api.mlPredictionsTotal;
const latency = api.mlPredictionDurationSeconds;
const total = predictions.rate('2m').sum();
const failing = predictions.where({ status: 'error' }).rate('2m').sum().div(total.gt(0)).as('percentunit').or(0);
const cpuBusy = host.cpuSeconds.where({ mode: 'idle' }).rate('1m').avg('instance').mul(-100).add(100);

const MAKE_IT_MOVE = `**Fail on purpose.** Five bad requests: \`DemoHighErrorCount\` is pending at once and fires ten seconds later. The answer names every field that is missing.

\`\`\`
for i in 1 2 3 4 5; do curl -s localhost:5000/v1/predict -H 'Content-Type: application/json' -d '{"invalid": "data"}'; done
\`\`\`

**Hurry.** Thirty valid predictions within a minute fire \`DemoHighRequestRate\`. **Stop the service** for half a minute and \`APIDown\` fires; start it again and both resolve.
`;

/** One page about the sample service: the one that npm start shows. */
export const churnService = dashboard('Churn prediction service', {
  uid: 'churn-service',
  description: 'One page about the sample service: is it there, what do its models answer, how fast, and what is wrong.',
  tags: ['churn', 'ml', 'demo'],
  refresh: '5s',
  from: 'now-15m',
  panels: [
    stat('Service', up.where(OF_API), {
      width: 4,
      paint: 'background',
      sparkline: false,
      thresholds: ['red', [1, 'green']],
      mappings: { 0: ['DOWN', 'red'], 1: ['UP', 'green'] },
      description: 'Whether the last scrape of the prediction service succeeded. APIDown fires after 30 seconds without one.',
    }),
    stat('Predictions', predictions.sum().or(0), {
      width: 4,
      thresholds: ['green'],
      description: 'Predictions since the service started, failed ones included. A list of customers counts each of them.',
    }),
    stat('Failing', failing, {
      width: 4,
      thresholds: ['green', [0.05, 'yellow'], [0.1, 'red']],
      description: 'Share of predictions of the last two minutes that ended in an error. HighErrorRate fires above 10%.',
    }),
    stat('Time to predict, p95', latency.quantile(0.95, '2m').or(0), {
      width: 4,
      thresholds: ['green', [0.25, 'yellow'], [0.5, 'red']],
      description: 'Nineteen of twenty predictions of the last two minutes were faster. HighLatency fires above 500 ms.',
    }),
    stat('Memory', api.appMemoryUsageBytes.where(OF_API).sum().or(0), {
      width: 4,
      thresholds: ['green', [400 * 1024 * 1024, 'yellow'], [512 * 1024 * 1024, 'red']],
      description: 'Resident memory of the service. ServiceMemoryHigh fires above 512 MiB.',
    }),
    stat('Firing alerts', alerts.where({ alertstate: 'firing' }).count().or(0), {
      width: 4,
      thresholds: ['green', [1, 'red']],
      description: 'Alerts that fire now, over all rules.',
    }),
    row('Traffic', [
      timeseries(
        'Predictions by model version',
        { '{{model_version}}': predictions.rate('1m').sum('model_version'), all: predictions.rate('1m').sum() },
        {
          unit: 'reqps',
          lineWidth: 2,
          legend: ['mean', 'max', 'lastNotNull'],
          description:
            'Predictions a second over the last minute. The generator makes 0.2; above 0.5 for 30 seconds DemoHighRequestRate fires.',
        },
      ),
      timeseries(
        'Time to predict',
        { p50: latency.quantile(0.5, '2m'), p95: latency.quantile(0.95, '2m'), p99: latency.quantile(0.99, '2m') },
        {
          lineWidth: 2,
          legend: ['mean', 'max', 'lastNotNull'],
          thresholds: ['green', [0.25, 'yellow'], [0.5, 'red']],
          description: 'Percentiles over the last two minutes, estimated within the buckets of the histogram: the first one ends at 1 ms.',
        },
      ),
    ]),
    row('Answers and alerts', [
      piechart(
        'What the models answer',
        { '{{prediction_result}}': predictions.sum('prediction_result') },
        { width: 6, description: 'All predictions since the start, by predicted class.' },
      ),
      piechart(
        'How predictions end',
        { '{{status}}': predictions.sum('status') },
        {
          width: 6,
          series: { success: { color: 'green' }, error: { color: 'red' } },
          description: 'All predictions since the start, by success or error.',
        },
      ),
      alertlist('Active alerts', { width: 12, description: 'Everything that fires or is about to, whatever rule it comes from.' }),
    ]),
    row('Models', [
      stat(
        'Accuracy on held-out customers',
        { '{{model_version}}': api.mlModelAccuracy.where(OF_API) },
        {
          decimals: 1,
          thresholds: ['red', [0.85, 'green']],
          description: 'Measured at training time on customers that the model had not seen. ModelAccuracyDrop fires below 85%.',
        },
      ),
      stat(
        'Loaded',
        { '{{model_version}}': api.modelLoaded.where(OF_API) },
        {
          sparkline: false,
          mappings: { 0: ['missing', 'red'], 1: ['loaded', 'green'] },
          thresholds: ['red', [1, 'green']],
          description: 'Whether each version could be loaded; predictions of a missing one answer 503.',
        },
      ),
      stat(
        'Loading time',
        { '{{model_version}}': api.mlModelLoadTimeSeconds.where(OF_API) },
        { width: 6, sparkline: false, thresholds: ['green'], description: 'Time to read and check the model file at the start.' },
      ),
      stat('In flight', api.predictionsInFlight.where(OF_API), {
        thresholds: ['green'],
        description: 'Predictions being computed at the moment of the scrape; usually none, because they take less than a millisecond.',
      }),
      timeseries(
        'Customers expected to leave',
        { '{{model_version}}': churnShare.metric },
        {
          unit: 'percentunit',
          width: 24,
          height: 7,
          min: 0,
          max: 1,
          lineWidth: 2,
          description:
            'Share of "Churn" among the successful predictions of the last 15 minutes. The training data had a quarter of leavers; a lasting change means that the customers, or the data about them, have changed.',
        },
      ),
    ]),
    row('Service and machine', [
      timeseries(
        'HTTP answers by status',
        { '{{status}}': api.httpRequestsTotal.where(OF_API).rate('1m').sum('status') },
        { unit: 'reqps', width: 8, description: 'Answers a second over the last minute; 4xx is the client’s fault, 5xx the service’s.' },
      ),
      timeseries(
        'Processor',
        { 'service (of one core)': api.appCpuUsagePercent.where(OF_API), 'machine {{instance}}': cpuBusy },
        {
          unit: 'percent',
          width: 8,
          min: 0,
          description: 'The service in percent of one core, the machine in percent of all. HighCPUUsage fires above 80%.',
        },
      ),
      timeseries(
        'Memory',
        {
          service: api.appMemoryUsageBytes.where(OF_API),
          'machine, used': host.memoryTotal.sub(host.memoryAvailable),
          'machine, total': host.memoryTotal,
        },
        { width: 8, min: 0, description: 'Resident memory of the service beside what is used on the machine.' },
      ),
    ]),
    text('Make it move', MAKE_IT_MOVE, { width: 24, height: 5, description: 'How to set the demonstration alerts off by hand.' }),
  ],
});
