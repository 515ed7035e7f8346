// What batch jobs push. Plain data, so that it can be kept as JSON; numbers that JSON has no words for are written as text.
import type { ExpositionType } from '../formats/exposition/metric-type.ts';

/** Labels sorted by name; a value may be empty, which says that there is no such label. */
export type PushedLabels = readonly (readonly [name: string, value: string])[];

/** Count, sum and what a summary or histogram has more: by quantile, or cumulative by upper bound. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly parts: readonly (readonly [bound: number, value: number])[];
  /** The message io.prometheus.client.Histogram in base64, where a native histogram was pushed. */
  readonly native?: string | undefined;
}

/** One metric of a family: a value, or a distribution in summaries and histograms. */
export interface PushedMetric {
  readonly labels: PushedLabels;
  readonly value: number;
  readonly distribution?: Distribution | undefined;
}

export interface PushedFamily {
  readonly name: string;
  readonly type: ExpositionType;
  readonly help: string;
  readonly metrics: readonly PushedMetric[];
}

/** A key that is equal for equal labels. */
export function labelsKey(labels: PushedLabels): string {
  return JSON.stringify(labels);
}

/** Sorted by name; the last of a name wins. */
export function sortLabels(labels: Iterable<readonly [string, string]>): PushedLabels {
  return [...new Map(labels)].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** JSON of anything made of these, to be read with `parsePushed`. */
export function stringifyPushed(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'number' && (!Number.isFinite(inner) || Object.is(inner, -0))
      ? { number: Object.is(inner, -0) ? '-0' : String(inner) }
      : inner,
  );
}

/** What `stringifyPushed` wrote. */
export function parsePushed(text: string): unknown {
  return JSON.parse(text, (_, inner: unknown) => (isNumberText(inner) ? Number(inner.number) : inner));
}

function isNumberText(value: unknown): value is { readonly number: string } {
  return typeof value === 'object' && value !== null && 'number' in value && typeof value.number === 'string';
}
