import { describe, expect, it } from 'vitest';
import { FormValues } from '../../http/form-values.ts';
import { messageOf } from '../../model/app-error.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { directionOf, instantOf, intervalOf, limitOf, parseTimeNs, rangeOf, spanOf } from './parameters.ts';

const clock = new FakeClock(1_700_000_000_000);
const NOW_NS = 1_700_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
const HOUR = 3_600n * SECOND;
const values = (parameters: Record<string, string>) => new FormValues(new URLSearchParams(parameters).toString());
const problem = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return messageOf(error);
  }
  throw new Error('nothing was thrown');
};

describe('a time', () => {
  it.each([
    ['1700000000', NOW_NS],
    ['0', 0n],
    ['-5', -5n * SECOND],
    ['1700000000123456789', 1_700_000_000_123_456_789n],
    ['17000000000', 17_000_000_000n],
    ['1700000000.1236', NOW_NS + 124_000_000n],
    ['1.7e9', NOW_NS],
    ['2023-11-14T22:13:20Z', NOW_NS],
    ['2023-11-14T23:13:20.123456789+01:00', NOW_NS + 123_456_789n],
  ])('%s', (text, ns) => {
    expect(parseTimeNs(text)).toBe(ns);
  });

  it.each([
    ['soon', 'strconv.ParseInt: parsing "soon": invalid syntax'],
    ['1e9', 'strconv.ParseInt: parsing "1e9": invalid syntax'],
    ['2023-11-14', 'strconv.ParseInt: parsing "2023-11-14": invalid syntax'],
    ['2023-13-14T22:13:20Z', 'strconv.ParseInt: parsing "2023-13-14T22:13:20Z": invalid syntax'],
    ['99999999999999999999', 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
    ['99999999999999999999.5', 'strconv.ParseFloat: parsing "100000000000000000000": value out of range'],
  ])('%s is none', (text, message) => {
    expect(problem(() => parseTimeNs(text))).toBe(message);
  });
});

describe('a span', () => {
  it('is the last hour by default, or what since says, before the end when that lies in the past', () => {
    expect(spanOf(values({}), clock)).toEqual({ startNs: NOW_NS - HOUR, endNs: NOW_NS });
    expect(spanOf(values({}), clock, 6n * HOUR)).toEqual({ startNs: NOW_NS - 6n * HOUR, endNs: NOW_NS });
    expect(spanOf(values({ since: '5m' }), clock)).toEqual({ startNs: NOW_NS - 300n * SECOND, endNs: NOW_NS });
    expect(spanOf(values({ end: '1699990000', since: '1h30m' }), clock)).toEqual({
      startNs: NOW_NS - 10_000n * SECOND - 5_400n * SECOND,
      endNs: NOW_NS - 10_000n * SECOND,
    });
    expect(spanOf(values({ end: '1700001000' }), clock)).toEqual({ startNs: NOW_NS - HOUR, endNs: NOW_NS + 1_000n * SECOND });
    expect(spanOf(values({ start: '10', end: '20', since: '1m' }), clock)).toEqual({ startNs: 10n * SECOND, endNs: 20n * SECOND });
  });

  it('says which end it cannot read', () => {
    expect(problem(() => spanOf(values({ start: 'x' }), clock))).toBe(
      `could not parse 'start' parameter: strconv.ParseInt: parsing "x": invalid syntax`,
    );
    expect(problem(() => spanOf(values({ end: 'x' }), clock))).toMatch(/^could not parse 'end' parameter: /);
    expect(problem(() => spanOf(values({ since: 'x' }), clock))).toMatch(
      /^could not parse 'since' parameter: not a valid duration string: "x"/,
    );
  });
});

describe('a range', () => {
  const stepOf = (parameters: Record<string, string>) => rangeOf(values({ start: '0', end: '3600', ...parameters }), clock).stepNs;

  it('has a 250th of its length as step, in whole seconds', () => {
    expect(stepOf({})).toBe(14n * SECOND);
    expect(stepOf({ end: '100' })).toBe(SECOND);
    expect(stepOf({ end: '0' })).toBe(SECOND);
  });

  it.each([
    ['15', 15n * SECOND],
    ['0.5', SECOND / 2n],
    ['1m30s', 90n * SECOND],
    ['1e1', 10n * SECOND],
  ])('has the step %s', (step, ns) => {
    expect(stepOf({ step })).toBe(ns);
  });

  it.each([
    [{ step: 'x' }, 'cannot parse "x" to a valid duration'],
    [{ step: '1e20' }, 'cannot parse "1e20" to a valid duration. It overflows int64'],
    [{ step: '0' }, 'zero or negative query resolution step widths are not accepted. Try a positive integer'],
    [{ step: '-1' }, 'zero or negative query resolution step widths are not accepted. Try a positive integer'],
    [{ step: '0.1' }, 'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter'],
    [{ end: '-1' }, 'end timestamp must not be before or equal to start time'],
  ])('is refused with %j', (parameters, message) => {
    expect(problem(() => stepOf(parameters))).toBe(message);
  });
});

it('limit, direction, interval and time', () => {
  expect(limitOf(values({}))).toBe(100);
  expect(limitOf(values({ limit: '7' }))).toBe(7);
  expect(problem(() => limitOf(values({ limit: '0' })))).toBe('limit must be a positive value');
  expect(problem(() => limitOf(values({ limit: '1.5' })))).toBe('strconv.Atoi: parsing "1.5": invalid syntax');
  expect(directionOf(values({}))).toBe('backward');
  expect(directionOf(values({ direction: 'FORWARD' }))).toBe('forward');
  expect(problem(() => directionOf(values({ direction: 'up' })))).toBe("invalid direction 'up'");
  expect(intervalOf(values({}))).toBe(0n);
  expect(intervalOf(values({ interval: '2s' }))).toBe(2n * SECOND);
  expect(problem(() => intervalOf(values({ interval: '-2' })))).toBe('interval must be >= 0');
  expect(instantOf(values({}), clock)).toBe(NOW_NS);
  expect(instantOf(values({ time: '5' }), clock)).toBe(5n * SECOND);
  expect(problem(() => instantOf(values({ time: 'x' }), clock))).toBe('strconv.ParseInt: parsing "x": invalid syntax');
});
