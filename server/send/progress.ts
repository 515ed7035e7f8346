// How far a queue is. Its shards are not equally far, so one place in the log does not say it: `low` is where reading must begin again, and
// each epoch, a time with a certain number of shards, tells how far each of its shards came. What one of them has sent is not sent again.
import { z } from 'zod';
import type { LogPosition } from '../storage/store.ts';

/** A sample in the log: the place before its commit, and its number there. */
export interface SamplePlace extends LogPosition {
  readonly index: number;
}

/** A time with the same number of shards. Series are spread by the hash of their stored labels, which no setting changes. */
export interface Epoch {
  readonly shards: number;
  /** The last sample of each shard that was delivered or given up. */
  readonly done: (SamplePlace | undefined)[];
}

/** How far a queue is. */
export interface Progress {
  readonly low: LogPosition;
  /** Oldest first. */
  readonly epochs: readonly Epoch[];
}

/** More are forgotten, the oldest first: then something may be sent twice. */
const MAX_EPOCHS = 8;

export function comparePositions(a: LogPosition, b: LogPosition): number {
  return a.segment - b.segment || a.offset - b.offset;
}

export function comparePlaces(a: SamplePlace, b: SamplePlace): number {
  return comparePositions(a, b) || a.index - b.index;
}

/** The epochs in which something at or after `low` was delivered. */
export function epochsAfter(low: LogPosition, epochs: readonly Epoch[]): Epoch[] {
  const place = { ...low, index: 0 };
  return epochs.filter(({ done }) => done.some((one) => one && comparePlaces(one, place) >= 0)).slice(-MAX_EPOCHS);
}

/** Tells which samples were delivered before, while reading again. */
export class DeliveredBefore {
  readonly #epochs: readonly Epoch[];
  readonly #last: SamplePlace | undefined;

  constructor(epochs: readonly Epoch[]) {
    this.#epochs = epochs;
    for (const { done } of epochs)
      for (const place of done) if (place && (!this.#last || comparePlaces(place, this.#last) > 0)) this.#last = place;
  }

  /** Whether anything of the commit behind `position` may have been delivered. */
  reaches(position: LogPosition): boolean {
    return this.#last !== undefined && comparePositions(position, this.#last) <= 0;
  }

  has(hash: number, place: SamplePlace): boolean {
    return this.#epochs.some(({ shards, done }) => {
      const last = done[hash % shards];
      return last !== undefined && comparePlaces(place, last) <= 0;
    });
  }
}

const position = z.object({ segment: z.int().nonnegative(), offset: z.int().nonnegative() });
const place = position.extend({ index: z.int().nonnegative() });
const epoch = z.object({ shards: z.int().positive(), done: z.array(place.nullable()) });
const progressSchema = z.object({ low: position, epochs: z.array(epoch) });

/** Progress as text. */
export function formatProgress(progress: Progress): string {
  return JSON.stringify({
    low: progress.low,
    epochs: progress.epochs.map(({ shards, done }) => ({ shards, done: Array.from(done, (one) => one ?? null) })),
  });
}

/** What `formatProgress` wrote; undefined for anything else. */
export function parseProgress(text: string): Progress | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = progressSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { low, epochs } = parsed.data;
  return { low, epochs: epochs.map(({ shards, done }) => ({ shards, done: done.map((one) => one ?? undefined) })) };
}
