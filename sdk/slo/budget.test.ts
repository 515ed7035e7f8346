// The exercise's formulas, on numbers worked by hand.
import { describe, expect, it } from 'vitest';
import { budgetRemaining, burnRate, errorBudget, exhaustionDate, hoursUntilExhausted, isCompliant, successRate } from './budget.ts';

const DAY = 86_400_000;

describe('an error budget', () => {
  it('is what the target leaves', () => {
    expect(errorBudget(0.999)).toBe(0.001);
    expect(errorBudget(0.95)).toBe(0.05);
    expect(errorBudget(0.99999)).toBe(0.00001);
  });

  it('is half spent by 5,000 failures of 10 million requests at 99.9 %', () => {
    const counts = { total: 10_000_000, failed: 5_000 };
    // success_rate = (total - failed) / total
    expect(successRate(counts)).toBe(0.9995);
    // allowed_failures = 10,000,000 × 0.001 = 10,000; (10,000 - 5,000) / 10,000
    expect(budgetRemaining(counts, 0.999)).toBe(0.5);
    expect(isCompliant(successRate(counts), 0.999)).toBe(true);
  });

  it('can be overspent', () => {
    expect(budgetRemaining({ total: 1_000, failed: 3 }, 0.999)).toBe(-2);
    expect(isCompliant(0.997, 0.999)).toBe(false);
    expect(isCompliant(successRate({ total: 3_000, failed: 3 }), 0.999)).toBe(true);
  });

  it('is not known without events', () => {
    expect(successRate({ total: 0, failed: 0 })).toBeNaN();
    expect(budgetRemaining({ total: 0, failed: 0 }, 0.999)).toBeNaN();
    expect(hoursUntilExhausted(Number.NaN, 1, 30 * DAY)).toBeUndefined();
  });

  it('burns at 1 when exactly the allowed share fails', () => {
    // recent_failure_rate / (1 - target): 0.8 of 1,000 requests, 1, 14.4
    expect(burnRate(0.0008, 0.999)).toBeCloseTo(0.8, 12);
    expect(burnRate(0.001, 0.999)).toBe(1);
    expect(burnRate(0.0144, 0.999)).toBeCloseTo(14.4, 12);
  });

  it('is gone when what is left has burnt', () => {
    // Half of 30 days at a rate of 1: 15 days; a whole one at 14.4: 50 hours.
    expect(hoursUntilExhausted(0.5, 1, 30 * DAY)).toBe(360);
    expect(hoursUntilExhausted(1, 14.4, 30 * DAY)).toBeCloseTo(50, 12);
    expect(hoursUntilExhausted(0.5, 0, 30 * DAY)).toBeUndefined();
    expect(hoursUntilExhausted(-0.1, 0, 30 * DAY)).toBe(0);
  });

  it('has a date of its end', () => {
    const now = Date.UTC(2023, 9, 31);
    expect(exhaustionDate(now, 360)).toBe('2023-11-15');
    expect(exhaustionDate(now, undefined)).toBeUndefined();
    expect(exhaustionDate(now, 1e12)).toBeUndefined();
  });
});
