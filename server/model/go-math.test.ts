import { describe, expect, it } from 'vitest';
import { exp2, log2, scaleByPower } from './go-math.ts';

describe('powers and logarithms to the base 2', () => {
  it.each([-1074, -1022, -1, 0, 1, 52, 1023])('are exact for 2^%d', (exponent) => {
    expect(log2(2 ** exponent)).toBe(exponent);
    expect(exp2(exponent)).toBe(2 ** exponent);
    expect(scaleByPower(1, exponent)).toBe(2 ** exponent);
  });

  it('agree with the built-in ones but for the last digit', () => {
    for (let i = -2000; i <= 2000; i++) {
      const value = i * 0.4871;
      expect(Math.abs(exp2(value) / 2 ** value - 1)).toBeLessThan(4e-16);
      const number = 1.0173 ** i;
      expect(Math.abs(log2(number) - Math.log2(number))).toBeLessThanOrEqual(Math.abs(Math.log2(number)) * 4e-16 + 2e-16);
    }
  });

  it('know infinity, zero and NaN', () => {
    expect([log2(0), log2(Infinity), log2(-1), log2(Number.NaN)]).toEqual([-Infinity, Infinity, NaN, NaN]);
    expect([exp2(-Infinity), exp2(Infinity), exp2(1025), exp2(-1080), exp2(Number.NaN)]).toEqual([0, Infinity, Infinity, 0, NaN]);
  });
});
