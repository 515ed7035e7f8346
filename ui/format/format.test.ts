import type { FieldConfig } from '@alidade/sdk/schema';
import { describe, expect, it } from 'vitest';
import { colorTone, cssColor } from './color.ts';
import { formatAgo, formatDuration } from './duration.ts';
import { activeThreshold, displayText, displayValue, fieldFor } from './field.ts';
import { autoDecimals, toFixed } from './number.ts';
import { reducerLabel, reduceValues } from './reducers.ts';
import { formatUnit } from './units.ts';

const field = (more: Partial<FieldConfig> = {}): FieldConfig => ({ mappings: [], custom: {}, ...more });

describe('rounding', () => {
  it.each([
    [0, '0'],
    [1, '1'],
    [0.1, '0.100'],
    [0.0123, '0.0123'],
    [1.2345, '1.23'],
    [12.345, '12.3'],
    [123.45, '123'],
    [-1.2345, '-1.23'],
    [1e21, '1e+21'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ])('shows %f as %s without decimals given', (value, text) => expect(toFixed(value)).toBe(text));

  it('keeps the decimals that were asked for', () => {
    expect(toFixed(1, 2)).toBe('1.00');
    expect(toFixed(1.005, 1)).toBe('1.0');
    expect(toFixed(0, 2)).toBe('0.00');
    expect(autoDecimals(99.5)).toBe(1);
  });
});

describe('units', () => {
  it.each([
    ['short', 1234, '1.23 K'],
    ['short', 999, '999'],
    ['short', 5_452_000, '5.45 Mil'],
    ['none', 1234.5, '1235'],
    ['percent', 12.345, '12.3%'],
    ['percentunit', 0.05, '5%'],
    ['percentunit', 0.0123, '1.23%'],
    ['bytes', 1536, '1.50 KiB'],
    ['bytes', 512, '512 B'],
    ['decbytes', 1_500_000, '1.50 MB'],
    ['Bps', 4_000_000, '4 MB/s'],
    ['s', 0.0352, '35.2 ms'],
    ['s', 0.0000005, '500 ns'],
    ['s', 59, '59 s'],
    ['s', 90, '1.50 mins'],
    ['s', 7200, '2 hours'],
    ['s', 259_200, '3 days'],
    ['ms', 250, '250 ms'],
    ['ms', 1500, '1.50 s'],
    ['reqps', 3.672, '3.67 req/s'],
    ['reqps', 12_345, '12.3K req/s'],
    ['ops', 0, '0 ops/s'],
    ['hertz', 2_400_000_000, '2.40 GHz'],
    ['watt', 0.002, '2 mW'],
    ['currencyUSD', 1234, '$1.23K'],
    ['bool_yes_no', 0, 'No'],
    ['dthms', 3_725, '01:02:05'],
    ['dtdurations', 3_725, '1 hour, 2 minutes'],
    ['suffix:rows', 5, '5 rows'],
    ['prefix:#', 5, '#5'],
    ['count:jobs', 1500, '1.50K jobs'],
    ['furlong', 3, '3 furlong'],
    ['constructor', 3, '3 constructor'],
  ])('%s of %f is %s', (unit, value, text) => expect(formatUnit(unit, value)).toBe(text));

  it('obeys decimals and survives values that are not finite', () => {
    expect(formatUnit('bytes', 1536, 0)).toBe('2 KiB');
    expect(formatUnit('bytes', Number.POSITIVE_INFINITY)).toBe('+Inf B');
    expect(formatUnit('s', Number.NaN)).toBe('NaN years');
  });
});

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [0.25, '0.25 ms'],
    [850, '850 ms'],
    [1_500, '1.5 s'],
    [42_000, '42 s'],
    [185_000, '3 m 5 s'],
    [7_800_000, '2 h 10 m'],
    [7_200_000, '2 h'],
    [356_400_000, '4 d 3 h'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('tells ages', () => {
    expect(formatAgo(1_000, 1_400)).toBe('now');
    expect(formatAgo(0, 12_300)).toBe('12 s ago');
    expect(formatAgo(60_000, 0)).toBe('in 1 m');
  });
});

describe('reducers', () => {
  const values = [2, null, 4, Number.NaN, 6, null];
  it.each([
    ['lastNotNull', 6],
    ['last', null],
    ['first', 2],
    ['mean', 4],
    ['avg', 4],
    ['min', 2],
    ['max', 6],
    ['sum', 12],
    ['total', 12],
    ['count', 6],
    ['range', 4],
    ['diff', 4],
    ['delta', 4],
    ['median', 4],
    ['p95', 6],
    ['changeCount', 2],
    ['unknown', null],
    ['toString', null],
  ])('%s is %s', (id, wanted) => expect(reduceValues(id, values)).toBe(wanted));

  it('answers null for nothing, and names calcs as Grafana does', () => {
    expect(reduceValues('mean', [])).toBeNull();
    expect(reduceValues('sum', [null, Number.NaN])).toBeNull();
    expect(reduceValues('delta', [5, 9, 2, 3])).toBe(7);
    expect(reducerLabel('lastNotNull')).toBe('Last *');
  });
});

