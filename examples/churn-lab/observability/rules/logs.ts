// Alerts on log lines, in LogQL, for Loki's ruler. Alidade reads log rules in a later version; until then only Loki evaluates these.
import { group } from '@alidade/sdk/code';
import { LOG_STREAM, SERVICE_LABELS, TEAM } from '../service.ts';
import { labAlert } from './lab-alert.ts';

const common = { team: TEAM.ml, labels: SERVICE_LABELS } as const;

export const logAlerts = group('ml_logs', { interval: '1m' }, [
  labAlert('ErrorsInLogs', `sum by (service) (count_over_time({service="${SERVICE_LABELS.service}", level="ERROR"}[10m])) > 20`, {
    ...common,
    for: '2m',
    severity: 'warning',
    summary: '{{ $labels.service }} logs {{ $value }} errors in ten minutes',
    description: 'More than 20 error lines within ten minutes, whatever the metrics say.',
    action: 'Group them by exception_type: one kind is one cause.',
  }),
  labAlert('UnhandledException', `sum by (service) (count_over_time(${LOG_STREAM} |= "Request failed" | json | level="ERROR" [5m])) > 0`, {
    ...common,
    severity: 'critical',
    summary: '{{ $labels.service }} threw an exception that nobody caught',
    description: '{{ $value }} requests within five minutes ended in an exception that is not a failed prediction: a fault in the code.',
    action: 'The line has type, message and stack: open it, then its trace.',
  }),
  labAlert(
    'SlowPredictionsInLogs',
    `quantile_over_time(0.95, ${LOG_STREAM} | json | event_type="model_prediction" | unwrap context_latency_ms [10m]) by (service) > 200`,
    {
      ...common,
      for: '5m',
      severity: 'warning',
      summary: 'Predictions of {{ $labels.service }} take {{ $value | printf "%.0f" }} ms',
      description: 'By its own log lines the slowest 5% of predictions take more than 200 ms: what callers without metrics see.',
      action: 'The trace id of a slow line leads to the step that is slow.',
    },
  ),
]);
