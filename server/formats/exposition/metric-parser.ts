import type { FloatHistogram } from '../../model/histogram.ts';
import type { ExpositionType } from './metric-type.ts';

/** What `next` stopped at. */
export type Entry = 'series' | 'histogram' | 'help' | 'type' | 'unit' | 'end';

/** A label as the target wrote it, unescaped; the value may be empty. */
export type RawLabel = readonly [name: string, value: string];

/** An exemplar as the target wrote it; without a time it is as old as its sample. */
export interface RawExemplar {
  readonly labels: readonly RawLabel[];
  readonly value: number;
  readonly timestampMs: number | undefined;
}

/** A native histogram as the target sent it. */
export interface RawHistogram {
  readonly histogram: FloatHistogram;
  /** Whether its counts were sent as whole numbers. */
  readonly isInteger: boolean;
}

/**
 * A reader of one body in any of the exposition formats. It is one object for all samples, which `next` moves from entry to entry.
 * Every method throws AppError `exposition.*` at the first fault; the reader is of no use afterwards.
 */
export interface MetricParser {
  /**
   * Where the bytes lie that stand for the current series (seriesStart … seriesEnd) or metadata (nameStart … textEnd): equal bytes,
   * equal series, in any body of the same format.
   */
  readonly body: Uint8Array;
  readonly seriesStart: number;
  readonly seriesEnd: number;
  readonly nameStart: number;
  readonly textEnd: number;
  /** The type of the last family; series after it need not belong to it. */
  readonly type: ExpositionType;
  /** Of the current sample, unless it is a histogram. */
  readonly value: number;
  readonly hasTimestamp: boolean;
  readonly timestampMs: number;
  /** The current sample when it is a native histogram. */
  readonly histogram: RawHistogram | undefined;
  /**
   * When the current counter, summary or histogram began, in milliseconds; 0 when the target does not say. Where lines of their own tell,
   * those are no series to who asks: from the first question on they are passed over.
   */
  readonly createdMs: number;
  /** Moves past the next sample if its series is known as `known[start…end]`; otherwise nothing moves. */
  skipKnown(known: Uint8Array, start: number, end: number): boolean;
  /** Moves to the next entry. */
  next(): Entry;
  /** The labels of the current series, `__name__` among them. */
  labels(): RawLabel[];
  /** The exemplars of the current sample. */
  exemplars(): readonly RawExemplar[];
  /** The family, help text or unit of the current metadata entry. */
  familyName(): string;
  helpText(): string;
  unitText(): string;
}

/** No exemplar, which is the rule. */
export const NO_EXEMPLARS: readonly RawExemplar[] = Object.freeze([]);
