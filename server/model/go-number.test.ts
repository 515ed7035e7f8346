import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFixed, formatG, formatShort, parseFloatText } from './go-number.ts';

describe('numbers as Go prints them', () => {
  it.each([
    [1e6, '1000000'],
    [1e21, '1e+21'],
    [1.5e300, '1.5e+300'],
    [1e-7, '1e-07'],
    [5e-324, '5e-324'],
    [0.000001, '0.000001'],
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [0.30000000000000004, '0.30000000000000004'],
  ])('formatShort(%d)', (value, text) => {
    expect(formatShort(value)).toBe(text);
  });

  it.each([
    [1e21, '1000000000000000000000'],
    [1.25e22, '12500000000000000000000'],
    [-1.5e-7, '-0.00000015'],
    [123456789012345680000, '123456789012345680000'],
  ])('formatFixed(%d)', (value, text) => {
    expect(formatFixed(value)).toBe(text);
  });

  it.each([
    [1.5, '1.5'],
    [1_700_003_665, '1.700003665e+09'],
    [123456, '123456'],
    [1e6, '1e+06'],
    [0.0001, '0.0001'],
    [-0.00001, '-1e-05'],
  ])('formatG(%d)', (value, text) => {
    expect(formatG(value)).toBe(text);
  });

  it('read back as the same number', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        for (const format of [formatShort, formatFixed, formatG]) expect(parseFloatText(format(value))).toBe(value);
      }),
    );
  });

  it('are told from other text', () => {
    expect(['', 'many', '1e', '0x10', '0xp1', '1_0', ' 1'].map(parseFloatText)).toEqual(Array(7).fill(undefined));
    expect(['0x1p1', '-0X1.8p+1', '0x.8P0', '0xAp-1'].map(parseFloatText)).toEqual([2, -3, 0.5, 5]);
    expect(['+Inf', 'inf', '-Infinity', '.5', '5.', '1E3'].map(parseFloatText)).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0.5,
      5,
      1000,
    ]);
  });
});
