// What the query engine answers: the contract between promql/ and everybody who asks.
import type { FloatHistogram } from '../model/histogram.ts';
import type { Labels } from '../model/labels.ts';
import type { Matrix, Scalar, Vector } from '../vector/value.ts';

export type { Matrix, Scalar, Vector };

/** The raw samples of an instant query of a range vector; series i owns offsets[i] … offsets[i+1]-1. */
export interface RawMatrix {
  readonly type: 'raw';
  readonly labels: readonly Labels[];
  readonly offsets: Uint32Array;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** By sample, where it is a histogram; absent when none is. */
  readonly histograms?: readonly (FloatHistogram | undefined)[] | undefined;
}

export interface StringValue {
  readonly type: 'string';
  readonly timestampMs: number;
  readonly value: string;
}

export type QueryValue = Vector | Matrix | RawMatrix | Scalar | StringValue;

export interface QueryResult<V = QueryValue> {
  readonly value: V;
  /** Upstream's annotation texts; the API and the UI show them. */
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: the engine's. */
  readonly timeoutMs?: number | undefined;
  /** Default 5 minutes. */
  readonly lookbackMs?: number | undefined;
  /** Whether to tell what the query cost. Default false. */
  readonly stats?: boolean | undefined;
  /** Whether to evaluate everything, whatever results are kept. Default false. */
  readonly noCache?: boolean | undefined;
}

/** What a query cost, in upstream's terms. */
export interface QueryStats {
  /** Seconds of each phase. Sorting is not told apart from evaluation here. */
  readonly timings: {
    /** From the parsed expression to the result: preparation and evaluation. */
    readonly evalTotal: number;
    readonly resultSort: number;
    /** Reading samples. */
    readonly queryPreparation: number;
    readonly innerEval: number;
    /** Waiting for other queries. */
    readonly execQueue: number;
    /** All but the waiting. */
    readonly execTotal: number;
  };
  readonly startMs: number;
  readonly stepMs: number;
  /** Samples that selectors and windows looked at, at each step; a histogram counts for as many as would fill its memory. */
  readonly queryableSamplesPerStep: Float64Array;
  /** The most samples that upstream's engine would have held at once. */
  readonly peakSamples: number;
}

export interface InstantQuery extends QueryOptions {
  readonly expr: string;
  readonly timeMs: number;
}

export interface RangeQuery extends QueryOptions {
  readonly expr: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** The `data` member of Prometheus' answer, encoded in the worker, with the annotations apart. */
export interface EncodedResult {
  /** UTF-8 JSON in pieces, one behind the other: {"resultType":…,"result":…}; nothing else lies in their memory. */
  readonly dataJson: readonly Uint8Array[];
  /** May be called when nobody looks at the pieces any more: their memory is used again. */
  readonly release: () => void;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  /** Present when the query asked for it. */
  readonly stats?: QueryStats | undefined;
}

/**
 * The engine. All calls throw AppError: `promql.parse` (position first: `1:7: parse error: …`), `promql.type`,
 * `promql.timeout`, `promql.cancelled`, `promql.too_many_samples`, `promql.too_many_series`, `promql.too_many_points`, `promql.execution`
 * (label matching and the like), `promql.overloaded`.
 */
export interface QueryEngine {
  instant(query: InstantQuery): Promise<QueryResult>;
  range(query: RangeQuery): Promise<QueryResult<Matrix>>;
  instantJson(query: InstantQuery): Promise<EncodedResult>;
  rangeJson(query: RangeQuery): Promise<EncodedResult>;
  /** Throws what `instant` would throw for this text before any data is read; returns the result type of the expression. */
  check(expr: string): 'vector' | 'matrix' | 'scalar' | 'string';
  close(): Promise<void>;
}
