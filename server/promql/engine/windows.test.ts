import { expect, it } from 'vitest';
import { randomFrom } from '../../model/seeded-random.ts';
import { fillWindows, newWindows } from './windows.ts';

const SERIES = 600;

it('windows hold the samples between their edges, whatever the windows before were like', () => {
  const random = randomFrom(11);
  const pick = <T>(...of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
  let samplesSeen = 0;
  for (let series = 0; series < SERIES; series++) {
    const gaps = pick(0, 0, 0.02, 0.5);
    const jitter = pick(0, 0, 2);
    const intervalMs = pick(1, 10, 15);
    const timestampsMs = Float64Array.from({ length: 150 }, (_, i) => 100 + intervalMs * i + Math.floor(jitter * random())).filter(
      (time, i, times) => random() >= gaps && time !== times[i - 1],
    );
    const [startMs, stepMs, rangeMs] = [pick(0, 100, 333), pick(0, 5, 10, 15, 30, 45), pick(1, 15, 40, 60, 61)];
    const edgeMs = Float64Array.from({ length: 60 }, (_, t) => startMs + t * stepMs);
    // Other series may lie before and behind.
    const from = pick(0, 20);
    const to = Math.max(from, timestampsMs.length - pick(0, 20));
    const windows = newWindows({ timestampsMs, values: timestampsMs } as never, edgeMs, rangeMs, edgeMs, () => undefined);
    fillWindows(windows, from, to);
    for (let t = 0; t < edgeMs.length; t++) {
      const edge = edgeMs[t] as number;
      const isWithin = (time: number, i: number) => i >= from && i < to && time > edge - rangeMs && time <= edge;
      const wanted = Array.from(timestampsMs.keys()).filter((i) => isWithin(timestampsMs[i] as number, i));
      const [first, end] = [windows.first[t] as number, windows.end[t] as number];
      expect(Array.from({ length: end - first }, (_, i) => first + i)).toEqual(wanted);
      samplesSeen += wanted.length;
    }
  }
  expect(samplesSeen).toBeGreaterThan(SERIES);
});
