// Each series keeps its samples in a plain array, rising in time, one for each time.
import type { FloatHistogram } from '../../model/histogram.ts';
import { encodeHistogram } from '../../model/histogram-codec.ts';
import type { Labels } from '../../model/labels.ts';
import { bitsOf, isStaleAt, writeStaleAt } from '../../model/stale.ts';
import { type Admission, admissionAt, admit, outOfReach, type Verdict } from '../admission.ts';
import { cardinalityOf } from '../cardinality.ts';
import { ChangeLog } from '../change-log.ts';
import { storageError, throwIfAborted, tooManySamples, tooManySeries } from '../errors.ts';
import { compileMatcherSets, compileMatchers } from '../matching.ts';
import { DEFAULT_MAX_SERIES, KEEP_FOR_EVER, type StoreOptions } from '../options.ts';
import type {
  AppendOutcome,
  Cardinality,
  HistogramColumn,
  LabelQuery,
  MetricAppender,
  MetricSelection,
  MetricStore,
  NewestSample,
  ReadLimits,
  RefusedAt,
  SampleRun,
  SeriesLife,
  SeriesRef,
  SeriesSet,
} from '../store.ts';

/** Of parts that are read for a query. */
const PART_SAMPLES = 1_000_000;

interface Sample {
  readonly timestampMs: number;
  readonly value: number;
  readonly isStale: boolean;
  /** Encoded; a sample is a float without it. */
  readonly histogram?: Uint8Array | undefined;
  /** It came after newer ones. */
  readonly isLate?: boolean;
}

interface Series {
  readonly labels: Labels;
  samples: Sample[];
  /** It had samples and has none any more: found by its reference only. */
  isForgotten: boolean;
}

