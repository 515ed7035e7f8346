import { describe, expect, it } from 'vitest';
import { exploreLink } from '../../data/links.ts';
import { decodeSearch, encodeSearch } from '../../data/url-state.ts';
import { onGrid, timesOf, toNumber } from './explore-query.ts';
import { exploreParams } from './explore-url.ts';
import { loadHistory, remember, saveHistory } from './query-history.ts';
import { addRow, changeRow, duplicateRow, placeExpression, removeRow, rowLetter, rowsFrom, rowsInUrl, runAll } from './query-rows.ts';
import { commonLabels, labelColumns, seriesName } from './series-name.ts';
import { spanFor } from './step.ts';

describe('the URL', () => {
  it('reads what links are made of', () => {
    const search = exploreLink(['up', 'rate(x{a="b&c"}[5m])'], { from: 'now-1h', to: 'now' }).split('?')[1] ?? '';
    expect(decodeSearch(exploreParams, search)).toEqual({
      q: ['up', 'rate(x{a="b&c"}[5m])'],
      hide: [],
      view: 'graph',
      table: 'instant',
      stacked: false,
      step: '',
      exemplars: 'on',
    });
  });

  it('holds no defaults, and keeps the parameters of others', () => {
    const state = { q: ['up'], hide: ['0'], view: 'table', table: 'range', stacked: false, step: '15s', exemplars: 'off' } as const;
    const search = encodeSearch(exploreParams, state, 'from=now-1h');
    expect(search).toBe('from=now-1h&q=up&hide=0&view=table&table=range&step=15s&exemplars=off');
    expect(decodeSearch(exploreParams, search)).toEqual(state);
  });
});

describe('rows', () => {
  it('begin with one to type into', () => {
    expect(rowsFrom({ q: [], hide: [] })).toEqual([{ id: 0, text: '', ran: '', isHidden: false }]);
  });

  it('go into the URL as they ran, without empty ones', () => {
    const typed = changeRow(addRow(addRow(rowsFrom({ q: ['up', 'down'], hide: ['1'] })), 'x'), 0, { text: 'up == 0' });
    expect(rowsInUrl(typed)).toEqual({ q: ['up', 'down', 'x'], hide: ['1'] });
    expect(rowsInUrl(runAll(typed)).q).toEqual(['up == 0', 'down', 'x']);
    expect(rowsFrom(rowsInUrl(runAll(typed))).map(({ isHidden }) => isHidden)).toEqual([false, true, false]);
  });

  it('are duplicated in place and removed, the last one emptied', () => {
    const rows = duplicateRow(rowsFrom({ q: ['a', 'b'], hide: [] }), 0);
    expect(rows.map(({ text }) => text)).toEqual(['a', 'a', 'b']);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(3);
    expect(removeRow(rowsFrom({ q: ['a'], hide: [] }), 0)).toMatchObject([{ text: '', ran: '' }]);
  });

  it('take an expression where the reader is, and never overwrite one', () => {
    expect(placeExpression(rowsFrom({ q: [], hide: [] }), 0, 'up').map(({ ran }) => ran)).toEqual(['up']);
    expect(placeExpression(rowsFrom({ q: ['a'], hide: [] }), 0, 'up').map(({ ran }) => ran)).toEqual(['a', 'up']);
  });

  it('have letters', () => {
    expect([0, 25, 26, 27, 52].map(rowLetter)).toEqual(['A', 'Z', 'AA', 'AB', 'BA']);
  });
});

describe('spanFor', () => {
  const HOUR = 3_600_000;

  it('lays about one step on a pixel and a half, on a round grid inside the range', () => {
    expect(spanFor({ fromMs: 1_001, toMs: HOUR + 1_001 }, '', 1_100)).toEqual({ startMs: 5_000, endMs: HOUR, stepMs: 5_000 });
    expect(spanFor({ fromMs: 0, toMs: 24 * HOUR }, '', 1_100).stepMs).toBe(120_000);
    expect(spanFor({ fromMs: 0, toMs: 365 * 24 * HOUR }, '', 1_100).stepMs).toBe(12 * HOUR);
  });

  it('obeys the reader', () => {
    expect(spanFor({ fromMs: 0, toMs: HOUR }, '1m', 1_100).stepMs).toBe(60_000);
  });
});

describe('answers', () => {
  const span = { startMs: 10_000, endMs: 40_000, stepMs: 10_000 };

  it('are placed on the steps, gaps stay gaps', () => {
    expect(
      onGrid(
        [
          [10, '1'],
          [30, 'NaN'],
          [40, '+Inf'],
          [50, '9'],
        ],
        span,
      ),
    ).toEqual([1, null, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(timesOf(span)).toEqual([10_000, 20_000, 30_000, 40_000]);
    expect(toNumber('-Inf')).toBe(Number.NEGATIVE_INFINITY);
  });

  it('are named by what tells them apart', () => {
    const series = [
      { __name__: 'up', job: 'api', instance: 'a' },
      { __name__: 'up', job: 'api', instance: 'b' },
    ];
    const common = commonLabels(series);
    expect(common).toEqual({ job: 'api' });
    expect(series.map((labels) => seriesName(labels, common, 'x'))).toEqual(['up{instance="a"}', 'up{instance="b"}']);
    expect(seriesName({}, {}, 'sum(up)')).toBe('sum(up)');
    expect(commonLabels([{ job: 'api' }])).toEqual({});
    expect(labelColumns([...series, { zone: 'z' }])).toEqual(['__name__', 'instance', 'job', 'zone']);
  });
});

describe('history', () => {
  it('keeps the newest first, once each', () => {
    expect(remember(['up', 'a'], [' b ', 'up', ''])).toEqual(['b', 'up', 'a']);
    expect(
      remember(
        Array.from({ length: 60 }, (_, i) => `q${i}`),
        ['x'],
      ),
    ).toHaveLength(40);
  });

  it('survives what it did not write', () => {
    expect(loadHistory({ getItem: () => '{"a":1}' })).toEqual([]);
    expect(loadHistory({ getItem: () => '["up",5]' })).toEqual(['up']);
    expect(loadHistory({ getItem: () => 'x' })).toEqual([]);
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    saveHistory(storage, ['up']);
    expect(loadHistory(storage)).toEqual(['up']);
    saveHistory(storage, []);
    expect(kept.size).toBe(0);
  });
});
