import { describe, expect, it } from 'vitest';
import { minorParts, tickIncrements, tickTexts, valueRange } from './axis.ts';
import { type ChartSeries, PLAIN_STYLE, type SeriesStyle } from './chart-series.ts';
import { shareText } from './pie.tsx';
import { sparkRuns } from './sparkline.tsx';
import { stackSeries } from './stack.ts';
import { valueAt } from './tooltip.tsx';

function series(key: string, values: ChartSeries['values'], style: Partial<SeriesStyle> = {}): ChartSeries {
  return {
    key,
    name: key,
    labels: {},
    color: 'red',
    values,
    style: { ...PLAIN_STYLE, ...style },
    unit: undefined,
    decimals: undefined,
    format: String,
    hideFrom: { tooltip: false, legend: false, viz: false },
  };
}

const normal = { stack: { mode: 'normal', group: 'A' } } as const;
const percent = { stack: { mode: 'percent', group: 'A' } } as const;

describe('stackSeries', () => {
  it('piles up what is shown and keeps gaps', () => {
    const all = [series('a', [1, 2, null], normal), series('b', [10, null, 30], normal), series('c', [100, 100, 100], normal)];
    const { values, bands } = stackSeries(all, [true, true, true], 3);
    expect(values).toEqual([
      [1, 2, null],
      [11, null, 30],
      [111, 102, 130],
    ]);
    expect(bands).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(stackSeries(all, [true, false, true], 3).values[2]).toEqual([101, 102, 100]);
    expect(stackSeries(all, [true, false, true], 3).bands).toEqual([[2, 0]]);
  });
  it('piles negative series downwards, apart from positive ones', () => {
    const all = [
      series('in', [5], normal),
      series('out', [3], { ...normal, negate: true }),
      series('out2', [2], { ...normal, negate: true }),
    ];
    expect(stackSeries(all, [true, true, true], 1).values).toEqual([[5], [-3], [-5]]);
  });
  it('shares out to one hundred percent', () => {
    const all = [series('a', [1, 0], percent), series('b', [3, 0], percent)];
    expect(stackSeries(all, [true, true], 2).values).toEqual([
      [0.25, 0],
      [1, 0],
    ]);
  });
  it('draws NaN and infinities as gaps, and leaves others’ steps alone', () => {
    expect(stackSeries([series('a', [Number.NaN, Number.POSITIVE_INFINITY, undefined, 1])], [true], 4).values).toEqual([
      [null, null, undefined, 1],
    ]);
  });
});

describe('axes', () => {
  it('gives ticks of one suffix the same decimals', () => {
    expect(tickTexts([0, 0.5, 1, 1.5], 'none', undefined)).toEqual(['0', '0.5', '1.0', '1.5']);
    expect(tickTexts([0, 0.05, 0.1], 's', undefined)).toEqual(['0 ms', '50 ms', '100 ms']);
    expect(tickTexts([0, 0.5, 1, 1.5], 's', undefined)).toEqual(['0 ms', '500 ms', '1.0 s', '1.5 s']);
    expect(tickTexts([0, 0.02, 0.04], 'percentunit', undefined)).toEqual(['0%', '2%', '4%']);
    expect(tickTexts([0, 1024 ** 2], 'bytes', 1)).toEqual(['0.0 B', '1.0 MiB']);
  });
  it('steps by powers of two for bytes and by minutes for seconds', () => {
    expect(tickIncrements('bytes')).toContain(1024);
    expect(tickIncrements('bytes')).not.toContain(1000);
    expect(tickIncrements('s')).toEqual(expect.arrayContaining([0.05, 60, 3600]));
    for (const unit of ['bytes', 's', 'ms', 'none']) expect(tickIncrements(unit)).toEqual(tickIncrements(unit).toSorted((a, b) => a - b));
  });
  const free = { min: undefined, max: undefined, softMin: undefined, softMax: undefined };
  it('begins at zero when filled or near it, and gives a flat line room', () => {
    expect(valueRange(90, 100, free, true)[0]).toBe(0);
    expect(valueRange(1, 100, free, false)[0]).toBe(0);
    expect(valueRange(90, 100, free, false)[0]).toBeGreaterThan(80);
    expect(valueRange(-100, -1, free, false)[1]).toBe(0);
    expect(valueRange(0, 0, free, true)).toEqual([0, 1]);
    expect(valueRange(null, null, free, false)).toEqual([0, 1]);
    const [low, high] = valueRange(5, 5, free, false);
    expect(low).toBeLessThan(5);
    expect(high).toBeGreaterThan(5);
  });
  it('obeys hard and soft limits', () => {
    expect(valueRange(3, 5, { ...free, min: 0, max: 10 }, false)).toEqual([0, 10]);
    expect(valueRange(3, 5, { ...free, softMax: 100 }, true)[1]).toBeGreaterThanOrEqual(100);
    expect(valueRange(3, 50, { ...free, softMax: 10 }, true)[1]).toBeGreaterThan(50);
    expect(valueRange(0, 1, { ...free, min: 5, max: 5 }, false)[1]).toBeGreaterThan(5);
  });
  it('graduates time finely on round times', () => {
    expect([60_000, 300_000, 3_600_000, 86_400_000].map(minorParts)).toEqual([4, 5, 4, 4]);
  });
});

describe('small charts', () => {
  it('breaks a sparkline at gaps', () => {
    expect(sparkRuns([1, 2, null, 4, undefined, 5], 100, 20)).toHaveLength(2);
    expect(sparkRuns([null], 100, 20)).toEqual([]);
  });
  it('words shares', () => {
    expect([shareText(41, 5452), shareText(1180, 5452), shareText(5, 5), shareText(0, 5), shareText(1, 0)]).toEqual([
      '0.8%',
      '22%',
      '100%',
      '0%',
      '',
    ]);
  });
  it('reads a coarser series between its steps but not over a gap', () => {
    expect(valueAt([5, undefined, undefined], 2)).toBe(5);
    expect(valueAt([5, null, undefined], 2)).toBeUndefined();
  });
});
