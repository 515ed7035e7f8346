// How far a queue is. Its shards are not equally far, so one place in the log does not say it: `low` is where reading must begin again, and
// each epoch, a time with a certain number of shards, tells how far each of its shards came. What one of them has sent is not sent again.
// What one of them was sending may have been stored: it is sent again, but never together with anything else, because a peer that refuses
// one sample of a request as known (Prometheus with 1.0) takes none of it.
import { z } from 'zod';
import type { LogPosition } from '../storage/store.ts';

/** A sample in the log: where its commit begins, and its number there. */
export interface SamplePlace extends LogPosition {
  readonly index: number;
}

/** A time with the same number of shards. Series are spread by the hash of their stored labels, which no setting changes. */
export interface Epoch {
  readonly shards: number;
  /** The last sample of each shard that was delivered or given up. */
  readonly done: (SamplePlace | undefined)[];
  /** The last sample of the request under way of each shard. */
  readonly sending: (SamplePlace | undefined)[];
}

/** How far a queue is. */
export interface Progress {
  readonly low: LogPosition;
  /** Oldest first. */
  readonly epochs: readonly Epoch[];
}

/** More are forgotten, the oldest first: then something may be sent twice. */
const MAX_EPOCHS = 8;
/** The number of no sample, before those of a commit. */
const BEFORE_ALL = -1;

export function comparePositions(a: LogPosition, b: LogPosition): number {
  return a.segment - b.segment || a.offset - b.offset;
}

export function comparePlaces(a: SamplePlace, b: SamplePlace): number {
  return comparePositions(a, b) || a.index - b.index;
}

/** The epochs in which something at or after `low` was sent. */
export function epochsAfter(low: LogPosition, epochs: readonly Epoch[]): Epoch[] {
  const place = { ...low, index: 0 };
  return epochs
    .filter(({ done, sending }) => [...done, ...sending].some((one) => one && comparePlaces(one, place) >= 0))
    .slice(-MAX_EPOCHS);
}

/** Of a queue of which nobody knows how far it is: all that is in the log may have been sent, nothing beyond. */
export function uncertainUpTo(end: LogPosition): Progress {
  return { low: { segment: 0, offset: 0 }, epochs: [{ shards: 1, done: [undefined], sending: [{ ...end, index: BEFORE_ALL }] }] };
}

/** A sample that was delivered before. */
export const DELIVERED = -1;
/** A sample of which nobody knows anything. */
export const NEW = 0;

/** Tells what became of samples before, while reading again. */
export class SentBefore {
  readonly #epochs: readonly Epoch[];
  readonly #last: SamplePlace | undefined;
  readonly #resends = new Map<string, number>();

  constructor(epochs: readonly Epoch[]) {
    this.#epochs = epochs;
    for (const { done, sending } of epochs)
      for (const place of [...done, ...sending]) if (place && (!this.#last || comparePlaces(place, this.#last) > 0)) this.#last = place;
  }

  /** Whether anything of the commit behind `position` may have been sent. */
  reaches(position: LogPosition): boolean {
    return this.#last !== undefined && comparePositions(position, this.#last) <= 0;
  }

  /** `DELIVERED`, `NEW`, or the number above 0 of the requests in which it was when they were given up. */
  stateOf(hash: number, place: SamplePlace): number {
    let requests = '';
    for (const [i, { shards, done, sending }] of this.#epochs.entries()) {
      const shard = hash % shards;
      if (isUpTo(place, done[shard])) return DELIVERED;
      if (isUpTo(place, sending[shard])) requests += `${i} ${shard} `;
    }
    if (requests === '') return NEW;
    const known = this.#resends.get(requests) ?? this.#resends.size + 1;
    this.#resends.set(requests, known);
    return known;
  }
}

function isUpTo(place: SamplePlace, last: SamplePlace | undefined): boolean {
  return last !== undefined && comparePlaces(place, last) <= 0;
}

const position = z.object({ segment: z.int().nonnegative(), offset: z.int().nonnegative() });
const place = position.extend({ index: z.int().min(BEFORE_ALL) });
const epoch = z.object({ shards: z.int().positive(), done: z.array(place.nullable()), sending: z.array(place.nullable()) });
const progressSchema = z.object({ low: position, epochs: z.array(epoch) });

/** Progress as text. */
export function formatProgress(progress: Progress): string {
  return JSON.stringify({
    low: progress.low,
    epochs: progress.epochs.map(({ shards, done, sending }) => ({ shards, done: nulls(done), sending: nulls(sending) })),
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
  return { low, epochs: epochs.map(({ shards, done, sending }) => ({ shards, done: undefineds(done), sending: undefineds(sending) })) };
}

function nulls(places: Epoch['done']): (SamplePlace | null)[] {
  return Array.from(places, (one) => one ?? null);
}

function undefineds(places: readonly (SamplePlace | null)[]): Epoch['done'] {
  return places.map((one) => one ?? undefined);
}
