import { copyValue, emptyRun, type Run } from './run.ts';

const FIRST_CAPACITY = 8;

/**
 * Samples of one series that came after newer ones, in order of arrival, one for each time: the first that came. They only grow at
 * their end, so a reader keeps a count.
 */
export class LateSamples {
  readonly #known = new Set<number>();
  #columns = emptyRun(FIRST_CAPACITY);
  #bodies: Map<number, Uint8Array> | undefined;
  count = 0;

  /** Encoded histograms, by the number of their sample. */
  get bodies(): ReadonlyMap<number, Uint8Array> | undefined {
    return this.#bodies;
  }

  /** False when there is one at that time already, which stays. */
  add(timestampMs: number, bits: Uint32Array, i: number, body: Uint8Array | undefined): boolean {
    if (this.#known.has(timestampMs)) return false;
    this.#known.add(timestampMs);
    if (this.count === this.#columns.times.length) this.#grow();
    this.#columns.times[this.count] = timestampMs;
    copyValue(bits, i, this.#columns.bits, this.count);
    if (body) {
      this.#bodies ??= new Map();
      this.#bodies.set(this.count, body);
    }
    this.count++;
    return true;
  }

  /** The first `count` samples that lie within the span, in order of time. */
  sorted(count: number, startMs = Number.NEGATIVE_INFINITY, endMs = Number.POSITIVE_INFINITY): Run {
    const { times, bits } = this.#columns;
    const order: number[] = [];
    for (let i = 0; i < count; i++) if ((times[i] as number) >= startMs && (times[i] as number) <= endMs) order.push(i);
    order.sort((a, b) => (times[a] as number) - (times[b] as number));
    const run = emptyRun(order.length);
    const bodies = new Map<number, Uint8Array>();
    order.forEach((i, k) => {
      run.times[k] = times[i] as number;
      copyValue(bits, i, run.bits, k);
      const body = this.#bodies?.get(i);
      if (body) bodies.set(k, body);
    });
    return { ...run, count: order.length, bodies: bodies.size > 0 ? bodies : undefined };
  }

  /** Whether one of the first `count` samples lies within the span. */
  hasWithin(count: number, startMs: number, endMs: number): boolean {
    const { times } = this.#columns;
    for (let i = 0; i < count; i++) if ((times[i] as number) >= startMs && (times[i] as number) <= endMs) return true;
    return false;
  }

  /** Those that came after the first `count`, if any. */
  after(count: number): LateSamples | undefined {
    return this.#without((i) => i < count);
  }

  /** Those outside of the span, if any. */
  outside(startMs: number, endMs: number): LateSamples | undefined {
    const { times } = this.#columns;
    return this.#without((i) => (times[i] as number) >= startMs && (times[i] as number) <= endMs);
  }

  #without(isGone: (i: number) => boolean): LateSamples | undefined {
    const rest = new LateSamples();
    for (let i = 0; i < this.count; i++)
      if (!isGone(i)) rest.add(this.#columns.times[i] as number, this.#columns.bits, i, this.#bodies?.get(i));
    return rest.count > 0 ? rest : undefined;
  }

  #grow(): void {
    const bigger = emptyRun(this.count * 2);
    bigger.times.set(this.#columns.times);
    bigger.bits.set(this.#columns.bits);
    this.#columns = bigger;
  }
}
