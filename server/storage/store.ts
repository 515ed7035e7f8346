// The contracts of storage, read first. Two implementations: memory/ (the reference, for tests) and clickhouse/ (chDB or a
// server). Both pass contract.test.ts. All times of metrics are milliseconds since the epoch as integers in doubles; all times
// of logs and spans are nanoseconds as bigint. Arrays handed out belong to the caller; arrays handed in must not be reused.
import type { FloatHistogram } from '../model/histogram.ts';
import type { Labels } from '../model/labels.ts';
import type { LogStream } from '../model/log-entry.ts';
import type { Matcher } from '../model/matcher.ts';
import type { Span } from '../model/span.ts';
import type { PackedSeries, PackMemory } from './packed/packed-series.ts';
import type { RollupWish } from './rollup-tiers.ts';

/** What bounds a read. Exceeding `maxSamples`/`maxRows` throws AppError `storage.too_many_samples`; a timeout `storage.timeout`. */
export interface ReadLimits {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxSamples?: number | undefined;
  /** Of `select`: when more series match than this, in the span or not, it fails with `storage.too_many_samples` before it reads any. */
  readonly maxMatched?: number | undefined;
}

// ---------------------------------------------------------------------------------------------------------------- metrics

/** A number for one series, valid until MetricStore.refEpoch changes, at the latest while the process lives. Never persisted. */
export type SeriesRef = number;

/** What became of one appended sample; anything but `ok` and `duplicate` was not stored and is counted. */
export type AppendOutcome = 'ok' | 'duplicate' | 'duplicate_other_value' | 'out_of_order' | 'too_old' | 'too_far_in_future';

/** The newest sample of a series; `value` is that of a float. */
export interface NewestSample {
  readonly timestampMs: number;
  readonly kind: 'float' | 'histogram' | 'stale';
  readonly value: number;
}

/** Samples of one series in columns; they may be used again for others. */
export interface SampleRun {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  /** The memory of `values`, which tells stale markers (model/stale.ts). */
  readonly bits: Uint32Array;
}

/** Told of sample `i` that was not stored. */
export type RefusedAt = (i: number, outcome: Exclude<AppendOutcome, 'ok' | 'duplicate'>) => void;

/** Collects the samples of one scrape, request or rule evaluation. Not for concurrent use; get a new one for each batch. */
export interface MetricAppender {
  /** The series with these labels, created if new. Throws AppError `storage.too_many_series` at the limit. */
  seriesRef(labels: Labels): SeriesRef;
  /**
   * Adds a sample. Same time and value as the series' newest is `duplicate` (ignored); another value is refused. One that is older is
   * `out_of_order`; with a window for late samples (`outOfOrderMs`) it is `ok` within that, else `too_old`. A late sample takes the place
   * of one that came in order at the same time; of two late ones the first stays (or the second, when a flush lies between them).
   */
  append(ref: SeriesRef, timestampMs: number, value: number): AppendOutcome;
  /** Adds a native histogram; a series may hold floats and histograms by turns. Same rules as `append`. */
  appendHistogram(ref: SeriesRef, timestampMs: number, histogram: FloatHistogram): AppendOutcome;
  /** Adds the stale marker: the series ends here until its next sample. */
  appendStale(ref: SeriesRef, timestampMs: number): AppendOutcome;
  /**
   * Adds the first `count` samples of `run`, each as `append` or `appendStale` do; a time that is no whole number of milliseconds is
   * refused as well. Returns how many are `ok` or `duplicate`.
   */
  appendRun(ref: SeriesRef, run: SampleRun, count: number, onRefused: RefusedAt): number;
  /** The newest sample of a series that readers see, whatever is in this batch; undefined without one. Tells why a sample was refused. */
  newest(ref: SeriesRef): NewestSample | undefined;
  /**
   * Makes the batch visible to readers at once, synchronously. The promise resolves when it is durable (fsync'd, group-committed).
   * Rejects with AppError `storage.overloaded` (nothing stored) when the bounded buffer is full. With `mayLinger` it is on disk up to 50 ms
   * later, together with others: for samples of which nobody was told that they are kept.
   */
  commit(options?: { readonly mayLinger?: boolean }): Promise<void>;
  /** Forgets the batch. */
  rollback(): void;
}

