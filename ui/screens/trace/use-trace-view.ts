// What of a trace is open, where the keyboard is, what was found; the chosen span and the search are in the URL.
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { findSpans, nextMatch, searchTexts } from './find-spans.ts';
import { ancestorsOf, type SpanTree, type TreeRow, visibleRows } from './span-tree.ts';
import type { TracePageState } from './trace-url.ts';

export interface TraceViewState {
  readonly rows: readonly TreeRow[];
  readonly collapsed: ReadonlySet<number>;
  /** Index of the span whose details are shown, -1 = none. */
  readonly chosen: number;
  /** Index of the span that the keyboard is on, -1 before the first key. */
  readonly active: number;
  readonly matches: readonly number[];
  readonly isMatch: ReadonlySet<number>;
  readonly showsPath: boolean;
  readonly choose: (index: number) => void;
  /** Moves the keyboard; the details follow when they are open. Opens what hides the span. */
  readonly activate: (index: number) => void;
  readonly toggle: (index: number) => void;
  readonly collapseAll: () => void;
  readonly expandAll: () => void;
  readonly goToMatch: (direction: 1 | -1) => void;
  readonly setShowsPath: (shows: boolean) => void;
}

const NONE: ReadonlySet<number> = new Set();

/** State of the page of one trace. */
export function useTraceView(
  tree: SpanTree,
  url: TracePageState,
  setUrl: (patch: Partial<TracePageState>, options?: { readonly replace?: boolean }) => void,
): TraceViewState {
  const chosen = useMemo(() => (url.span === '' ? -1 : tree.nodes.findIndex(({ span }) => span.spanId === url.span)), [tree, url.span]);
  const [collapsed, setCollapsed] = useState<ReadonlySet<number>>(NONE);
  const [active, setActive] = useState(chosen);
  const [showsPath, setShowsPath] = useState(true);
  // More spans have arrived: indexes mean other spans now.
  const [of, setOf] = useState(tree);
  if (of !== tree) {
    setOf(tree);
    setCollapsed(NONE);
    setActive(chosen);
  }
  const find = useDeferredValue(url.find);
  const isSearching = find.trim() !== '';
  const texts = useMemo(() => (isSearching ? searchTexts(tree) : []), [tree, isSearching]);
  const matches = useMemo(() => findSpans(texts, find), [texts, find]);
  const isMatch = useMemo(() => new Set(matches), [matches]);
  const rows = useMemo(() => visibleRows(tree, collapsed), [tree, collapsed]);

  const reveal = useCallback(
    (index: number) =>
      setCollapsed((now) => {
        const above = ancestorsOf(tree, index).filter((one) => now.has(one));
        return above.length === 0 ? now : new Set([...now].filter((one) => !above.includes(one)));
      }),
    [tree],
  );
  const choose = useCallback(
    (index: number) => {
      if (index >= 0) {
        setActive(index);
        reveal(index);
      }
      setUrl({ span: tree.nodes[index]?.span.spanId ?? '' }, { replace: true });
    },
    [tree, reveal, setUrl],
  );
  const activate = useCallback(
    (index: number) => {
      if (chosen >= 0) choose(index);
      else {
        setActive(index);
        reveal(index);
      }
    },
    [chosen, choose, reveal],
  );
  const toggle = useCallback(
    (index: number) =>
      setCollapsed((now) => {
        const next = new Set(now);
        if (!next.delete(index)) next.add(index);
        return next;
      }),
    [],
  );
  return {
    rows,
    collapsed,
    chosen,
    active,
    matches,
    isMatch,
    showsPath,
    choose,
    activate,
    toggle,
    collapseAll: () =>
      setCollapsed(new Set(tree.nodes.filter(({ children, depth }) => children.length > 0 && depth > 0).map(({ index }) => index))),
    expandAll: () => setCollapsed(NONE),
    goToMatch: (direction) => {
      const next = nextMatch(matches, active, direction);
      if (next !== undefined) activate(next);
    },
    setShowsPath,
  };
}
