import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChangeLog } from './change-log.ts';

describe('a change log', () => {
  it('knows the oldest time that changed after a version', () => {
    const log = new ChangeLog();
    expect(log.oldestSince(log.version)).toBe(Number.POSITIVE_INFINITY);
    log.record(10);
    const first = log.version;
    log.record(20);
    log.record(15);
    log.record(30);
    expect([log.oldestSince(0), log.oldestSince(first), log.oldestSince(first + 1), log.oldestSince(first + 2)]).toEqual([10, 15, 15, 30]);
    expect(log.oldestSince(log.version)).toBe(Number.POSITIVE_INFINITY);
    log.record(Number.NEGATIVE_INFINITY);
    expect(log.oldestSince(log.version - 1)).toBe(Number.NEGATIVE_INFINITY);
    log.record(40);
    expect(log.oldestSince(log.version - 1)).toBe(40);
  });

  it('is exact within its bound and never claims that too little changed beyond it', () => {
    const time = fc.oneof({ arbitrary: fc.integer({ min: 0, max: 1000 }), weight: 20 }, fc.constant(Number.NEGATIVE_INFINITY));
    const rising = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.option(time, { freq: 10 })), { maxLength: 120 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 16 }), rising, (bound, changes) => {
        const [small, large] = [new ChangeLog(bound), new ChangeLog()];
        const times: number[] = [];
        let nowMs = 1000;
        for (const [gap, late] of changes) {
          nowMs += gap;
          times.push(late ?? nowMs);
          small.record(late ?? nowMs);
          large.record(late ?? nowMs);
          for (let version = 0; version <= times.length; version++) {
            const truth = Math.min(...times.slice(version));
            expect(large.oldestSince(version)).toBe(truth);
            expect(small.oldestSince(version)).toBeLessThanOrEqual(truth);
          }
        }
      }),
    );
  });

  it('tells changes of long ago apart by their time', () => {
    const log = new ChangeLog(64);
    const count = 100_000;
    for (let n = 0; n < count; n++) log.record(n);
    for (const version of [10_000, 50_000, 90_000, 99_990]) expect(version - log.oldestSince(version)).toBeLessThan(count / 10);
  });
});
