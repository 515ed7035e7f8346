import { bargauge, dashboard, logs, lokiSource, row, stat, timeseries } from '@alidade/sdk/code';
import { alidade } from '../metrics.ts';
import { LOG_STREAM, SCRAPE_INTERVAL, SERVICE } from '../service.ts';

const loki = lokiSource();
const errors = `{service="${SERVICE}", level="ERROR"}`;

/** What the service says. */
export const logsDashboard = dashboard('Logs', {
  uid: 'logs',
  description: 'What the service says: how much, at which level, which errors, and the lines themselves.',
  tags: ['logs'],
  links: [{ title: 'Search the logs', url: `/logs?q=${encodeURIComponent(LOG_STREAM)}` }],
  panels: [
    stat('Lines stored per second', alidade.logLines.rate().sum(), {
      unit: 'cps',
      thresholds: ['blue'],
      interval: SCRAPE_INTERVAL,
      description: 'Lines of all services, as the store counts them. LogsMissing fires when none arrive although predictions are made.',
    }),
    stat('Lines refused per second', alidade.logLinesRefused.rate('5m').sum().or(0), {
      unit: 'cps',
      thresholds: ['green', [0.1, 'yellow'], [1, 'red']],
      description: 'Too long, too old, or from the future. LogLinesRefused fires at 100 in a quarter of an hour.',
    }),
    stat('Errors in ten minutes', `sum(count_over_time(${errors}[10m])) or vector(0)`, {
      datasource: loki,
      unit: 'short',
      thresholds: ['green', [1, 'yellow'], [20, 'red']],
      description: 'Lines at level ERROR. ErrorsInLogs fires above 20.',
    }),
    stat(
      'Slowest 5 % by the log',
      `max(quantile_over_time(0.95, ${LOG_STREAM} | json | event_type="model_prediction" | unwrap context_latency_ms [10m]))`,
      {
        datasource: loki,
        unit: 'ms',
        thresholds: ['green', [100, 'yellow'], [200, 'red']],
        description: 'The 95th percentile of the latency that the lines themselves tell.',
      },
    ),
    row('Over time', [
      timeseries(
        'Lines by level',
        { '{{level}}': `sum by (level) (count_over_time(${LOG_STREAM}[$__interval]))` },
        {
          datasource: loki,
          unit: 'short',
          style: 'bars',
          stack: true,
          series: { ERROR: { color: 'red' }, WARN: { color: 'yellow' }, INFO: { color: 'green' } },
          description: 'How much the service says, at which level.',
        },
      ),
      bargauge(
        'Errors by kind',
        { '{{exception_type}}': `sum by (exception_type) (count_over_time(${errors} | json [1h]))` },
        {
          datasource: loki,
          thresholds: ['red'],
          description: 'Error lines of an hour by the type of the exception: one kind is one cause.',
        },
      ),
    ]),
    row('Lines', [
      logs('Errors', errors, { description: 'Newest first, each with its trace.' }),
      logs('Everything', LOG_STREAM, { height: 12, description: 'All lines of the service, newest first.' }),
    ]),
  ],
});
