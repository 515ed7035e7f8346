// The contracts of storage, read first. Two implementations: memory/ (the reference, for tests) and clickhouse/ (chDB or a
// server). Both pass contract.test.ts. All times of metrics are milliseconds since the epoch as integers in doubles; all times
// of logs and spans are nanoseconds as bigint. Arrays handed out belong to the caller; arrays handed in must not be reused.
import type { Labels } from '../model/labels.ts';
import type { LogEntry, LogStream } from '../model/log-entry.ts';
import type { Matcher } from '../model/matcher.ts';
import type { Span } from '../model/span.ts';

/** What bounds a read. Exceeding `maxSamples`/`maxRows` throws AppError `storage.too_many_samples`; a timeout `storage.timeout`. */
export interface ReadLimits {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxSamples?: number | undefined;
}

// ---------------------------------------------------------------------------------------------------------------- metrics

/** A number for one series, valid while the process lives. Never persisted. */
export type SeriesRef = number;

/** What became of one appended sample; anything but `ok` and `duplicate` was not stored and is counted. */
export type AppendOutcome = 'ok' | 'duplicate' | 'duplicate_other_value' | 'out_of_order' | 'too_old' | 'too_far_in_future';

/** Collects the samples of one scrape, request or rule evaluation. Not for concurrent use; get a new one for each batch. */
export interface MetricAppender {
  /** The series with these labels, created if new. Throws AppError `storage.too_many_series` at the limit. */
  seriesRef(labels: Labels): SeriesRef;
  /** Adds a sample. Same time and value as the series' last is `duplicate` (ignored); another value is refused. */
  append(ref: SeriesRef, timestampMs: number, value: number): AppendOutcome;
  /** Adds the stale marker: the series ends here until its next sample. */
  appendStale(ref: SeriesRef, timestampMs: number): AppendOutcome;
  /**
   * Makes the batch visible to readers at once, synchronously. The promise resolves when it is durable (fsync'd, group-committed).
   * Rejects with AppError `storage.overloaded` (nothing stored) when the bounded buffer is full.
   */
  commit(): Promise<void>;
  /** Forgets the batch. */
  rollback(): void;
}

/** Which series, and the time span of samples, both ends included. */
export interface MetricSelection {
  readonly matchers: readonly Matcher[];
  readonly startMs: number;
  readonly endMs: number;
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
  readonly values: Float64Array;
  /** Whether the store knows that there is no stale marker, so that nobody need look. */
  readonly isWithoutStale?: boolean;
}

/** Times and values of equally many samples. */
export interface SampleArrays {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** Where a read gets its arrays from, so that they can be used again. */
export interface SampleBuffers {
  /** Arrays of `count` elements each, whatever was in them before. What it throws, the read throws. */
  take(count: number): SampleArrays;
}

/** Which series to look at for their labels: any of the matcher sets (none = all), with a sample in the span. */
export interface LabelQuery {
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly startMs: number;
  readonly endMs: number;
  /** 0 = no limit. */
  readonly limit?: number | undefined;
}

/** Samples in and out. */
export interface MetricStore {
  appender(): MetricAppender;
  /** One SeriesSet for each selection, in order. `maxSamples` counts all of them together. */
  select(selections: readonly MetricSelection[], limits: ReadLimits): Promise<SeriesSet[]>;
  /**
   * The answer of `select` for one selection in parts: each holds some of the series with all of their samples, about
   * `partSamples` of them, in the order of `select`. For reads too large to hold at once, where each series is reduced alone.
   * Parts may be in arrays from `buffers`; the caller may have at most one part and the next is read meanwhile.
   */
  selectParts(selection: MetricSelection, partSamples: number, limits: ReadLimits, buffers?: SampleBuffers): AsyncIterable<SeriesSet>;
  series(query: LabelQuery, limits: ReadLimits): Promise<Labels[]>;
  labelNames(query: LabelQuery, limits: ReadLimits): Promise<string[]>;
  labelValues(name: string, query: LabelQuery, limits: ReadLimits): Promise<string[]>;
}

// ------------------------------------------------------------------------------------------------------------------- logs

export interface LogSelection {
  readonly matchers: readonly Matcher[];
  /** First nanosecond included. */
  readonly startNs: bigint;
  /** First nanosecond not included (Loki's convention). */
  readonly endNs: bigint;
  readonly direction: 'forward' | 'backward';
  /** At most so many lines over all streams: the oldest (forward) or the newest (backward). */
  readonly limit: number;
}

/** One line with the labels of its stream. */
export interface LogRow extends LogEntry {
  readonly stream: Labels;
}

/** Log lines in and out. */
export interface LogStore {
  /** Resolves when durable; visible to reads then at the latest. Rejects with `storage.overloaded` when the buffer is full. */
  append(streams: readonly LogStream[]): Promise<void>;
  /** Lines in the asked direction; equal times keep the order of arrival. */
  select(selection: LogSelection, limits: ReadLimits): Promise<LogRow[]>;
  /** The label sets of matching streams with a line in the span. */
  streams(query: LogLabelQuery, limits: ReadLimits): Promise<Labels[]>;
}

/** As LabelQuery, in nanoseconds, end not included. */
export interface LogLabelQuery {
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly startNs: bigint;
  readonly endNs: bigint;
}

// ----------------------------------------------------------------------------------------------------------------- traces

export interface TraceSearch {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly service?: string | undefined;
  readonly spanName?: string | undefined;
  readonly minDurationNs?: bigint | undefined;
  readonly maxDurationNs?: bigint | undefined;
  /** Equality on span or resource attributes, compared as text. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  readonly limit: number;
}

/** Spans in and out. */
export interface TraceStore {
  /** Resolves when durable; visible to reads then at the latest. Rejects with `storage.overloaded` when the buffer is full. */
  append(spans: readonly Span[]): Promise<void>;
  /** All spans of a trace by start time; empty when it is unknown. */
  trace(traceId: string, limits: ReadLimits): Promise<Span[]>;
  /** Ids of traces with a matching span, newest first. */
  search(search: TraceSearch, limits: ReadLimits): Promise<string[]>;
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

/** The whole of storage. `open…` functions of the implementations return it ready to use. */
export interface Store {
  readonly metrics: MetricStore;
  readonly logs: LogStore;
  readonly traces: TraceStore;
  readonly state: StateStore;
  stats(): StoreStats;
  /** Deletes what is older than the retention of its signal. */
  enforceRetention(): Promise<void>;
  /** Flushes and closes; nothing may be called afterwards. */
  close(): Promise<void>;
}
