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
});
