import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { LineLabels } from './line-labels.ts';

describe('labels of a line', () => {
  const name = fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'a_extracted');
  const value = fc.constantFrom('', '1', '2', '3');
  const layer = fc.array(fc.tuple(name, value), { maxLength: 4 });

  it('are what three layers make of each other, line after line', () => {
    const line = fc.record({ stream: fc.nat(2), metadata: layer, set: layer, deleted: fc.array(name, { maxLength: 2 }) });
    fc.assert(
      fc.property(fc.array(layer, { minLength: 3, maxLength: 3 }), fc.array(line, { maxLength: 8 }), (streams, lines) => {
        const sets = streams.map((entries) => Labels.fromEntries(entries));
        const labels = new LineLabels();
        for (const { stream, metadata, set, deleted } of lines) {
          const base = sets[stream] as Labels;
          const meta = Labels.fromEntries(metadata);
          labels.reset(base, meta.flat);
          const expected = new Map([...base, ...meta]);
          for (const [key, text] of set) {
            labels.set(key, text);
            expected.set(key, text);
          }
          for (const key of deleted) {
            labels.delete(key);
            expected.delete(key);
          }
          const wanted = Labels.fromEntries(expected);
          expect(labels.labels().flat).toEqual(wanted.flat);
          expect(labels.names().sort()).toEqual([...wanted].map(([key]) => key));
          const isTouched = (key: string) => set.some(([other]) => other === key) || deleted.includes(key);
          expect(labels.parsed().flat).toEqual(Labels.fromEntries([...expected].filter(([key]) => isTouched(key))).flat);
          expect(labels.metadata().flat).toEqual(meta.flat.length === 0 ? [] : [...meta].filter(([key]) => !isTouched(key)).flat());
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are the same object for lines with the same labels', () => {
    const labels = new LineLabels();
    const stream = Labels.from({ app: 'x' });
    const of = (level: string) => {
      labels.reset(stream, []);
      labels.set('level', level);
      return labels.labels();
    };
    const first = of('info');
    expect(of('warn')).not.toBe(first);
    expect(of('info')).toBe(first);
    labels.reset(stream, []);
    expect(labels.labels()).toBe(stream);
  });

  it('have the last error of a line', () => {
    const labels = new LineLabels();
    labels.reset(Labels.EMPTY, []);
    labels.fail('JSONParserErr', 'a');
    labels.fail('LabelFilterErr', 'b');
    expect(labels.labels().toObject()).toEqual({ __error__: 'LabelFilterErr', __error_details__: 'b' });
    labels.reset(Labels.EMPTY, []);
    expect(labels.hasError()).toBe(false);
  });
});
