import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../model/seeded-random.ts';
import { fillWindows, newWindows, type Windows } from '../engine/windows.ts';
import { extrapolated, extrapolationFactor } from './extrapolation.ts';

const RANGE_MS = 300_000;
const RATE = { isCounter: true, isRate: true };
const KINDS = [RATE, { isCounter: true, isRate: false }, { isCounter: false, isRate: false }];

/** The rule as Prometheus states it, for one window and from the beginning. */
function factorOf(windows: Windows, t: number, value: number, change: number, { isCounter, isRate }: (typeof KINDS)[number]): number {
  const times = windows.timestampsMs.slice(windows.first[t], windows.end[t]);
  const edge = windows.edgeMs[t] as number;
  const [first, last] = [times[0] as number, times.at(-1) as number];
  const sampled = (last - first) / 1000;
  const average = sampled / (times.length - 1);
  const limit = average * 1.1;
  let toStart = (first - (edge - RANGE_MS)) / 1000;
  let toEnd = (edge - last) / 1000;
  if (toStart >= limit) toStart = average / 2;
  if (isCounter && change > 0 && value >= 0) toStart = Math.min(toStart, sampled * (value / change));
  if (toEnd >= limit) toEnd = average / 2;
  const factor = (sampled + toStart + toEnd) / sampled;
  return isRate ? factor / (RANGE_MS / 1000) : factor;
}

/** Samples every 15 s, some of them late by milliseconds and some missing. */
function randomTimes(random: () => number): Float64Array {
  const start = Math.floor(random() * 15_000);
  const [late, gaps] = [[0, 0.05, 1][Math.floor(3 * random())] as number, random() < 0.5 ? 0 : 0.3];
  const lateness = () => (random() < late ? Math.floor(3 * random()) : 0);
  return Float64Array.from({ length: 200 }, (_, i) => start + i * 15_000 + lateness()).filter(() => random() >= gaps);
}

/** Counters that fall now and then, gauges, and values at the border of what there is. */
function randomValues(random: () => number, count: number): Float64Array {
  const [start, rise, falls] = [random() < 0.5 ? 0 : 1e6 * random(), 10 * random(), random() < 0.5 ? 0 : 0.05];
  const odd = random() < 0.2 ? 0.02 : 0;
  let value = start;
  return Float64Array.from({ length: count }, () => {
    value = random() < falls ? Math.floor(3 * random()) : value + Math.floor(rise * random());
    return random() < odd ? ([Number.NaN, -1, Number.POSITIVE_INFINITY, 0.1][Math.floor(4 * random())] as number) : value;
  });
}

function changeOf(values: Float64Array, isCounter: boolean): number {
  let change = (values.at(-1) as number) - (values[0] as number);
  for (let i = 1; isCounter && i < values.length; i++)
    if ((values[i] as number) < (values[i - 1] as number)) change += values[i - 1] as number;
  return change;
}

describe('the extrapolation of a change', () => {
  it.each(KINDS)('is what it is for each window alone, whatever the windows before were like: %j', (kind) => {
    const random = randomFrom(7);
    const kernel = extrapolated(kind);
    let windowsSeen = 0;
    for (let series = 0; series < 400; series++) {
      const timestampsMs = randomTimes(random);
      const values = randomValues(random, timestampsMs.length);
      const step = [15_000, 20_000, 60_000, 61_000, 400_000][series % 5] as number;
      const edges = Float64Array.from({ length: 60 }, (_, t) => t * step);
      const windows = newWindows({ timestampsMs, values } as never, edges, RANGE_MS, edges, () => undefined);
      fillWindows(windows, 0, timestampsMs.length);
      const [out, present] = [new Float64Array(edges.length + 5), new Uint8Array(edges.length + 5)];
      kernel(windows, out, present, 5);
      for (let t = 0; t < edges.length; t++) {
        const [from, end] = [windows.first[t] as number, windows.end[t] as number];
        expect(present[5 + t]).toBe(end - from < 2 ? 0 : 1);
        if (end - from < 2) continue;
        const change = changeOf(values.subarray(from, end), kind.isCounter);
        const factor = factorOf(windows, t, values[from] as number, change, kind);
        expect([out[5 + t], extrapolationFactor(windows, t, values[from] as number, change, kind)]).toEqual([change * factor, factor]);
        windowsSeen++;
      }
    }
    expect(windowsSeen).toBeGreaterThan(10_000);
  });

  /** What the kernel makes of these samples, at each of the edges. */
  function ratesOf(timestampsMs: Float64Array, values: Float64Array, edges: Float64Array, ordinals?: Uint32Array) {
    const windows = newWindows({ timestampsMs, values, ordinals } as never, edges, RANGE_MS, edges, () => undefined);
    fillWindows(windows, 0, timestampsMs.length);
    const [out, present] = [new Float64Array(edges.length), new Uint8Array(edges.length)];
    extrapolated(RATE)(windows, out, present, 0);
    return { windows, out, present };
  }

  it('stops at zero where two samples lie closer to each other than to the beginning of their window', () => {
    const pairs = Array.from({ length: 20 }, (_, i) => i);
    const edges = Float64Array.from(pairs, (i) => 400_000 * (i + 1));
    const timestampsMs = Float64Array.from(pairs.flatMap((i) => [400_000 * (i + 1) - 195_000, 400_000 * (i + 1) - 95_000]));
    const values = Float64Array.from(pairs.flatMap((i) => [1_000 * 3 ** i, 1_980 * 3 ** i]));
    const { windows, out } = ratesOf(timestampsMs, values, edges);
    for (const t of pairs) {
      const change = 980 * 3 ** t;
      expect(out[t]).toBe(change * factorOf(windows, t, 1_000 * 3 ** t, change, RATE));
    }
  });

  it('knows how many samples a window has when only those at the ends of windows were read', () => {
    const random = randomFrom(11);
    // The first of twenty always fails, of those between the second and the last one in ten.
    const indices = Array.from({ length: 2_000 }, (_, i) => i).filter(
      (i) => i % 20 !== 1 && (i % 20 === 2 || i % 20 === 0 || random() < 0.9),
    );
    const timestampsMs = Float64Array.from(indices, (i) => 15_000 * i);
    const values = Float64Array.from(indices, (i) => 1e6 + 7 * i);
    const edges = Float64Array.from({ length: 90 }, (_, t) => RANGE_MS * (t + 1));
    const { windows, out, present } = ratesOf(timestampsMs, values, edges);
    const ends = new Set([...windows.first, ...windows.end.map((end) => end - 1)]);
    const ordinals = Uint32Array.from([...ends].sort((a, b) => a - b));
    const read = ratesOf(
      timestampsMs.filter((_, i) => ends.has(i)),
      values.filter((_, i) => ends.has(i)),
      edges,
      ordinals,
    );
    expect(ordinals.length).toBeLessThan(indices.length);
    expect([read.out, read.present]).toEqual([out, present]);
  });
});
