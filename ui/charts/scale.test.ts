import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearScale, logScale, offsetText, offsetTicks, plainTicks, timeTicks } from './scale.ts';

describe('scales', () => {
  it('has round ticks inside the range, not too many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2e12 }),
        fc.integer({ min: 1, max: 1e11 }),
        fc.integer({ min: 1, max: 20 }),
        (fromMs, span, most) => {
          const { stepMs, times } = timeTicks(fromMs, fromMs + span, most);
          expect(times.length).toBeLessThanOrEqual(most + 1);
          for (const time of times) expect(time >= fromMs && time <= fromMs + span).toBe(true);
          expect(stepMs).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('counts in ones, twos and fives', () => {
    expect(plainTicks(100, 5)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(plainTicks(0.37, 4)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(plainTicks(0, 4)).toEqual([0]);
  });

  it('places values from the ground to the top, in their order', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });
    for (const scale of [linearScale, logScale]) {
      fc.assert(
        fc.property(values, (all) => {
          const { place, ticks } = scale(all, 6);
          const places = all.toSorted((a, b) => a - b).map(place);
          expect(places.every((one) => one >= 0 && one <= 1)).toBe(true);
          expect(places).toEqual(places.toSorted((a, b) => a - b));
          for (const tick of ticks) expect(Number.isFinite(place(tick))).toBe(true);
          expect(ticks.length).toBeLessThanOrEqual(8);
        }),
      );
    }
    expect(logScale([1, 1_000], 6).ticks).toEqual([1, 10, 100, 1_000]);
    expect(logScale([], 6).ticks.length).toBeGreaterThan(0);
  });

  it('tells neighbouring offsets apart, however near they are', () => {
    expect(offsetTicks(12, 14, 4)).toEqual({ step: 0.5, offsets: [12, 12.5, 13, 13.5, 14] });
    expect(offsetText(1_234.5, 0.5, 1_240)).toBe('1.2345 s');
    expect(offsetText(0, 20, 100)).toBe('0 ms');
    expect(offsetText(0.05, 0.05, 0.4)).toBe('50 µs');
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e5, noNaN: true }), fc.double({ min: 0.01, max: 1e5, noNaN: true }), (from, span) => {
        const { step, offsets } = offsetTicks(from, from + span, 8);
        const texts = offsets.map((offset) => offsetText(offset, step, from + span));
        expect(new Set(texts).size).toBe(texts.length);
        expect(texts.length).toBeLessThanOrEqual(10);
      }),
    );
  });
});
