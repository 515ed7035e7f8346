import { Counter, type Registry } from 'prom-client';
import { exportGauge } from '../telemetry/read-metrics.ts';
import type { PushGroups } from './push-groups.ts';

/** Tells what became of a push. */
export type ObservePush = (result: 'ok' | 'refused' | 'failed') => void;

/** Exports how many groups there are and what became of pushes, as `alidade_push_*`. */
export function exportPushMetrics(registry: Registry, pushes: PushGroups): ObservePush {
  exportGauge(registry, 'alidade_push_groups', 'Groups of metrics that were pushed.', () => pushes.groups.length);
  exportGauge(registry, 'alidade_push_bytes', 'Size of these groups as they are stored.', () => pushes.bytes);
  const counter = new Counter({
    name: 'alidade_push_requests_total',
    help: 'Pushes and deletions of groups: stored, refused for what they hold, or failed.',
    labelNames: ['result'],
    registers: [registry],
  });
  return (result) => counter.inc({ result });
}
