// Puts the series of a classic histogram (convert_classic_histograms_to_nhcb) together again: those that follow each other with the same
// labels but `le`, under a TYPE line of their name. The histogram is complete when something else comes.

import type { MetricParser, RawExemplar, RawHistogram, RawLabel } from '../formats/exposition/metric-parser.ts';
import { parseSampleValue } from '../formats/exposition/number.ts';
import { toCustomBuckets } from '../model/classic-histogram.ts';
import type { FloatHistogram } from '../model/histogram.ts';
import { histogramFault } from '../model/histogram-check.ts';
import { Labels } from '../model/labels.ts';

/** What a series is of a classic histogram. */
export interface ClassicPart {
  /** Name and labels of the histogram, as a key of maps. */
  readonly key: string;
  readonly base: string;
  readonly labels: readonly RawLabel[];
  /** `created`: the time when it began. `other`: it has the name of the histogram itself, or a bucket whose bound is no number. */
  readonly kind: 'bucket' | 'count' | 'sum' | 'created' | 'other';
  /** Of a bucket. */
  readonly le: number;
}

/** A classic histogram whose series have all been seen. */
export interface CollectedHistogram {
  readonly part: ClassicPart;
  readonly value: 0;
  readonly histogram: RawHistogram;
  readonly hasTimestamp: boolean;
  readonly timestampMs: number;
  readonly createdMs: number;
  exemplars(): readonly RawExemplar[];
}

const SUFFIX = /^(.*)_(bucket|count|sum|created)$/s;

/** Sees all series of one body in order. */
export class ClassicCollector {
  /** The family of the last TYPE line, '' unless it is one of classic histograms. */
  #family = '';
  #last = '';
  #isAfterNative = false;
  #part: ClassicPart | undefined;
  readonly #buckets = new Map<number, number>();
  #sum: number | undefined;
  #count: number | undefined;
  #hasTimestamp = false;
  #timestampMs = 0;
  #createdMs = 0;
  #exemplars: RawExemplar[] = [];

  /** Takes note of a TYPE line. */
  seeType(parser: MetricParser): void {
    this.#family = parser.type === 'histogram' ? parser.familyName() : '';
  }

  /** Whether series can be parts of a histogram here. */
  get isAtHistogram(): boolean {
    return this.#family !== '';
  }

  /** Takes note of a native histogram: its classic series are not converted. */
  seeNative(part: ClassicPart): void {
    this.#last = part.key;
    this.#isAfterNative = true;
  }

  /** Whether the histogram that is collected ends before this series; undefined stands for any series that is no part of one. */
  endsBefore(part: ClassicPart | undefined): boolean {
    return this.#part !== undefined && this.#part.key !== part?.key;
  }

  /** Takes in the series on which `parser` stands; false when it is no part of a histogram that is converted. */
  add(part: ClassicPart, parser: MetricParser): boolean {
    if (part.kind === 'other' || part.kind === 'created' || part.base !== this.#family) return false;
    if (part.key === this.#last && this.#isAfterNative) return false;
    if (this.#part === undefined) this.#begin(part, parser);
    if (part.kind === 'sum') this.#sum = parser.value;
    else if (part.kind === 'count') this.#count = parser.value;
    else if (!this.#buckets.has(part.le)) this.#buckets.set(part.le, parser.value);
    const exemplars = parser.exemplars();
    if (exemplars.length > 0) this.#exemplars.push(...exemplars.filter(({ timestampMs }) => timestampMs !== undefined));
    return true;
  }

  /** The histogram that was collected, and what is collected from now on is another; undefined when its counts do not fit together. */
  take(): CollectedHistogram | undefined {
    const part = this.#part;
    if (part === undefined) return undefined;
    this.#part = undefined;
    const buckets = Array.from(this.#buckets, ([le, count]) => ({ le, count }));
    const { histogram } = toCustomBuckets({ buckets, sum: this.#sum, count: this.#count }) as { histogram?: FloatHistogram };
    if (histogram === undefined || histogramFault(histogram, false) !== undefined) return undefined;
    const exemplars = this.#exemplars;
    return {
      part,
      value: 0,
      histogram: { histogram, isInteger: false },
      hasTimestamp: this.#hasTimestamp,
      timestampMs: this.#timestampMs,
      createdMs: this.#createdMs,
      exemplars: () => exemplars,
    };
  }

  #begin(part: ClassicPart, { hasTimestamp, timestampMs, createdMs }: MetricParser): void {
    this.#part = part;
    this.#last = part.key;
    this.#isAfterNative = false;
    this.#buckets.clear();
    this.#sum = this.#count = undefined;
    this.#hasTimestamp = hasTimestamp;
    this.#timestampMs = timestampMs;
    this.#createdMs = createdMs;
    this.#exemplars = [];
  }
}

/** What the series with these labels is of a classic histogram. */
export function classicPartOf(raw: readonly RawLabel[]): ClassicPart {
  const all = Labels.fromEntries(raw);
  const name = all.metricName;
  const [, base = name, suffix] = SUFFIX.exec(name) ?? [];
  const le = suffix === 'bucket' ? boundOf(all.get('le')) : Number.NaN;
  const kind =
    suffix === undefined || (suffix === 'bucket' && Number.isNaN(le)) ? 'other' : (suffix as 'bucket' | 'count' | 'sum' | 'created');
  const labels: RawLabel[] = [...all].map(([label, value]): RawLabel => (label === '__name__' ? [label, base] : [label, value]));
  const own = labels.filter(([label]) => label !== 'le');
  return { key: Labels.fromEntries(own).key(), base, labels: own, kind, le };
}

/** The native histogram with these labels, to be told from classic ones of the same name and labels. */
export function nativePartOf(raw: readonly RawLabel[]): ClassicPart {
  const labels = Labels.fromEntries(raw);
  return { key: labels.key(), base: labels.metricName, labels: raw, kind: 'other', le: Number.NaN };
}

function boundOf(text: string): number {
  const value = parseSampleValue(text);
  return typeof value === 'number' ? value : Number.NaN;
}
