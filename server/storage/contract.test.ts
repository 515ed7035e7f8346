// The contract of state and exemplars, on every implementation. Metrics, logs and traces have their own files.
import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import type { Exemplar } from './store.ts';
import { chdb, memory, useStore } from './testing/implementations.ts';

describe.each([memory, chdb('chdb')])('$name', (implementation) => {
  const { open, reopen, current } = useStore(implementation);

  it('keeps state', async () => {
    const { state } = await open();
    await state.put('silences', 'a', '{"x":1}');
    await state.put('silences', 'a', '{"x":2}');
    await state.put('silences', 'b', '"ü"');
    await state.put('other', 'a', '3');
    await state.delete('silences', 'b');
    await state.delete('silences', 'never');
    for (const next of [async () => current(), () => reopen()]) {
      const from = await next();
      expect(await from.state.get('silences', 'a')).toBe('{"x":2}');
      expect(await from.state.get('silences', 'b')).toBeUndefined();
      expect(await from.state.entries('silences')).toEqual(new Map([['a', '{"x":2}']]));
      expect(await from.state.entries('none')).toEqual(new Map());
    }
    await current().state.put('silences', 'b', '4');
    expect(await (await reopen()).state.entries('silences')).toEqual(
      new Map([
        ['a', '{"x":2}'],
        ['b', '4'],
      ]),
    );
  });

  it('keeps the newest exemplars', async () => {
    const { exemplars } = await open({ maxExemplars: 4 });
    const series = (id: string) => Labels.from({ __name__: 'm', id });
    const exemplar = (timestampMs: number, value = 1): Exemplar => ({
      labels: Labels.from({ trace_id: `t${timestampMs}` }),
      value,
      timestampMs,
    });
    expect(exemplars.append(series('b'), exemplar(10))).toBe(true);
    expect(exemplars.append(series('b'), exemplar(10))).toBe(false);
    expect(exemplars.append(series('b'), exemplar(10, 2))).toBe(true);
    expect(exemplars.append(series('b'), exemplar(9))).toBe(false);
    expect(exemplars.append(series('a'), exemplar(5))).toBe(true);
    const found = (startMs: number, endMs: number, id = '.*') =>
      exemplars
        .select([[{ type: '=~', name: 'id', value: id }]], startMs, endMs)
        .map(({ seriesLabels, exemplars: list }) => [seriesLabels.get('id'), ...list.map(({ timestampMs }) => timestampMs)]);
    expect(found(5, 10)).toEqual([
      ['a', 5],
      ['b', 10, 10],
    ]);
    expect(found(6, 10)).toEqual([['b', 10, 10]]);
    expect(found(0, 100, 'a')).toEqual([['a', 5]]);
    expect(exemplars.select([], 0, 100)).toHaveLength(2);
    for (const at of [20, 21, 22]) exemplars.append(series('c'), exemplar(at));
    expect(found(0, 100)).toEqual([
      ['a', 5],
      ['c', 20, 21, 22],
    ]);
    exemplars.append(series('a'), exemplar(30));
    for (const at of [31, 32, 33]) exemplars.append(series('a'), exemplar(at));
    expect(found(0, 100)).toEqual([['a', 30, 31, 32, 33]]);
  });
});