describe('thresholds', () => {
  const steps = [
    { value: null, color: 'green' },
    { value: 0.05, color: 'yellow' },
    { value: 0.1, color: 'red' },
  ];
  it('takes the last step at or below the value', () => {
    const with3 = field({ thresholds: { mode: 'absolute', steps } });
    expect([-1, 0.0499, 0.05, 0.1, 7].map((value) => activeThreshold(with3, value)?.color)).toEqual([
      'green',
      'green',
      'yellow',
      'red',
      'red',
    ]);
  });
  it('reads percentages as a share of min … max', () => {
    const percent = field({
      min: 100,
      max: 200,
      thresholds: {
        mode: 'percentage',
        steps: [
          { value: null, color: 'green' },
          { value: 80, color: 'red' },
        ],
      },
    });
    expect([179, 180].map((value) => activeThreshold(percent, value)?.color)).toEqual(['green', 'red']);
  });
});

describe('mappings', () => {
  const upDown = field({
    mappings: [
      { type: 'value', options: { '0': { text: 'DOWN', color: 'red' } } },
      { type: 'value', options: { '1': { text: 'UP', color: 'green' } } },
      { type: 'range', options: { from: 2, to: 9, result: { text: 'some' } } },
      { type: 'regex', options: { pattern: '/^4\\d$/', result: { text: 'forties', color: 'blue' } } },
      { type: 'special', options: { match: 'null+nan', result: { text: 'N/A', color: 'text' } } },
    ],
    unit: 's',
  });
  it('puts text and colour in place of values', () => {
    expect(displayValue(upDown, 1)).toMatchObject({ text: 'UP', color: 'green', isMapped: true });
    expect(displayText(upDown, 0)).toBe('DOWN');
    expect(displayText(upDown, 9)).toBe('some');
    expect(displayText(upDown, 42)).toBe('forties');
    expect(displayText(upDown, null)).toBe('N/A');
    expect(displayText(upDown, Number.NaN)).toBe('N/A');
    expect(displayText(upDown, 50)).toBe('50 s');
  });
  it('ignores a pattern that is none', () => {
    expect(displayText(field({ mappings: [{ type: 'regex', options: { pattern: '(', result: { text: 'x' } } }] }), 1)).toBe('1');
  });
  it('says what no value is', () => {
    expect(displayText(field(), null)).toBe('No data');
    expect(displayText(field({ noValue: '–' }), null)).toBe('–');
  });
});

describe('overrides', () => {
  const config = {
    defaults: field({ unit: 'short', custom: { lineWidth: 1 } }),
    overrides: [
      {
        matcher: { id: 'byName', options: 'p99' },
        properties: [
          { id: 'unit', value: 's' },
          { id: 'custom.lineWidth', value: 3 },
        ],
      },
      { matcher: { id: 'byRegexp', options: '/^p/' }, properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: 'red' } }] },
      { matcher: { id: 'byFrameRefID', options: 'B' }, properties: [{ id: 'decimals', value: 2 }] },
      {
        matcher: { id: 'byNames', options: { mode: 'exclude', names: ['p99'] } },
        properties: [{ id: 'custom.hideFrom.legend', value: true }],
      },
    ],
  };
  it('lays every fitting one over the defaults', () => {
    expect(fieldFor(config, { name: 'p99', refId: 'B' })).toEqual({
      mappings: [],
      unit: 's',
      decimals: 2,
      color: { mode: 'fixed', fixedColor: 'red' },
      custom: { lineWidth: 3 },
    });
    expect(fieldFor(config, { name: 'total', refId: 'A' }).custom).toEqual({ lineWidth: 1, hideFrom: { legend: true } });
  });
});

describe('colours', () => {
  it('maps names to tokens and lets nothing but a colour through', () => {
    expect(cssColor('green')).toBe('var(--named-green)');
    expect(cssColor('dark-red')).toContain('var(--named-red)');
    expect(cssColor('#FF9830')).toBe('#FF9830');
    expect(cssColor('rgba(1, 2, 3, 0.5)')).toBe('rgba(1, 2, 3, 0.5)');
    expect(cssColor('url(https://example.com/x)')).toBe('var(--ink-3)');
  });
  it('knows which colours speak of a status', () => {
    expect(['green', 'semi-dark-orange', 'red', 'blue', '#d44a3a', '#299c46', '#5794f2'].map(colorTone)).toEqual([
      'ok',
      'warn',
      'bad',
      undefined,
      'bad',
      'ok',
      undefined,
    ]);
  });
});