/** Which series, and the time span of samples, both ends included. */
export interface MetricSelection {
  readonly matchers: readonly Matcher[];
  readonly startMs: number;
  readonly endMs: number;
  /** Reads in parts may leave out samples that this does not ask for, and then say their `ordinals`. Default: all are wanted. */
  readonly rollup?: RollupWish | undefined;
  /** Only the newest sample of each series within the span is wanted; `select` may leave out others. */
  readonly isLookup?: boolean | undefined;
}

/**
 * The histograms among samples in columns, encoded (model/histogram-codec.ts): sample i is bytes[offsets[i] … offsets[i+1]), and a
 * float when that is empty. The arrays are transferable.
 */
export interface HistogramColumn {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

/**
 * Series in columns. Series `i` has labels[i] and the samples offsets[i] … offsets[i+1]-1 of `timestampsMs` and `values`,
 * rising in time. Series without samples in the span are left out; order is that of `Labels.compare`. Stale markers are
 * present, to be told by their bits (model/stale.ts). The arrays are transferable.
 */
export interface SeriesSet {
  readonly labels: readonly Labels[];
  readonly offsets: Uint32Array;
  readonly timestampsMs: Float64Array;
  /** Of a sample that is a histogram: anything but the stale marker. */
  readonly values: Float64Array;
  /** Absent when no sample is a histogram, which is the rule. */
  readonly histograms?: HistogramColumn | undefined;
  /** Whether the store knows that there is no stale marker, so that nobody need look. */
  readonly isWithoutStale?: boolean | undefined;
  /** Where samples were left out: how many, stale markers aside, come before each of its series, from the first that was looked at. */
  readonly ordinals?: Uint32Array | undefined;
}

/** Which series to look at for their labels: any of the matcher sets (none = all), with a sample in the span. */
export interface LabelQuery {
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly startMs: number;
  readonly endMs: number;
  /** 0 = no limit. */
  readonly limit?: number | undefined;
}

/** How many series there are of what: Prometheus' head statistics. Each list holds the largest, largest first, equal ones by name. */
export interface Cardinality {
  readonly series: number;
  /** Distinct pairs of label name and value. */
  readonly labelPairs: number;
  /** Times of the oldest and newest sample; absent without samples. */
  readonly minMs?: number | undefined;
  readonly maxMs?: number | undefined;
  readonly seriesByMetricName: readonly NamedCount[];
  readonly valuesByLabelName: readonly NamedCount[];
  /** Bytes of a label's values, each counted for every series that has it. */
  readonly bytesByLabelName: readonly NamedCount[];
  /** Names are `label=value`. */
  readonly seriesByLabelPair: readonly NamedCount[];
}

export interface NamedCount {
  readonly name: string;
  readonly count: number;
}

/** A series and the times of its oldest and newest sample. */
export interface SeriesLife {
  readonly labels: Labels;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The newest sample is the stale marker: whoever wrote the series said that it is gone. */
  readonly hasEnded: boolean;
}

/** What has changed in what readers see, so that an answer can be kept for as long as it holds. */
export interface Changes {
  /** Grows with every commit, deletion and retention that changed anything. To be read before what it is to vouch for. */
  readonly version: number;
  /**
   * No sample older than this time became visible, or was deleted or dropped, after that version; Infinity when nothing changed,
   * -Infinity when anything may have.
   */
  oldestSince(version: number): number;
}

/** Samples in and out. */
export interface MetricStore {
  readonly changes: Changes;
  /**
   * Grows, at most once a day, when references of series that were forgotten long ago end: whoever keeps references that it may not have
   * used since must drop them then, and has a day for it.
   */
  readonly refEpoch: number;
  /** `outOfOrderMs` is how late its samples may come; by default as `setOutOfOrderMs` says. */
  appender(options?: { readonly outOfOrderMs: number }): MetricAppender;
  /** From the next appender on, samples may come so late behind the newest of the store; 0: not at all. */
  setOutOfOrderMs(windowMs: number): void;
  /** One SeriesSet for each selection, in order. `maxSamples` counts all of them together. */
  select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]>;
  /**
   * The answer of `select` for one selection in parts: each holds some of the series with all of their samples, about
   * `partSamples` of them, in the order of `select`. For reads too large to hold at once, where each series is looked at alone.
   */
  selectParts(selection: MetricSelection, partSamples: number, limits: ReadLimits): AsyncIterable<SeriesSet>;
  /** As `selectParts`; parts may be packed, in memory from `memory`, and a part or two are read before they are asked for. */
  selectPacked(selection: MetricSelection, limits: ReadLimits, memory: PackMemory): AsyncIterable<PackedSeries | SeriesSet>;
  series(query: LabelQuery, limits: ReadLimits): Promise<Labels[]>;
  labelNames(query: LabelQuery, limits: ReadLimits): Promise<string[]>;
  labelValues(name: string, query: LabelQuery, limits: ReadLimits): Promise<string[]>;
  /** Counts the series that have samples; `limit` entries in each list. */
  cardinality(limit: number): Cardinality;
  /** Every series that has samples, in no order, some thousand at a time and other work in between. */
  lives(limits: ReadLimits): AsyncIterable<readonly SeriesLife[]>;
  /**
   * About how many samples, stale markers too, each metric has from `startMs` on: of what is stored together with older ones, a share by
   * time is counted, and what a flush moves meanwhile may count twice.
   */
  samplesByMetric(startMs: number, limits: ReadLimits): Promise<ReadonlyMap<string, number>>;
  /**
   * Deletes the samples of matching series within the span, both ends included. Nobody sees them from then on; resolves when that
   * is durable. Later samples of the same series at the same times are new samples.
   */
  deleteSamples(query: LabelQuery, limits: ReadLimits): Promise<void>;
  /** Frees the space of deleted samples. */
  cleanTombstones(): Promise<void>;
}

