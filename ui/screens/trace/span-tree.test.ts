import type { TraceSpan } from '@alidade/sdk/schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { criticalPath, segmentsBySpan } from './critical-path.ts';
import { ancestorsOf, buildTree, endOf, rootOf, visibleRows } from './span-tree.ts';
import { span, view } from './testing/spans.ts';

const names = (spans: readonly TraceSpan[]) =>
  buildTree(view(spans)).nodes.map(({ span: { spanId }, depth }) => `${'.'.repeat(depth)}${spanId}`);

describe('buildTree', () => {
  it('puts children below their parents, by start', () => {
    expect(names([span('c', 'a', 5, 1), span('b', 'a', 1, 3), span('d', 'b', 2, 1), span('a', '', 0, 10)])).toEqual([
      'a',
      '.b',
      '..d',
      '.c',
    ]);
  });

  it('keeps what has no parent here, and cuts circles', () => {
    const tree = buildTree(
      view([
        span('a', '', 0, 10),
        span('o', 'gone', 2, 3),
        span('p', 'o', 2, 1),
        span('x', 'y', 4, 1),
        span('y', 'x', 5, 1),
        span('s', 's', 6, 1),
      ]),
    );
    expect(tree.nodes.map((node) => [node.span.spanId, node.depth, node.isOrphan])).toEqual([
      ['a', 0, false],
      ['o', 0, true],
      ['p', 1, false],
      ['s', 0, true],
      ['x', 0, true],
      ['y', 1, false],
    ]);
    expect(tree.orphans).toBe(3);
    expect(rootOf(tree)?.span.spanId).toBe('a');
    expect(visibleRows(tree, new Set()).findIndex(({ kind }) => kind === 'orphans')).toBe(1);
  });

  it('shows every span of a double id once', () => {
    expect(names([span('a', '', 0, 10), span('b', 'a', 1, 2), span('b', 'a', 1, 1), span('c', 'b', 1, 1)])).toEqual([
      'a',
      '.b',
      '..c',
      '.b',
    ]);
  });

  it('counts services, errors, levels and own time', () => {
    const spans = [
      span('a', '', 0, 10),
      { ...span('b', 'a', 1, 4), service: 'db' },
      { ...span('c', 'a', 3, 4), service: 'db', status: 'error' as const },
      span('d', 'c', 4, 1),
    ];
    const tree = buildTree(view(spans));
    expect(tree.services).toEqual([
      { service: 'api', spans: 2 },
      { service: 'db', spans: 2 },
    ]);
    expect([tree.errors, tree.levels, tree.startMs, tree.endMs]).toEqual([1, 3, 0, 10]);
    expect(tree.nodes.map(({ selfMs }) => selfMs)).toEqual([4, 4, 3, 1]);
    expect(tree.nodes.map(({ errorsBelow }) => errorsBelow)).toEqual([1, 0, 0, 0]);
    expect(ancestorsOf(tree, 3)).toEqual([2, 0]);
  });

  it('stands a chain of ten thousand', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) =>
      span(`s${index}`, index === 0 ? '' : `s${index - 1}`, index / 10, 2_000 - index / 10),
    );
    const tree = buildTree(view(chain));
    expect(tree.levels).toBe(10_000);
    expect(tree.nodes[0]?.end).toBe(10_000);
    expect(visibleRows(tree, new Set([1]))).toHaveLength(2);
    expect(criticalPath(tree).length).toBeGreaterThan(9_000);
  });

  it('loses nothing, whatever the spans are', () => {
    fc.assert(
      fc.property(anySpans, fc.array(fc.nat(30)), (spans, collapsed) => {
        const tree = buildTree(view(spans));
        expect(new Set(tree.nodes.map((node) => node.span))).toEqual(new Set(spans));
        for (const node of tree.nodes) {
          expect(node.selfMs).toBeGreaterThanOrEqual(0);
          expect(node.selfMs).toBeLessThanOrEqual(node.span.durationMs + 1e-9);
          for (const child of node.children) {
            expect(tree.nodes[child]?.parent).toBe(node.index);
            expect(tree.nodes[child]?.depth).toBe(node.depth + 1);
            expect(child).toBeLessThan(node.end);
          }
        }
        const hidden = new Set(collapsed);
        for (const row of visibleRows(tree, hidden)) {
          if (row.kind === 'span') expect(ancestorsOf(tree, row.node.index).some((one) => hidden.has(one))).toBe(false);
        }
      }),
    );
  });
});

describe('criticalPath', () => {
  it('goes back from the end through the child that ended last', () => {
    const tree = buildTree(
      view([span('a', '', 0, 100), span('b', 'a', 10, 30), span('c', 'a', 20, 70), span('d', 'c', 30, 20), span('e', 'c', 60, 20)]),
    );
    const path = criticalPath(tree).map(({ index, fromMs, toMs }) => [tree.nodes[index]?.span.spanId, fromMs, toMs]);
    expect(path).toEqual([
      ['a', 0, 20],
      ['c', 20, 30],
      ['d', 30, 50],
      ['c', 50, 60],
      ['e', 60, 80],
      ['c', 80, 90],
      ['a', 90, 100],
    ]);
  });

  it('counts only what of a child lies inside its parent', () => {
    const tree = buildTree(view([span('a', '', 0, 10), span('late', 'a', 5, 50)]));
    expect(criticalPath(tree).map(({ index, toMs }) => [index, toMs])).toEqual([
      [0, 5],
      [1, 10],
    ]);
  });

  it('covers the root without gap or overlap', () => {
    fc.assert(
      fc.property(anySpans, (spans) => {
        const tree = buildTree(view(spans));
        const root = rootOf(tree);
        const path = criticalPath(tree);
        if (root === undefined || root.span.durationMs === 0) {
          expect(path).toEqual([]);
          return;
        }
        let at = root.span.startMs;
        for (const { fromMs, toMs } of path) {
          expect(fromMs).toBe(at);
          at = toMs;
        }
        expect(at).toBe(endOf(root.span));
        const own = [...segmentsBySpan(path).values()].flat();
        expect(own).toHaveLength(path.length);
      }),
    );
  });
});

const anySpans = fc.array(
  fc
    .record({ id: fc.nat(30), parent: fc.option(fc.nat(34)), start: fc.nat(100), duration: fc.nat(100) })
    .map(({ id, parent, start, duration }) => span(`s${id}`, parent === null ? '' : `s${parent}`, start, duration)),
  { maxLength: 40 },
);
