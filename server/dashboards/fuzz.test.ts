import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../model/app-error.ts';
import { readDashboard } from './dashboard.ts';
import { locateJsonError } from './json-error.ts';
import { fillVariables } from './variables.ts';

const KEYS = [
  ...[
    'panels',
    'rows',
    'gridPos',
    'x',
    'y',
    'w',
    'h',
    'type',
    'title',
    'targets',
    'expr',
    'refId',
    'datasource',
    'uid',
    'options',
    'fieldOptions',
  ],
  ...[
    'fieldConfig',
    'defaults',
    'overrides',
    'thresholds',
    'steps',
    'mappings',
    'value',
    'text',
    'templating',
    'list',
    'name',
    'query',
    'current',
  ],
  ...['span', 'height', 'yaxes', 'legend', 'gauge', 'valueMaps', 'aliasColors', 'properties', 'id', 'calcs', 'tags', 'time', 'from', 'to'],
];
const leaf = fc.oneof(
  fc.constantFrom('graph', 'singlestat', 'row', 'stat', 'text', 'query', '1', '', '50,80', null, true, 0, -5, 1e99, Number.NaN),
  fc.string(),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    leaf,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('json')),
  ),
}));

describe('whatever a file holds', () => {
  it('is a dashboard that can be sent, or an error of ours', () => {
    const source = { datasources: [], uid: 'u', title: 't' };
    fc.assert(
      fc.property(fc.array(json), fc.boolean(), fc.dictionary(fc.constantFrom(...KEYS), json), (list, isOld, rest) => {
        try {
          const { dashboard } = readDashboard({ ...rest, ...(isOld ? { rows: list } : { panels: list }) }, source);
          expect(dashboard.panels.every(({ gridPos: { x, w } }) => x >= 0 && x + w <= 24)).toBe(true);
          expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
          expect(() => JSON.stringify(dashboard)).not.toThrow();
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has its first error where JSON.parse finds it', () => {
    const edit = fc.tuple(fc.nat(), fc.constantFrom('', ',', '}', ']', '"', ':', '{', '[', 'x', '0', '\\', '\n', '-', '.', 'e', 'true'));
    fc.assert(
      fc.property(fc.json(), fc.array(edit, { minLength: 1, maxLength: 3 }), (valid, edits) => {
        const text = edits.reduce(
          (now, [at, piece]) => now.slice(0, at % (now.length + 1)) + piece + now.slice((at % (now.length + 1)) + 1),
          valid,
        );
        let message = '';
        try {
          JSON.parse(text);
          return;
        } catch (error) {
          message = (error as Error).message;
        }
        const { line, column } = locateJsonError(text);
        const lines = text.split('\n');
        const offset = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0) + column - 1;
        expect(offset).toBeLessThanOrEqual(text.length);
        const position = /at position (\d+)/.exec(message)?.[1];
        // Ours names the beginning of a bad string or word, JSON.parse the character within.
        if (position !== undefined) expect(offset).toBeLessThanOrEqual(Number(position));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never breaks the filling of variables', () => {
    const values = { a: 'x', b: ['y', 'z'], c: ['$__all'], d: [] as string[] };
    fc.assert(
      fc.property(fc.stringMatching(/^[${}[\]:abcd"=~ .\w]{0,40}$/), (text) => {
        expect(typeof fillVariables(text, values)).toBe('string');
      }),
    );
  });
});
