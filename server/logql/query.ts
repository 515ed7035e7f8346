// What the LogQL engine answers: the contract between logql/ and everybody who asks.
import type { Labels } from '../model/labels.ts';
import type { Matcher } from '../model/matcher.ts';
import type { Matrix, Scalar, Vector } from '../vector/value.ts';

/** Lines with the same labels after the pipeline; entries in the direction of the query. */
export interface ResultStream {
  /** Stream labels, structured metadata and what parsers extracted, merged as Loki answers them. */
  readonly labels: Labels;
  readonly entries: readonly ResultEntry[];
}

/** One line of the answer. */
export interface ResultEntry {
  readonly timestampNs: bigint;
  readonly line: string;
  /** Which labels of the stream's set are structured metadata and which were parsed, for `categorize-labels`. */
  readonly metadata: Labels;
  readonly parsed: Labels;
}

/** The lines that a log query found, in the order of `Labels.compare`. */
export interface Streams {
  readonly type: 'streams';
  readonly streams: readonly ResultStream[];
}

export type LogQueryValue = Streams | Vector | Matrix | Scalar;

/** What a query cost, for Loki's `stats`. */
export interface LogQueryStats {
  readonly linesProcessed: number;
  readonly bytesProcessed: number;
  /** Lines that passed the pipeline. */
  readonly linesMatched: number;
  readonly streams: number;
  readonly seconds: number;
}

export interface LogQueryResult {
  readonly value: LogQueryValue;
  readonly stats: LogQueryStats;
  readonly warnings: readonly string[];
}

interface LogQueryOptions {
  readonly query: string;
  /** Of log queries: at most so many lines. */
  readonly limit: number;
  /** Of log queries: newest or oldest first. */
  readonly direction: 'forward' | 'backward';
  readonly signal?: AbortSignal | undefined;
  /** Default: the engine's. */
  readonly timeoutMs?: number | undefined;
  /**
   * Gives every line the label `detected_level` (critical, error, warn, info, debug, trace, fatal or unknown), found in the stream's
   * labels, the metadata, a JSON or logfmt field, or the text, where it has none. For our own screens; Loki's API leaves it off.
   */
  readonly detectLevel?: boolean | undefined;
}

/** A metric query at one instant, or a log query (Loki refuses it; so does the API, not the engine). */
export interface LogInstantQuery extends LogQueryOptions {
  readonly timeNs: bigint;
}

/** Log queries: lines in [startNs, endNs). Metric queries: one value at startNs, startNs + stepNs, … ≤ endNs. */
export interface LogRangeQuery extends LogQueryOptions {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly stepNs: bigint;
}

/**
 * The engine. Calls throw AppError: `logql.parse` (Loki's text: `parse error at line 1, col 7: …`), `logql.type`,
 * `logql.timeout`, `logql.cancelled`, `logql.too_many_series`, `logql.too_many_lines`, `logql.too_many_points`, `logql.execution`, `logql.out_of_memory`, `logql.overloaded`.
 */
export interface LogQueryEngine {
  instant(query: LogInstantQuery): Promise<LogQueryResult>;
  range(query: LogRangeQuery): Promise<LogQueryResult>;
  /** Parses only: throws what a query would throw before any data is read. */
  check(query: string): 'streams' | 'metric';
  /** The same query, written as Loki's `format_query` writes it. Throws `logql.parse`. */
  format(query: string): string;
  /** The label matchers of a stream selector such as `{app="x"}`, for `series` and label questions. Throws `logql.parse`. */
  parseSelector(selector: string): readonly Matcher[];
  close(): Promise<void>;
}
