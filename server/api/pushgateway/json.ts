import type { ExpositionType } from '../../formats/exposition/metric-type.ts';
import { toGoJson } from '../../model/go-json.ts';
import { formatShort } from '../../model/go-number.ts';
import { timeFamilies } from '../../push/expose.ts';
import type { PushGroup } from '../../push/push-groups.ts';
import type { PushedFamily, PushedMetric } from '../../push/pushed-family.ts';

/** All groups as GET /api/v1/metrics of a Pushgateway has them: numbers are texts. */
export function groupsToJson(groups: readonly PushGroup[]): string {
  return toGoJson({ status: 'success', data: groups.map(groupToObject) });
}

function groupToObject(group: PushGroup): object {
  const { labels, families, pushedMs, successMs, failureMs } = group;
  const object: Record<string, unknown> = Object.create(null);
  for (const family of families.values()) object[family.name] = familyToObject(family, pushedMs.get(family.name) ?? 0);
  for (const family of timeFamilies(group)) object[family.name] = familyToObject(family, successMs || failureMs);
  object.labels = Object.fromEntries(labels);
  object.last_push_successful = successMs > failureMs;
  return object;
}

function familyToObject({ type, help, metrics }: PushedFamily, pushedMs: number): object {
  return {
    time_stamp: new Date(pushedMs).toISOString(),
    type: wordOf(type),
    ...(help !== '' && { help }),
    metrics: metrics.map((metric) => metricToObject(metric, type)),
  };
}

function metricToObject({ labels, value, distribution }: PushedMetric, type: ExpositionType): object {
  const common = { labels: Object.fromEntries(labels) };
  if (!distribution) return { ...common, value: formatShort(value) };
  const { count, sum, parts } = distribution;
  const list = Object.fromEntries(parts.map(([bound, part]) => [formatShort(bound), formatShort(part)]));
  return { ...common, count: formatShort(count), sum: formatShort(sum), [type === 'summary' ? 'quantiles' : 'buckets']: list };
}

function wordOf(type: ExpositionType): string {
  if (type === 'unknown') return 'UNTYPED';
  return type === 'gaugehistogram' ? 'GAUGE_HISTOGRAM' : type.toUpperCase();
}
