import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { parseQuery } from '../parse/parser.ts';
import { toBytes, toDurationNs, toFloat } from './convert.ts';
import { LineLabels } from './line-labels.ts';
import { compileUnwrap } from './unwrap.ts';

function unwrap(text: string, value: string) {
  const expr = parseQuery(`sum_over_time({app="x"} ${text} [1m])`);
  if (expr.kind !== 'range_aggregation' || !expr.unwrap) throw new Error('no unwrap');
  const labels = new LineLabels();
  labels.reset(Labels.from({ v: value }), []);
  const found = compileUnwrap(expr.unwrap)({ line: '', timestampNs: 0n, labels });
  return { found, error: labels.get('__error__') };
}

describe('unwrap', () => {
  it.each([
    ['| unwrap v', '1.5', 1.5],
    ['| unwrap v', '-2e3', -2000],
    ['| unwrap v', 'Inf', Number.POSITIVE_INFINITY],
    ['| unwrap duration(v)', '1m30s', 90],
    ['| unwrap duration_seconds(v)', '250ms', 0.25],
    ['| unwrap bytes(v)', '1.5 KiB', 1536],
    ['| unwrap missing', '1', undefined],
    ['| unwrap v | v > 5', '4', undefined],
    ['| unwrap v | v > 5', '6', 6],
    ['| unwrap v | __error__=""', 'x', undefined],
  ])('%s of %j', (text, value, expected) => {
    expect(unwrap(text, value).found).toBe(expected);
  });

  it('notes values that are no numbers', () => {
    expect(unwrap('| unwrap v', 'x')).toEqual({ found: 0, error: 'SampleExtractionErr' });
    expect(unwrap('| unwrap duration(v)', '5')).toEqual({ found: 0, error: 'SampleExtractionErr' });
    expect(unwrap('| unwrap v', '3').error).toBe('');
  });
});

describe('conversions', () => {
  it.each(['', 'x', '1.5.2', '1_000', '0x10', '1e999', ' 1', '1 '])('%j is no number', (text) => {
    expect(toFloat(text).problem).toMatch(/strconv.ParseFloat/);
  });

  it('reads numbers as Go does', () => {
    expect(['1', '+1.', '.5', '0x1p4', '-inf'].map((text) => toFloat(text).value)).toEqual([1, 1, 0.5, 16, Number.NEGATIVE_INFINITY]);
    expect(toFloat('NaN').value).toBeNaN();
  });

  it('reads durations as Go does', () => {
    expect(['0', '1h2m3.5s', '-1.5ms', '+2us', '3µs', '.5s'].map((text) => toDurationNs(text).value)).toEqual([
      0, 3_723_500_000_000, -1_500_000, 2000, 3000, 500_000_000,
    ]);
    expect(toDurationNs('1d').problem).toBe('time: unknown unit "d" in duration "1d"');
    expect(toDurationNs('').problem).toBe('time: invalid duration ""');
    expect(toDurationNs('s').problem).toBe('time: invalid duration "s"');
  });

  it('reads sizes', () => {
    expect(['10', '1kB', '1 KiB', '1,024 B', '2.5MB', '1GiB'].map((text) => toBytes(text).value)).toEqual([
      10,
      1000,
      1024,
      1024,
      2_500_000,
      2 ** 30,
    ]);
    expect(toBytes('1 parsec').problem).toBe('unhandled size name: parsec');
    expect(toBytes('KB').problem).toMatch(/invalid syntax/);
  });
});
