import type { Labels } from './labels.ts';

/** One line of a log stream. */
export interface LogEntry {
  /** Nanoseconds since the epoch. */
  readonly timestampNs: bigint;
  readonly line: string;
  /** Loki's structured metadata: labels of the line, not of the stream. */
  readonly metadata: Labels;
}

/** Lines of one stream; a stream is its label set. */
export interface LogStream {
  readonly labels: Labels;
  readonly entries: readonly LogEntry[];
}
