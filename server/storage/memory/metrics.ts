// Each series keeps its samples in plain arrays; a stale marker is a NaN whose index is in `stale`, because a plain array may
// lose a NaN's payload.
import type { Labels } from '../../model/labels.ts';
import { bitsOf, writeStaleAt } from '../../model/stale.ts';
import { type AdmissionSpan, admissionSpan, admit } from '../admission.ts';
import { storageError, throwIfAborted, tooManySamples } from '../errors.ts';
import { compileMatcherSets, compileMatchers } from '../matching.ts';
import { DEFAULT_MAX_SERIES, KEEP_FOR_EVER, type StoreOptions } from '../options.ts';
import type {
  AppendOutcome,
  LabelQuery,
  MetricAppender,
  MetricSelection,
  MetricStore,
  ReadLimits,
  SeriesRef,
  SeriesSet,
} from '../store.ts';

interface Sample {
  readonly timestampMs: number;
  readonly value: number;
  readonly isStale: boolean;
}

interface Series {
  readonly labels: Labels;
  samples: Sample[];
}

/** The reference implementation of metrics: linear scans over everything. */
export class MemoryMetricStore implements MetricStore {
  readonly #options: StoreOptions;
  readonly #byKey = new Map<string, SeriesRef>();
  readonly #series = new Map<SeriesRef, Series>();
  #nextRef = 1;
  samplesAppended = 0;
  readonly samplesRefused: Partial<Record<AppendOutcome, number>> = {};

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  get seriesCount(): number {
    return this.#series.size;
  }

  appender(): MetricAppender {
    return new MemoryAppender(this);
  }

  admissionSpan(): AdmissionSpan {
    const { clock, retention = KEEP_FOR_EVER, maxFutureMs = Number.POSITIVE_INFINITY } = this.#options;
    return admissionSpan(clock.nowMs(), retention.metricsMs, maxFutureMs);
  }

