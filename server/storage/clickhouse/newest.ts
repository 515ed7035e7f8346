// The newest samples of series, which is all that a lookup at or after them wants: they are in memory, whatever else is on disk.
import type { Labels } from '../../model/labels.ts';
import { bitsOf, writeStaleAt } from '../../model/stale.ts';
import type { SeriesSet } from '../store.ts';
import type { Series } from './head.ts';
import { HeadColumns } from './head-columns.ts';
import type { Span } from './in-span.ts';
import { lookAt, NO_BLOCKS, NO_ROLLED, type Seen } from './seen.ts';

/**
 * What a lookup finds in series that are in order, without a view of each: there may be a million. Undefined when memory does not know the newest
 * sample of one of them up to the end of the span.
 */
export function newestSamples(matched: readonly Series[], span: Span): SeriesSet | undefined {
  const known: Series[] = [];
  const labels: Labels[] = [];
  let isWithoutStale = true;
  for (const series of matched) {
    if (series.lastMs < span.startMs) continue;
    const isStale = series.lastKind === 'stale';
    if (!isKnown(series, span, isStale)) return undefined;
    if (isStale) isWithoutStale = false;
    known.push(series);
    labels.push(series.labels);
  }
  const timestampsMs = new Float64Array(known.length);
  const values = new Float64Array(known.length);
  const bits = bitsOf(values);
  for (let i = 0; i < known.length; i++) {
    const { lastMs, lastKind, lastValue } = known[i] as Series;
    timestampsMs[i] = lastMs;
    if (lastKind === 'stale') writeStaleAt(bits, i);
    else values[i] = lastValue;
  }
  return { labels, offsets: oneEach(known.length), timestampsMs, values, isWithoutStale };
}

/** The same in parts of so many series. */
export function* inParts({ labels, timestampsMs, values, isWithoutStale }: SeriesSet, most: number): Generator<SeriesSet> {
  for (let from = 0; from < labels.length; from += most) {
    const to = Math.min(labels.length, from + most);
    const times = timestampsMs.slice(from, to);
    yield {
      labels: labels.slice(from, to),
      offsets: oneEach(to - from),
      timestampsMs: times,
      values: values.slice(from, to),
      isWithoutStale,
    };
  }
}

function oneEach(count: number): Uint32Array {
  const offsets = new Uint32Array(count + 1);
  for (let i = 1; i <= count; i++) offsets[i] = i;
  return offsets;
}

/** As `look`, with nothing but the newest sample of series where memory knows it. */
export function lookAtNewest(matched: readonly Series[], span: Span): Seen[] {
  const known = matched.filter((series) => series.lastMs >= span.startMs && isKnown(series, span));
  const times = Float64Array.from(known, ({ lastMs }) => lastMs);
  const values = Float64Array.from(known, ({ lastValue }) => lastValue);
  const columns = HeadColumns.of(times, values);
  const seen: Seen[] = [];
  let next = 0;
  for (const series of matched) {
    if (series.lastMs < span.startMs) continue;
    const view = series === known[next] ? viewOf(series, columns, next, ++next) : lookAt(series, span.startMs, span.endMs);
    if (view) seen.push(view);
  }
  return seen;
}

function isKnown({ lastKind, lastMs, late, tombstones }: Series, { endMs }: Span, mayBeStale = false): boolean {
  return (lastKind === 'float' || (mayBeStale && lastKind === 'stale')) && !late && tombstones.length === 0 && lastMs <= endMs;
}

function viewOf(series: Series, columns: HeadColumns, headStart: number, headEnd: number): Seen {
  const { tombstones, hasHistograms } = series;
  const samples = headEnd - headStart;
  return {
    series,
    columns,
    headStart,
    headEnd,
    late: undefined,
    tombstones,
    hasHistograms,
    isOnDisk: false,
    samples,
    blocks: NO_BLOCKS,
    rolled: NO_ROLLED,
    merged: undefined,
  };
}
