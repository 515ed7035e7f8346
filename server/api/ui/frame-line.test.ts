import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { seriesJson } from './frame-line.ts';

describe('seriesJson', () => {
  it('lets other work run while it writes a large frame, and stops at a million values', async () => {
    const [rows, steps] = [1_200, 1_000];
    const labels = Array.from({ length: rows }, (_, i) => Labels.from({ i: String(i) }));
    const values = new Float64Array(rows * steps).fill(0.1);
    const matrix = {
      type: 'matrix',
      startMs: 0,
      stepMs: 1_000,
      steps,
      labels,
      values,
      present: new Uint8Array(rows * steps).fill(1),
    } as const;
    let turns = 0;
    const turn = setInterval(() => turns++, 0);
    const { json, shown, all } = await seriesJson(matrix, (series) => series.get('i'));
    clearInterval(turn);
    expect([shown, all]).toEqual([1_000, rows]);
    expect(JSON.parse(json)).toHaveLength(1_000);
    expect(turns).toBeGreaterThan(5);
  });

  it('leaves cells of native histograms empty, and counts their series', async () => {
    const none = { positiveSpans: [], negativeSpans: [], positiveBuckets: new Float64Array(0), negativeBuckets: new Float64Array(0) };
    const histogram = { hint: 'unknown', schema: 0, zeroThreshold: 0, zeroCount: 0, count: 0, sum: 0, ...none } as const;
    const labels = [Labels.from({ i: 'a' }), Labels.from({ i: 'b' })];
    const values = Float64Array.of(1, 2, 3, 4);
    const present = Uint8Array.of(1, 1, 1, 0);
    const histograms = [undefined, histogram, undefined, undefined];
    const matrix = { type: 'matrix', startMs: 0, stepMs: 1_000, steps: 2, labels, values, present, histograms } as const;
    const answer = await seriesJson(matrix, (series) => series.get('i'));
    expect(answer).toMatchObject({ shown: 2, all: 2, histograms: 1 });
    expect((JSON.parse(answer.json) as { values: unknown[] }[]).map((series) => series.values)).toEqual([
      [1, null],
      [3, null],
    ]);
  });
});
