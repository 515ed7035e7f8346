import { describe, expect, it } from 'vitest';
import { decodeSearch, encodeSearch } from '../../data/url-state.ts';
import { findSpans, nextMatch, searchTexts } from './find-spans.ts';
import { buildTree } from './span-tree.ts';
import { stackLines } from './stack-trace.ts';
import { span, view } from './testing/spans.ts';
import { tracePageParams } from './trace-url.ts';

describe('search within a trace', () => {
  const tree = buildTree(
    view([
      { ...span('a', '', 0, 1), attributes: { 'http.route': '/predict' } },
      { ...span('b', 'a', 0, 1), service: 'db', status: 'error' },
    ]),
  );
  const texts = searchTexts(tree);

  it('looks at names, services, attributes and status', () => {
    expect(findSpans(texts, 'http.route=/PREDICT')).toEqual([0]);
    expect(findSpans(texts, 'db error')).toEqual([1]);
    expect(findSpans(texts, 'do')).toEqual([0, 1]);
    expect(findSpans(texts, ' ')).toEqual([]);
  });

  it('goes around', () => {
    expect([nextMatch([2, 5], 2, 1), nextMatch([2, 5], 5, 1), nextMatch([2, 5], 2, -1), nextMatch([], 0, 1)]).toEqual([5, 2, 5, undefined]);
  });
});

describe('stackLines', () => {
  it('tells one’s own frames from those of libraries', () => {
    const text =
      'TypeError: x is not a function\n    at predict (/app/service.ts:10:5)\n    at run (/app/node_modules/fastify/x.js:1:1)\n    at node:internal/process:1\n';
    expect(stackLines(text).map(({ kind }) => kind)).toEqual(['message', 'own', 'library', 'library']);
    expect(stackLines('Traceback:\n  File "/app/a.py", line 3, in f\n    raise x').map(({ kind }) => kind)).toEqual([
      'message',
      'own',
      'message',
    ]);
  });
});

describe('the URL of a trace', () => {
  it('holds span, view, search and zoom', () => {
    const state = decodeSearch(tracePageParams, 'span=ab&view=table&find=x&zoom=1.5-20&from=now-1h');
    expect(state).toEqual({ span: 'ab', view: 'table', find: 'x', zoom: { fromMs: 1.5, toMs: 20 }, from: 'now-1h', to: '' });
    expect(encodeSearch(tracePageParams, state)).toBe('span=ab&view=table&find=x&zoom=1.5-20&from=now-1h');
    for (const zoom of ['5-1', 'x', '1', '1-1']) expect(decodeSearch(tracePageParams, `zoom=${zoom}`).zoom).toBeUndefined();
  });
});