// ------------------------------------------------------------------------------------------------------------------- logs

/** A test of the text of a line, LogQL's line filter. `|=` and `|~` pass when any of `values` does, `!=` and `!~` when none does. */
export interface LineFilter {
  readonly type: '|=' | '!=' | '|~' | '!~';
  /** Texts to look for (case counts), or RE2 expressions: not anchored, and the dot does not match a newline. */
  readonly values: readonly string[];
}

/** Which lines: of streams that match, within a time span, that pass all filters. */
export interface LogSelection {
  readonly matchers: readonly Matcher[];
  /** First nanosecond included. */
  readonly startNs: bigint;
  /** First nanosecond not included (Loki's convention). */
  readonly endNs: bigint;
  readonly filters?: readonly LineFilter[] | undefined;
  /**
   * `forward` and `backward`: by time over all streams, equal times in order of arrival. `stream`: each stream rises in time, but
   * streams take turns: a stretch of time of one stream, then of another, and again. Cheapest, for reads of everything.
   */
  readonly order: 'forward' | 'backward' | 'stream';
  /** What of each line is wanted; with `sizes` alone, `lineBytes` and `lineOffsets` are empty. */
  readonly columns: 'lines' | 'sizes';
}

/**
 * Some lines in columns; row i belongs to `streams[streamOf[i]]`. Label sets are the same objects in all blocks of a read, and
 * the typed arrays are the caller's and transferable.
 */
export interface LogBlock {
  readonly streams: readonly Labels[];
  readonly streamOf: Uint32Array;
  readonly timesNs: BigInt64Array;
  /** UTF-8; line i is lineBytes[lineOffsets[i] … lineOffsets[i+1]). */
  readonly lineBytes: Uint8Array;
  readonly lineOffsets: Uint32Array;
  /** Bytes of each line. */
  readonly lineSizes: Uint32Array;
  /** Structured metadata of each line as [name1, value1, …] sorted by name; absent when no line of the block has any. */
  readonly metadata?: readonly (readonly string[])[] | undefined;
}

/** Log lines in and out. */
export interface LogStore {
  /** Resolves when durable; visible to reads then at the latest. Rejects with `storage.overloaded` when the buffer is full, `storage.too_many_series` at the limit of streams. */
  append(streams: readonly LogStream[]): Promise<void>;
  /**
   * Matching lines, block by block. Reads ahead a little and no more, so a caller that has enough breaks off and the rest is not
   * read. `maxSamples` counts rows handed out.
   */
  select(selection: LogSelection, limits: ReadLimits): AsyncIterable<LogBlock>;
  /** The label sets of matching streams with a line in the span, in the order of `Labels.compare`. */
  streams(query: LogLabelQuery, limits: ReadLimits): Promise<Labels[]>;
}

/** As LabelQuery, in nanoseconds, end not included. */
export interface LogLabelQuery {
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly startNs: bigint;
  readonly endNs: bigint;
}

// ----------------------------------------------------------------------------------------------------------------- traces

/** What of a span a condition looks at: an attribute of the span, of its resource, of either (span first), or the span itself. */
export type SpanField =
  | { readonly scope: 'span' | 'resource' | 'any'; readonly name: string }
  | { readonly scope: 'intrinsic'; readonly name: 'name' | 'service' | 'status' | 'statusMessage' | 'kind' | 'duration' };

