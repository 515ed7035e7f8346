import { describe, expect, it } from 'vitest';
import { draftProblem, matchersFor, matcherText, operatorOf, parseSpan, type Silence, sortSilences, suppressionOf } from './silence.ts';

const DRAFT = {
  matchers: matchersFor({ job: 'api', alertname: 'APIDown' }),
  durationMs: 7_200_000,
  createdBy: 'ana',
  comment: 'moving it',
};

describe('matchersFor', () => {
  it('selects exactly the alert, its name first', () => {
    expect(matchersFor({ job: 'a"b', alertname: 'APIDown' }).map(matcherText)).toEqual(['alertname="APIDown"', 'job="a\\"b"']);
  });
});

describe('draftProblem', () => {
  it('accepts a full draft', () => {
    expect(draftProblem(DRAFT)).toBeUndefined();
  });

  it.each([
    [{ matchers: [] }, /at least one label/],
    [{ matchers: [{ name: 'job', operator: '=~', value: '.*' } as const] }, /at least one label/],
    [{ matchers: [...DRAFT.matchers, { name: ' ', operator: '=', value: 'x' } as const] }, /no label name/],
    [{ durationMs: 0 }, /how long/],
    [{ createdBy: ' ' }, /who/],
    [{ comment: '' }, /why/],
  ])('%j', (change, expected) => {
    expect(draftProblem({ ...DRAFT, ...change })).toMatch(expected);
  });
});

it('reads spans', () => {
  expect(parseSpan('1h30m')).toBe(5_400_000);
  expect(parseSpan('2 d')).toBe(172_800_000);
  expect(['', '5', 'x', '1h30', '-1h'].map(parseSpan)).toEqual([0, 0, 0, 0, 0]);
});

it('sorts active silences first', () => {
  const silence = (id: string, state: Silence['status']['state'], endsAt: string) => ({ id, status: { state }, endsAt }) as Silence;
  const sorted = sortSilences([
    silence('old', 'expired', '2026-01-01'),
    silence('soon', 'active', '2026-02-01'),
    silence('late', 'active', '2026-03-01'),
  ]);
  expect(sorted.map(({ id }) => id)).toEqual(['late', 'soon', 'old']);
});

it('tells why an alert notifies nobody, external labels apart', () => {
  const status = { state: 'suppressed', silencedBy: ['x'], inhibitedBy: [] };
  const suppressed = [{ labels: { alertname: 'A', site: 'lab' }, status }];
  expect(suppressionOf({ alertname: 'A' }, suppressed)).toBe('silenced');
  expect(suppressionOf({ alertname: 'A', job: 'b' }, suppressed)).toBeUndefined();
  expect(
    suppressionOf({ alertname: 'A' }, [{ labels: { alertname: 'A' }, status: { ...status, silencedBy: [], inhibitedBy: ['y'] } }]),
  ).toBe('inhibited');
  expect(suppressionOf({ alertname: 'A' }, [{ labels: { alertname: 'A' }, status: { ...status, silencedBy: [] } }])).toBe('muted');
});

it('reads operators', () => {
  expect(operatorOf({ name: 'a', value: 'b', isRegex: true, isEqual: false })).toBe('!~');
  expect(operatorOf({ name: 'a', value: 'b', isRegex: false })).toBe('=');
});
