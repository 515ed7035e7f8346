import type { LogStream } from '../../model/log-entry.ts';

/** A stream of a body whose labels cannot be read, so that it is refused while the others are taken. */
export interface UnreadableStream {
  /** Loki's text: `Error parsing labels '{a=}' with error: 1:4: parse error: …`. */
  readonly message: string;
  readonly lines: number;
}

/** What a push body holds. Streams stand in its order, and the same labels may come more than once. */
export interface PushBody {
  readonly streams: readonly LogStream[];
  readonly unreadable: readonly UnreadableStream[];
}