/**
 * One comparison, with TraceQL's rules: values of different types never compare (integers and doubles are one type), a missing
 * attribute fails every comparison, regular expressions are anchored RE2. Durations are nanoseconds; status and kind their words.
 */
export interface SpanCondition {
  readonly field: SpanField;
  readonly op: '=' | '!=' | '=~' | '!~' | '<' | '<=' | '>' | '>=' | 'exists' | 'absent';
  /** Not used by `exists` and `absent`. */
  readonly value: string | number | boolean | bigint;
}

/** A condition on one span. */
export type SpanFilter = SpanCondition | { readonly all: readonly SpanFilter[] } | { readonly any: readonly SpanFilter[] };

export interface TraceSearch {
  /** Spans that start in the span of time; first nanosecond included, last not. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Each must hold for some span of the trace, not necessarily the same. None = every trace. */
  readonly filters: readonly SpanFilter[];
  /** From the first start to the last end of the trace's spans in the span of time. */
  readonly minTraceDurationNs?: bigint | undefined;
  readonly maxTraceDurationNs?: bigint | undefined;
  readonly limit: number;
}

/** The time span of a question about attributes; `field` and `filter` narrow it to spans that pass. */
export interface TagQuery {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly filter?: SpanFilter | undefined;
  readonly limit: number;
}

/** An attribute's name and where it stands. */
export interface SpanTag {
  readonly scope: 'span' | 'resource';
  readonly name: string;
}

/** A value of an attribute by its TraceQL type. */
export interface SpanTagValue {
  readonly type: 'string' | 'int' | 'float' | 'bool' | 'duration' | 'keyword';
  readonly value: string;
}

/** Spans in and out. */
export interface TraceStore {
  /** Resolves when durable; visible to reads then at the latest. Rejects with `storage.overloaded` when the buffer is full. A span sent twice is kept once. */
  append(spans: readonly Span[]): Promise<void>;
  /** All spans of each of the traces, in the order asked, each by start time; empty when it is unknown. `maxSamples` counts spans. */
  traces(traceIds: readonly string[], limits: ReadLimits): Promise<Span[][]>;
  /** Ids of matching traces, those with the newest matching span first. */
  search(search: TraceSearch, limits: ReadLimits): Promise<string[]>;
  /** Names of attributes, sorted by scope and name. */
  tags(query: TagQuery, limits: ReadLimits): Promise<SpanTag[]>;
  /** Distinct values of a field, sorted. */
  tagValues(field: SpanField, query: TagQuery, limits: ReadLimits): Promise<SpanTagValue[]>;
}

// -------------------------------------------------------------------------------------------------------------- exemplars

/** A trace behind a sample. */
export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly timestampMs: number;
}

/** The exemplars of one series, rising in time. */
export interface SeriesExemplars {
  readonly seriesLabels: Labels;
  readonly exemplars: readonly Exemplar[];
}

/** An exemplar and its series. */
export interface SeriesExemplar {
  readonly seriesLabels: Labels;
  readonly exemplar: Exemplar;
}

/** The newest exemplars, in memory, as many as its limit (Prometheus keeps a ring of 100,000). */
export interface ExemplarStore {
  /** One that equals the series' last is ignored; answers whether it was taken. One older than the series' last is refused. */
  append(seriesLabels: Labels, exemplar: Exemplar): boolean;
  /** Of series that match any of the sets, within the span (both ends included), in the order of `Labels.compare`. */
  select(matcherSets: readonly (readonly Matcher[])[], startMs: number, endMs: number): SeriesExemplars[];
}

// --------------------------------------------------------------------------------------------------------------- the log

/** A place in the log of commits, between two of them: so many bytes into a segment. Segments rise, not always by one. */
export interface LogPosition {
  readonly segment: number;
  readonly offset: number;
}

/** What was committed together, in columns, in the order of its commit; or exemplars. */
export type LoggedCommit =
  | {
      readonly kind: 'samples';
      readonly series: Uint32Array;
      readonly timestampsMs: Float64Array;
      readonly values: Float64Array;
      /** Encoded histograms (model/histogram-codec.ts) by the number of their sample, whose value means nothing then. */
      readonly histograms?: ReadonlyMap<number, Uint8Array> | undefined;
    }
  | { readonly kind: 'exemplars'; readonly exemplars: readonly SeriesExemplar[] };

