// What a Pushgateway shows to those who scrape it: the families of all groups, and for each group when it was pushed to.
import { type ExpositionFamily, type ExpositionSample, formatExposition } from '../formats/exposition/format.ts';
import { canonicalBound, formatSampleValue } from '../formats/exposition/number.ts';
import type { PushGroup } from './push-groups.ts';
import type { PushedFamily, PushedLabels, PushedMetric } from './pushed-family.ts';

export const PUSH_TIME_HELP = 'Last Unix time when changing this group in the Pushgateway succeeded.';
export const PUSH_FAILURE_TIME_HELP = 'Last Unix time when changing this group in the Pushgateway failed.';

/** The families of all groups by name, those of one name together; the first help text counts. */
export function mergedFamilies(groups: readonly PushGroup[]): PushedFamily[] {
  const merged = new Map<string, { readonly family: PushedFamily; readonly metrics: PushedMetric[] }>();
  for (const group of groups)
    for (const family of [...group.families.values(), ...timeFamilies(group)]) {
      const known = merged.get(family.name);
      // One by one: there may be more than a call takes arguments.
      if (known) for (const metric of family.metrics) known.metrics.push(metric);
      else merged.set(family.name, { family, metrics: [...family.metrics] });
    }
  return [...merged.values()].map(({ family, metrics }) => ({ ...family, metrics })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** When the group was pushed to last, with and without success. */
export function timeFamilies({ labels, successMs, failureMs }: PushGroup): PushedFamily[] {
  const own: PushedLabels = labels.some(([name]) => name === 'instance')
    ? labels
    : [...labels, ['instance', ''] as const].sort(([a], [b]) => (a < b ? -1 : 1));
  const family = (name: string, help: string, timeMs: number): PushedFamily => ({
    name,
    help,
    type: 'gauge',
    metrics: [{ labels: own, value: timeMs / 1000 }],
  });
  return [family('push_failure_time_seconds', PUSH_FAILURE_TIME_HELP, failureMs), family('push_time_seconds', PUSH_TIME_HELP, successMs)];
}

/** Whether the text format cannot say all that was pushed. */
export function hasNativeHistograms(groups: readonly PushGroup[]): boolean {
  const isNative = ({ distribution }: PushedMetric) => distribution?.native !== undefined;
  return groups.some(({ families }) => [...families.values()].some(({ metrics }) => metrics.some(isNative)));
}

/** Everything in the text format; native histograms are left out. */
export function exposeText(groups: readonly PushGroup[]): Uint8Array {
  return formatExposition(mergedFamilies(groups).map(toExposition));
}

function toExposition({ name, type, help, metrics }: PushedFamily): ExpositionFamily {
  return { name, type, help, samples: metrics.flatMap((metric) => samplesOf(metric, type)) };
}

function samplesOf({ labels: pairs, value, distribution }: PushedMetric, type: PushedFamily['type']): ExpositionSample[] {
  const labels = Object.fromEntries(pairs);
  if (!distribution) return [{ labels, value }];
  const { count, sum, parts } = distribution;
  const ends: ExpositionSample[] = [
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ];
  const part = (suffix: string, name: string, bound: number, partValue: number): ExpositionSample => ({
    suffix,
    labels: { ...labels, [name]: canonicalBound(formatSampleValue(bound)) },
    value: partValue,
  });
  if (type === 'summary') return [...parts.map(([quantile, at]) => part('', 'quantile', quantile, at)), ...ends];
  const isOpen = !parts.some(([bound]) => bound === Number.POSITIVE_INFINITY);
  const buckets = parts.map(([bound, at]) => part('_bucket', 'le', bound, at));
  if (isOpen) buckets.push(part('_bucket', 'le', Number.POSITIVE_INFINITY, count));
  return [...buckets, ...ends];
}