  seriesRef(labels: Labels): SeriesRef {
    const key = labels.key();
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const maxSeries = this.#options.maxSeries ?? DEFAULT_MAX_SERIES;
    if (this.#series.size >= maxSeries)
      throw storageError('storage.too_many_series', `the limit of ${maxSeries} series is reached; ${labels.toString()} was not created`);
    const ref = this.#nextRef++;
    this.#byKey.set(key, ref);
    this.#series.set(ref, { labels, samples: [] });
    return ref;
  }

  lastSample(ref: SeriesRef): Sample | undefined {
    const series = this.#series.get(ref);
    if (!series) throw storageError('storage.bad_sample', `unknown series reference ${ref}`);
    return series.samples.at(-1);
  }

  push(ref: SeriesRef, sample: Sample): void {
    this.#series.get(ref)?.samples.push(sample);
    this.samplesAppended++;
  }

  refuse(outcome: AppendOutcome): void {
    this.samplesRefused[outcome] = (this.samplesRefused[outcome] ?? 0) + 1;
  }

  async select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> {
    throwIfAborted(limits);
    let left = limits.maxSamples ?? Number.POSITIVE_INFINITY;
    return selections.map((selection) => {
      const isWanted = compileMatchers(selection.matchers);
      const found = [...this.#series.values()]
        .filter((series) => isWanted(series.labels))
        .map(({ labels, samples }) => ({ labels, samples: samples.filter((s) => isWithin(s, selection)) }))
        .filter(({ samples }) => samples.length > 0)
        .sort((a, b) => a.labels.compare(b.labels));
      left -= found.reduce((sum, { samples }) => sum + samples.length, 0);
      if (left < 0) throw tooManySamples(limits.maxSamples as number);
      return toSeriesSet(found);
    });
  }

  async *selectParts(selection: MetricSelection, partSamples: number, limits: ReadLimits): AsyncGenerator<SeriesSet> {
    const [set] = await this.select([selection], limits);
    if (!set) return;
    for (let first = 0; first < set.labels.length; ) {
      let last = first + 1;
      const start = set.offsets[first] as number;
      while (last < set.labels.length && (set.offsets[last + 1] as number) - start <= partSamples) last++;
      const end = set.offsets[last] as number;
      yield {
        labels: set.labels.slice(first, last),
        offsets: set.offsets.slice(first, last + 1).map((offset) => offset - start),
        timestampsMs: set.timestampsMs.slice(start, end),
        values: set.values.slice(start, end),
      };
      first = last;
    }
  }

  async series(query: LabelQuery, limits: ReadLimits): Promise<Labels[]> {
    return cut(this.#matching(query, limits), query.limit);
  }

  async labelNames(query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    const names = this.#matching(query, limits).flatMap((labels) => [...labels].map(([name]) => name));
    return cut([...new Set(names)].sort(), query.limit);
  }

  async labelValues(name: string, query: LabelQuery, limits: ReadLimits): Promise<string[]> {
    const values = this.#matching(query, limits).map((labels) => labels.get(name));
    return cut([...new Set(values)].filter((value) => value !== '').sort(), query.limit);
  }

  /** Drops samples before `beforeMs`, and series that have none left. */
  dropBefore(beforeMs: number): void {
    for (const [ref, series] of this.#series) {
      if (series.samples.length === 0) continue;
      series.samples = series.samples.filter((sample) => sample.timestampMs >= beforeMs);
      if (series.samples.length > 0) continue;
      this.#series.delete(ref);
      this.#byKey.delete(series.labels.key());
    }
  }

  #matching(query: LabelQuery, limits: ReadLimits): Labels[] {
    throwIfAborted(limits);
    const isWanted = compileMatcherSets(query.matcherSets);
    return [...this.#series.values()]
      .filter(({ labels, samples }) => isWanted(labels) && samples.some((sample) => isWithin(sample, query)))
      .map(({ labels }) => labels)
      .sort((a, b) => a.compare(b));
  }
}

class MemoryAppender implements MetricAppender {
  readonly #store: MemoryMetricStore;
  readonly #span: AdmissionSpan;
  #batch: { ref: SeriesRef; sample: Sample }[] = [];
  readonly #last = new Map<SeriesRef, Sample>();

  constructor(store: MemoryMetricStore) {
    this.#store = store;
    this.#span = store.admissionSpan();
  }

  seriesRef(labels: Labels): SeriesRef {
    return this.#store.seriesRef(labels);
  }

  append(ref: SeriesRef, timestampMs: number, value: number): AppendOutcome {
    return this.#add(ref, { timestampMs, value, isStale: false });
  }

  appendStale(ref: SeriesRef, timestampMs: number): AppendOutcome {
    return this.#add(ref, { timestampMs, value: Number.NaN, isStale: true });
  }

  async commit(): Promise<void> {
    const batch = this.#batch;
    this.rollback();
    for (const { ref, sample } of batch) {
      const outcome = this.#admit(this.#store.lastSample(ref), sample);
      if (outcome === 'ok') this.#store.push(ref, sample);
      else if (outcome !== 'duplicate') this.#store.refuse(outcome);
    }
  }

  rollback(): void {
    this.#batch = [];
    this.#last.clear();
  }

  #add(ref: SeriesRef, sample: Sample): AppendOutcome {
    if (!Number.isSafeInteger(sample.timestampMs))
      throw storageError('storage.bad_sample', `sample time ${sample.timestampMs} is not a whole number of milliseconds`);
    const outcome = this.#admit(this.#last.get(ref) ?? this.#store.lastSample(ref), sample);
    if (outcome === 'ok') {
      this.#batch.push({ ref, sample });
      this.#last.set(ref, sample);
    } else if (outcome !== 'duplicate') this.#store.refuse(outcome);
    return outcome;
  }

  #admit(last: Sample | undefined, sample: Sample): AppendOutcome {
    const isSame = () => last?.isStale === sample.isStale && Object.is(last.value, sample.value);
    return admit(this.#span, last?.timestampMs ?? Number.NEGATIVE_INFINITY, sample.timestampMs, isSame);
  }
}

function isWithin(sample: Sample, span: { startMs: number; endMs: number }): boolean {
  return sample.timestampMs >= span.startMs && sample.timestampMs <= span.endMs;
}

function cut<T>(items: T[], limit: number | undefined): T[] {
  return limit ? items.slice(0, limit) : items;
}

function toSeriesSet(found: readonly Series[]): SeriesSet {
  const offsets = new Uint32Array(found.length + 1);
  found.forEach(({ samples }, i) => {
    offsets[i + 1] = (offsets[i] as number) + samples.length;
  });
  const total = offsets[found.length] as number;
  const timestampsMs = new Float64Array(total);
  const values = new Float64Array(total);
  const bits = bitsOf(values);
  found
    .flatMap(({ samples }) => samples)
    .forEach((sample, i) => {
      timestampsMs[i] = sample.timestampMs;
      if (sample.isStale) writeStaleAt(bits, i);
      else values[i] = sample.value;
    });
  return { labels: found.map(({ labels }) => labels), offsets, timestampsMs, values };
}
