// Buckets of one sign as columns: rising indexes and, for each, its count. Spans are their packed form.
import type { BucketSpan } from './histogram.ts';

/** Populated or empty buckets by rising index. */
export interface Run {
  readonly indexes: Int32Array;
  readonly counts: Float64Array;
}

/** How many buckets the spans describe. */
export function spanSize(spans: readonly BucketSpan[]): number {
  let size = 0;
  for (const { length } of spans) size += length;
  return size;
}

/** The index of every bucket that the spans describe, rising. */
export function bucketIndexes(spans: readonly BucketSpan[]): Int32Array {
  const indexes = new Int32Array(spanSize(spans));
  let at = 0;
  let index = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) indexes[at++] = index++;
  }
  return indexes;
}

/** The shortest spans that describe buckets at these rising indexes. */
export function spansOf(indexes: Int32Array): BucketSpan[] {
  const spans: { offset: number; length: number }[] = [];
  let next = 0;
  for (const index of indexes) {
    const last = spans.at(-1);
    if (last && index === next) last.length++;
    else spans.push({ offset: index - next, length: 1 });
    next = index + 1;
  }
  return spans;
}

/** The buckets that count anything. */
export function populatedRun({ indexes, counts }: Run): Run {
  let size = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) size++;
  if (size === counts.length) return { indexes, counts };
  const populated = { indexes: new Int32Array(size), counts: new Float64Array(size) };
  for (let i = 0, at = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    populated.indexes[at] = indexes[i] as number;
    populated.counts[at++] = counts[i] as number;
  }
  return populated;
}

/** The buckets from the first one on that `isReached`. */
export function runFrom({ indexes, counts }: Run, isReached: (index: number) => boolean): Run {
  let first = 0;
  while (first < indexes.length && !isReached(indexes[first] as number)) first++;
  return first === 0 ? { indexes, counts } : { indexes: indexes.subarray(first), counts: counts.subarray(first) };
}

/** Buckets put together where `target`, which must not fall, gives their indexes the same new one. */
export function mapRun({ indexes, counts }: Run, target: (index: number) => number): Run {
  const mapped = new Int32Array(indexes.length);
  const sums = new Float64Array(indexes.length);
  let size = 0;
  for (let i = 0; i < indexes.length; i++) {
    const index = target(indexes[i] as number);
    const count = counts[i] as number;
    if (size > 0 && mapped[size - 1] === index) sums[size - 1] = (sums[size - 1] as number) + count;
    else {
      mapped[size] = index;
      sums[size++] = count;
    }
  }
  return { indexes: mapped.subarray(0, size), counts: sums.subarray(0, size) };
}

/** Whether spans are the same but for those of length 0. As upstream, neighbours that touch are not the same as one longer span. */
export function areSameSpans(a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean {
  if (a === b) return true;
  const [ofA, ofB] = [withoutEmptySpans(a), withoutEmptySpans(b)];
  return ofA.length === ofB.length && ofA.every(({ offset, length }, i) => offset === ofB[i]?.offset && length === ofB[i]?.length);
}

function withoutEmptySpans(spans: readonly BucketSpan[]): BucketSpan[] {
  const populated: BucketSpan[] = [];
  let skipped = 0;
  for (const { offset, length } of spans) {
    if (length > 0) populated.push({ offset: offset + skipped, length });
    skipped = length > 0 ? 0 : skipped + offset;
  }
  return populated;
}