/** Reads the log from some place on. Not for concurrent use. */
export interface CommitReader {
  /** Behind the last commit that was read. */
  readonly position: LogPosition;
  /** Where the last commit that was read begins: the same for everybody who reads it, wherever they began. */
  readonly start: LogPosition;
  /** The next commit; undefined when there is none yet. Arrays belong to the caller. */
  next(): Promise<LoggedCommit | undefined>;
  close(): Promise<void>;
}

/** The commits of metrics as they were acknowledged, for whoever passes them on: they can be read after a crash as before it. */
export interface CommitLog {
  /** Behind the newest durable commit. */
  readonly end: LogPosition;
  /** Time of the newest sample of all, -Infinity without one. */
  readonly newestMs: number;
  /** Reads what comes after `from`, or the oldest that is still there. */
  read(from: LogPosition): CommitReader;
  /** Labels of a series in a commit; undefined when it has been gone for a day. */
  labelsOf(ref: SeriesRef): Labels | undefined;
  /** Calls `listener` whenever `end` has moved, in the middle of a write: it must be quick. The result ends that. */
  onCommit(listener: () => void): () => void;
  /** Segments before this one may go once the store itself has no need of them; Infinity: nobody reads. */
  keepFrom(segment: number): Promise<void>;
  /** What is there, rising. */
  segments(): Promise<readonly { readonly segment: number; readonly sizeBytes: number }[]>;
  /** How many samples lie between a place and the beginning of a segment. */
  countSamples(from: LogPosition, toSegment: number): Promise<number>;
  /** Whether exemplars are logged, within a second of their arrival. False at the start. */
  logsExemplars: boolean;
}

// ------------------------------------------------------------------------------------------------------------------ state

/** Small documents that must survive a restart: alert states, silences, the notification log. Values are JSON text. */
export interface StateStore {
  get(namespace: string, key: string): Promise<string | undefined>;
  /** Resolves when durable. */
  put(namespace: string, key: string, value: string): Promise<void>;
  delete(namespace: string, key: string): Promise<void>;
  entries(namespace: string): Promise<ReadonlyMap<string, string>>;
}

// -------------------------------------------------------------------------------------------------------------------- all

/** Figures for our own /metrics and the Home screen. */
export interface StoreStats {
  readonly series: number;
  readonly samplesAppended: number;
  readonly samplesRefused: Readonly<Partial<Record<AppendOutcome, number>>>;
  readonly logLinesAppended: number;
  readonly spansAppended: number;
  /** Bytes acknowledged or waiting that the engine has not taken over yet. */
  readonly pendingBytes: number;
  /** Bytes on disk, -1 while unknown. */
  readonly diskBytes: number;
}

/** What one signal takes on disk. Figures are 0 where nothing is on disk (yet). */
export interface StoredSize {
  readonly bytes: number;
  /** Samples, lines or spans. */
  readonly entries: number;
  /** Before compression; of metrics 16 bytes a sample. */
  readonly rawBytes: number;
}

/** What each signal takes on disk, memory and write-ahead logs aside. */
export interface StoredSizes {
  readonly metrics: StoredSize;
  readonly logs: StoredSize;
  readonly traces: StoredSize;
}

/** The whole of storage. `open…` functions of the implementations return it ready to use. */
export interface Store {
  readonly metrics: MetricStore;
  readonly logs: LogStore;
  readonly traces: TraceStore;
  readonly exemplars: ExemplarStore;
  readonly state: StateStore;
  /** Absent where commits are only in memory. */
  readonly commitLog?: CommitLog | undefined;
  stats(): StoreStats;
  /** Asks the disk: some milliseconds. */
  sizes(limits: ReadLimits): Promise<StoredSizes>;
  /**
   * Writes everything acknowledged so far into a new folder `<data>/snapshots/<name>`, which can be used as a data directory, and
   * answers the name. Throws `storage.no_snapshot` where the store has no directory.
   */
  snapshot(): Promise<string>;
  /**
   * Makes `folder`, which must be empty and on the same disk, a data directory with everything that was acknowledged up to one moment,
   * which it answers. Throws `storage.no_snapshot` as `snapshot` does.
   */
  copyTo(folder: string): Promise<{ readonly atMs: number }>;
  /** Deletes what is older than the retention of its signal. */
  enforceRetention(): Promise<void>;
  /** Flushes and closes; nothing may be called afterwards. */
  close(): Promise<void>;
}
