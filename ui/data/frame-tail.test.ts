import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeTails, tailStart } from './frame-tail.ts';
import type { Frame } from './frames.ts';

const STEP = 15_000;
const MINUTE = 60_000;

/** What a server answers that knows `sample(series, time)`, from `sinceMs` on. */
function answer(fromMs: number, toMs: number, sample: (series: number, timeMs: number) => number | null, sinceMs = fromMs): Frame {
  const startMs = Math.floor(Math.max(fromMs, sinceMs) / STEP) * STEP;
  const steps = Math.floor(toMs / STEP) - startMs / STEP + 1;
  const series = [0, 1, 2, 3].flatMap((id) => {
    const values = Array.from({ length: steps }, (_, step) => sample(id, startMs + step * STEP));
    return values.some((value) => value !== null) ? [{ name: `s${id}`, labels: { id: String(id) }, values }] : [];
  });
  return { panel: '1', refId: 'A', startMs, stepMs: STEP, steps, series, warnings: [], elapsedMs: 0 };
}

const query = (expr: string) => ({ refId: 'A', expr, kind: 'range' as const, legendFormat: '' });
const range = (toMinute: number, spanMinutes = 60) => ({ fromMs: (toMinute - spanMinutes) * MINUTE, toMs: toMinute * MINUTE });
const steady = (series: number, timeMs: number) => series + timeMs;

describe('tailStart', () => {
  const frames = [answer(0, 60 * MINUTE, steady)];
  const known = { frames, range: range(60), fullToMs: 60 * MINUTE };

  it('asks a little more than what is new', () => {
    expect(tailStart(known, range(61), [query('up')])).toBe(58 * MINUTE);
  });
  it('asks for everything when the span, the direction or the queries are others, or when it is long ago', () => {
    expect(tailStart(known, range(61, 30), [query('up')])).toBeUndefined();
    expect(tailStart(known, range(59), [query('up')])).toBeUndefined();
    expect(tailStart(known, range(66), [query('up')])).toBeUndefined();
    expect(tailStart(known, range(61), [query('up'), query('down')])).toBeUndefined();
    expect(
      tailStart({ ...known, frames: [{ ...frames[0]!, error: { code: 'x', message: 'y' } }] }, range(61), [query('up')]),
    ).toBeUndefined();
  });
  it('asks for everything where steps depend on the ends of the range', () => {
    for (const expr of ['up @ end()', 'rate(x[$__range])', 'rate(x[[[__range]]])', 'x > \u0024{__from}'])
      expect(tailStart(known, range(61), [query(expr)])).toBeUndefined();
  });
  it('asks for everything when the tail would be all of it', () => {
    const short = { frames: [answer(59 * MINUTE, 60 * MINUTE, steady)], range: range(60, 1), fullToMs: 60 * MINUTE };
    expect(tailStart(short, { fromMs: 59.5 * MINUTE, toMs: 60.5 * MINUTE }, [query('up')])).toBeUndefined();
  });
});

describe('mergeTails', () => {
  it('gives what asking for everything gives, whatever comes and goes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 })), { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 280_000 }),
        (lives, aheadMs) => {
          const sample = (series: number, timeMs: number) => {
            const [from, length] = lives[series] ?? [0, 0];
            const step = timeMs / STEP;
            return step >= from && step < from + length ? series + step : null;
          };
          const first = { fromMs: 7_000, toMs: 60 * MINUTE + 3_000 };
          const next = { fromMs: first.fromMs + aheadMs, toMs: first.toMs + aheadMs };
          const before = answer(first.fromMs, first.toMs, sample);
          const sinceMs = tailStart({ frames: [before], range: first, fullToMs: first.toMs }, next, [query('x')]);
          expect(sinceMs).toBeDefined();
          const [merged] = mergeTails([before], [answer(next.fromMs, next.toMs, sample, sinceMs)], next) ?? [];
          const whole = answer(next.fromMs, next.toMs, sample);
          expect({ ...merged, series: merged?.series.toSorted((a, b) => a.name.localeCompare(b.name)) }).toEqual(whole);
        },
      ),
      { numRuns: 200 },
    );
  });
  it('takes a whole answer as it is, from a server that does not know tails', () => {
    const whole = answer(1 * MINUTE, 61 * MINUTE, steady);
    expect(mergeTails([answer(0, 60 * MINUTE, steady)], [whole], range(61))).toEqual([whole]);
  });
  it('does not put together what does not fit', () => {
    const tail = answer(1 * MINUTE, 61 * MINUTE, steady, 58 * MINUTE);
    expect(mergeTails([], [tail], range(61))).toBeUndefined();
    expect(mergeTails([{ ...answer(0, 60 * MINUTE, steady), stepMs: 30_000 }], [tail], range(61))).toBeUndefined();
    expect(mergeTails([answer(0, 50 * MINUTE, steady)], [tail], range(61))).toBeUndefined();
  });
  it('keeps the order of known series and puts new ones beside their neighbours', () => {
    const only =
      (...ids: number[]) =>
      (series: number, timeMs: number) =>
        ids.includes(series) ? timeMs : null;
    const merged = mergeTails(
      [answer(0, 60 * MINUTE, only(1, 3))],
      [answer(1 * MINUTE, 61 * MINUTE, only(1, 2, 3), 58 * MINUTE)],
      range(61),
    );
    expect(merged?.[0]?.series.map(({ name }) => name)).toEqual(['s1', 's2', 's3']);
  });
});