/** The reference implementation of metrics: linear scans over everything. */
export class MemoryMetricStore implements MetricStore {
  readonly refEpoch = 0;
  readonly #options: StoreOptions;
  #outOfOrderMs: number;
  readonly #byKey = new Map<string, SeriesRef>();
  readonly #series = new Map<SeriesRef, Series>();
  #nextRef = 1;
  readonly changes = new ChangeLog();
  samplesAppended = 0;
  readonly samplesRefused: Partial<Record<AppendOutcome, number>> = {};

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#outOfOrderMs = options.outOfOrderMs ?? 0;
  }

  get seriesCount(): number {
    return this.#byKey.size;
  }

  appender({ outOfOrderMs } = { outOfOrderMs: this.#outOfOrderMs }): MetricAppender {
    return new MemoryAppender(this, outOfOrderMs);
  }

  setOutOfOrderMs(windowMs: number): void {
    this.#outOfOrderMs = windowMs;
  }

  admission(outOfOrderMs: number): Admission {
    const { clock, retention = KEEP_FOR_EVER, maxFutureMs = Number.POSITIVE_INFINITY } = this.#options;
    // To look for the newest sample is dear, and nobody asks when nothing may come late.
    const newestMs = outOfOrderMs > 0 ? this.#span().maxMs : Number.NEGATIVE_INFINITY;
    return admissionAt(clock.nowMs(), { retentionMs: retention.metricsMs, maxFutureMs, outOfOrderMs }, newestMs);
  }

  seriesRef(labels: Labels): SeriesRef {
    const key = labels.key();
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const maxSeries = this.#options.maxSeries ?? DEFAULT_MAX_SERIES;
    if (this.#byKey.size >= maxSeries) throw tooManySeries(maxSeries, labels);
    const ref = this.#nextRef++;
    this.#byKey.set(key, ref);
    this.#series.set(ref, { labels, samples: [], isForgotten: false });
    return ref;
  }

  lastSample(ref: SeriesRef): Sample | undefined {
    return this.#seriesOf(ref).samples.at(-1);
  }

  /** Stores a sample. One that comes late takes the place of one that did not, as in Prometheus; of two late ones the first stays. */
  push(ref: SeriesRef, sample: Sample): void {
    const { samples } = this.#seriesOf(ref);
    let at = samples.length;
    while (at > 0 && (samples[at - 1] as Sample).timestampMs > sample.timestampMs) at--;
    const other = samples[at - 1];
    if (other?.timestampMs !== sample.timestampMs) samples.splice(at, 0, sample);
    else if (!other.isLate) samples[at - 1] = sample;
    else return;
    this.changes.record(sample.timestampMs);
    this.samplesAppended++;
  }

  refuse(outcome: AppendOutcome): void {
    this.samplesRefused[outcome] = (this.samplesRefused[outcome] ?? 0) + 1;
  }

  async select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]> {
    throwIfAborted(limits);
    let left = limits.maxSamples ?? Number.POSITIVE_INFINITY;
    let matchedLeft = limits.maxMatched ?? Number.POSITIVE_INFINITY;
    return selections.map((selection) => {
      const isWanted = compileMatchers(selection.matchers);
      const matched = [...this.#live()].filter((series) => isWanted(series.labels));
      matchedLeft -= matched.length;
      if (matchedLeft < 0) throw tooManySamples(limits.maxMatched as number);
      const found = matched
        .map((series) => ({ ...series, samples: series.samples.filter((s) => isWithin(s, selection)) }))
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
        histograms: set.histograms && sliceHistograms(set.histograms, start, end),
      };
      first = last;
    }
  }

  selectPacked(selection: MetricSelection, limits: ReadLimits): AsyncIterable<SeriesSet> {
    return this.selectParts(selection, PART_SAMPLES, limits);
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

  cardinality(limit: number): Cardinality {
    const counts = new Map<string, Map<string, number>>();
    let series = 0;
    for (const { labels, samples } of this.#live()) {
      if (samples.length === 0) continue;
      series++;
      for (const [name, value] of labels) {
        const values = counts.get(name) ?? new Map<string, number>();
        counts.set(name, values.set(value, (values.get(value) ?? 0) + 1));
      }
    }
    return cardinalityOf(series, counts, this.#span(), limit);
  }

  async *lives(limits: ReadLimits): AsyncGenerator<readonly SeriesLife[]> {
    throwIfAborted(limits);
    yield [...this.#live()].flatMap(({ labels, samples }) => {
      const [first, last] = [samples[0], samples.at(-1)];
      return first && last ? [{ labels, firstMs: first.timestampMs, lastMs: last.timestampMs, hasEnded: last.isStale }] : [];
    });
  }

  async samplesByMetric(startMs: number, limits: ReadLimits): Promise<ReadonlyMap<string, number>> {
    throwIfAborted(limits);
    const counts = new Map<string, number>();
    for (const { labels, samples } of this.#live()) {
      const count = samples.filter(({ timestampMs }) => timestampMs >= startMs).length;
      if (count > 0) counts.set(labels.metricName, (counts.get(labels.metricName) ?? 0) + count);
    }
    return counts;
  }

  async deleteSamples(query: LabelQuery, limits: ReadLimits): Promise<void> {
    throwIfAborted(limits);
    const isWanted = compileMatcherSets(query.matcherSets);
    for (const series of [...this.#live()]) if (isWanted(series.labels)) this.#keep(series, (sample) => !isWithin(sample, query));
  }

  async cleanTombstones(): Promise<void> {
    // Deleted samples are gone at once.
  }

  /** Drops samples before `beforeMs`, and series that have none left. */
  dropBefore(beforeMs: number): void {
    for (const series of [...this.#live()]) this.#keep(series, (sample) => sample.timestampMs >= beforeMs);
  }

  #keep(series: Series, isKept: (sample: Sample) => boolean): void {
    const gone = series.samples.find((sample) => !isKept(sample));
    if (!gone) return;
    this.changes.record(gone.timestampMs);
    series.samples = series.samples.filter(isKept);
    if (series.samples.length > 0) return;
    series.isForgotten = true;
    this.#byKey.delete(series.labels.key());
  }

  *#live(): Generator<Series> {
    for (const ref of this.#byKey.values()) yield this.#series.get(ref) as Series;
  }

  #span(): { minMs: number; maxMs: number } {
    const span = { minMs: Number.POSITIVE_INFINITY, maxMs: Number.NEGATIVE_INFINITY };
    for (const { samples } of this.#live()) {
      span.minMs = Math.min(span.minMs, samples[0]?.timestampMs ?? span.minMs);
      span.maxMs = Math.max(span.maxMs, samples.at(-1)?.timestampMs ?? span.maxMs);
    }
    return span;
  }

  /** The series of a reference, or the one that has taken its place, or itself again. */
  #seriesOf(ref: SeriesRef): Series {
    const series = this.#series.get(ref);
    if (!series) throw storageError('storage.bad_sample', `unknown series reference ${ref}`);
    if (!series.isForgotten) return series;
    const other = this.#byKey.get(series.labels.key());
    if (other !== undefined) return this.#series.get(other) as Series;
    series.isForgotten = false;
    this.#byKey.set(series.labels.key(), ref);
    return series;
  }

  #matching(query: LabelQuery, limits: ReadLimits): Labels[] {
    throwIfAborted(limits);
    const isWanted = compileMatcherSets(query.matcherSets);
    return [...this.#live()]
      .filter(({ labels, samples }) => isWanted(labels) && samples.some((sample) => isWithin(sample, query)))
      .map(({ labels }) => labels)
      .sort((a, b) => a.compare(b));
  }
}

class MemoryAppender implements MetricAppender {
  readonly #store: MemoryMetricStore;
  readonly #admission: Admission;
  #batch: { ref: SeriesRef; sample: Sample }[] = [];
  /** The newest sample of each series in this batch. */
  readonly #last = new Map<SeriesRef, Sample>();

  constructor(store: MemoryMetricStore, outOfOrderMs: number) {
    this.#store = store;
    this.#admission = store.admission(outOfOrderMs);
  }

  seriesRef(labels: Labels): SeriesRef {
    return this.#store.seriesRef(labels);
  }

  append(ref: SeriesRef, timestampMs: number, value: number): AppendOutcome {
    return this.#add(ref, { timestampMs, value, isStale: false });
  }

  appendHistogram(ref: SeriesRef, timestampMs: number, histogram: FloatHistogram): AppendOutcome {
    return this.#add(ref, { timestampMs, value: Number.NaN, isStale: false, histogram: encodeHistogram(histogram) });
  }

  appendStale(ref: SeriesRef, timestampMs: number): AppendOutcome {
    return this.#add(ref, { timestampMs, value: Number.NaN, isStale: true });
  }

  appendRun(ref: SeriesRef, { timesMs, values, bits }: SampleRun, count: number, onRefused: RefusedAt): number {
    let taken = 0;
    for (let i = 0; i < count; i++) {
      const timestampMs = timesMs[i] as number;
      const append = () => (isStaleAt(bits, i) ? this.appendStale(ref, timestampMs) : this.append(ref, timestampMs, values[i] as number));
      const outcome = Number.isSafeInteger(timestampMs) ? append() : outOfReach(timestampMs);
      if (outcome === 'ok' || outcome === 'duplicate') taken++;
      else onRefused(i, outcome);
    }
    return taken;
  }

  newest(ref: SeriesRef): NewestSample | undefined {
    const last = this.#store.lastSample(ref);
    if (!last) return undefined;
    const { timestampMs, value, isStale, histogram } = last;
    return { timestampMs, value, kind: histogram ? 'histogram' : isStale ? 'stale' : 'float' };
  }

  async commit(): Promise<void> {
    const batch = this.#batch;
    this.rollback();
    for (const { ref, sample } of batch) {
      const verdict = this.#admit(this.#store.lastSample(ref), sample);
      if (verdict === 'ok') this.#store.push(ref, sample);
      else if (verdict === 'late') this.#store.push(ref, { ...sample, isLate: true });
      else if (verdict !== 'duplicate') this.#store.refuse(verdict);
    }
  }

  rollback(): void {
    this.#batch = [];
    this.#last.clear();
  }

  #add(ref: SeriesRef, sample: Sample): AppendOutcome {
    if (!Number.isSafeInteger(sample.timestampMs))
      throw storageError('storage.bad_sample', `sample time ${sample.timestampMs} is not a whole number of milliseconds`);
    const verdict = this.#admit(this.#last.get(ref) ?? this.#store.lastSample(ref), sample);
    if (verdict === 'ok' || verdict === 'late') this.#batch.push({ ref, sample });
    else if (verdict !== 'duplicate') this.#store.refuse(verdict);
    if (verdict === 'ok') this.#last.set(ref, sample);
    return verdict === 'late' ? 'ok' : verdict;
  }

  #admit(last: Sample | undefined, sample: Sample): Verdict {
    const isSame = () => last !== undefined && isSameSample(last, sample);
    return admit(this.#admission, last?.timestampMs ?? Number.NEGATIVE_INFINITY, sample.timestampMs, isSame);
  }
}

function isSameSample(a: Sample, b: Sample): boolean {
  if (a.histogram || b.histogram)
    return a.histogram !== undefined && b.histogram !== undefined && Buffer.compare(a.histogram, b.histogram) === 0;
  return a.isStale === b.isStale && Object.is(a.value, b.value);
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
  const all = found.flatMap(({ samples }) => samples);
  all.forEach((sample, i) => {
    timestampsMs[i] = sample.timestampMs;
    if (sample.isStale) writeStaleAt(bits, i);
    else values[i] = sample.value;
  });
  return { labels: found.map(({ labels }) => labels), offsets, timestampsMs, values, histograms: histogramsOf(all) };
}

function histogramsOf(samples: readonly Sample[]): HistogramColumn | undefined {
  if (!samples.some(({ histogram }) => histogram)) return undefined;
  const offsets = new Uint32Array(samples.length + 1);
  samples.forEach(({ histogram }, i) => {
    offsets[i + 1] = (offsets[i] as number) + (histogram?.length ?? 0);
  });
  const bytes = new Uint8Array(offsets[samples.length] as number);
  samples.forEach(({ histogram }, i) => {
    if (histogram) bytes.set(histogram, offsets[i]);
  });
  return { bytes, offsets };
}

/** The histograms among samples start … end-1. */
function sliceHistograms({ bytes, offsets }: HistogramColumn, start: number, end: number): HistogramColumn | undefined {
  const [from, to] = [offsets[start] as number, offsets[end] as number];
  if (from === to) return undefined;
  return { bytes: bytes.slice(from, to), offsets: offsets.slice(start, end + 1).map((offset) => offset - from) };
}
