// A trace as a tree. Nodes stand in the order in which they are drawn: depth first, siblings by start; links are indexes into that order.
import type { TraceSpan, TraceView } from '@alidade/sdk/schema';

/** A span in its place. */
export interface SpanNode {
  readonly span: TraceSpan;
  /** Its own index in the order of the tree. */
  readonly index: number;
  /** Index of its parent, -1 for roots and orphans. */
  readonly parent: number;
  /** 0 for roots and orphans. */
  readonly depth: number;
  readonly children: readonly number[];
  /** Index after the last of its descendants. */
  readonly end: number;
  /** Names a parent that is not in the trace (or one of its own descendants). */
  readonly isOrphan: boolean;
  /** Failed spans below it. */
  readonly errorsBelow: number;
  /** Milliseconds in which none of its children ran. */
  readonly selfMs: number;
}

export interface SpanTree {
  readonly nodes: readonly SpanNode[];
  /** Indexes of roots, then of orphans. */
  readonly tops: readonly number[];
  readonly orphans: number;
  /** From the first start to the last end of all spans, Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Services by the number of their spans, most first. */
  readonly services: readonly { readonly service: string; readonly spans: number }[];
  readonly errors: number;
  /** Deepest level, counted from 1; 0 without spans. */
  readonly levels: number;
}

interface Draft {
  readonly span: TraceSpan;
  parent: Draft | undefined;
  readonly children: Draft[];
  isOrphan: boolean;
  isPlaced: boolean;
}

/** Builds the tree of any set of spans: missing parents, several roots, double ids and circles included. */
export function buildTree(view: TraceView): SpanTree {
  const drafts = view.spans.map((span): Draft => ({ span, parent: undefined, children: [], isOrphan: false, isPlaced: false }));
  const byId = new Map<string, Draft>();
  for (const draft of drafts) if (!byId.has(draft.span.spanId)) byId.set(draft.span.spanId, draft);
  const roots: Draft[] = [];
  const orphans: Draft[] = [];
  for (const draft of drafts) {
    const parent = draft.span.parentSpanId === '' ? undefined : byId.get(draft.span.parentSpanId);
    if (draft.span.parentSpanId === '') roots.push(draft);
    else if (parent === undefined || parent === draft) orphans.push(draft);
    else {
      draft.parent = parent;
      parent.children.push(draft);
    }
  }
  for (const { children } of drafts) children.sort(byStart);
  const order: { draft: Draft; depth: number }[] = [];
  const tops: Draft[] = [];
  const place = (top: Draft) => {
    tops.push(top);
    placeBelow(top, order);
  };
  for (const root of roots.sort(byStart)) place(root);
  for (const orphan of orphans.sort(byStart)) {
    orphan.isOrphan = true;
    place(orphan);
  }
  // What is left hangs in circles: each is cut where it starts first.
  for (const draft of drafts.toSorted(byStart)) {
    if (draft.isPlaced) continue;
    draft.isOrphan = true;
    if (draft.parent !== undefined) draft.parent.children.splice(draft.parent.children.indexOf(draft), 1);
    draft.parent = undefined;
    place(draft);
  }
  return treeOf(order, tops);
}

/** Depth first without recursion: a trace may be thousands of levels deep. */
function placeBelow(top: Draft, order: { draft: Draft; depth: number }[]): void {
  const waiting = [{ draft: top, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    next.draft.isPlaced = true;
    order.push(next);
    const { children } = next.draft;
    for (let at = children.length - 1; at >= 0; at--) waiting.push({ draft: children[at] as Draft, depth: next.depth + 1 });
  }
}

function treeOf(order: readonly { draft: Draft; depth: number }[], tops: readonly Draft[]): SpanTree {
  const indexOf = new Map(order.map(({ draft }, index) => [draft, index]));
  const ends = new Array<number>(order.length);
  const errorsBelow = new Array<number>(order.length).fill(0);
  for (let index = order.length - 1; index >= 0; index--) {
    const { draft } = order[index] as { draft: Draft };
    ends[index] = Math.max(index + 1, ends[index] ?? 0);
    const parent = draft.parent === undefined ? -1 : (indexOf.get(draft.parent) ?? -1);
    if (parent < 0) continue;
    ends[parent] = Math.max(ends[parent] ?? 0, ends[index] ?? 0);
    errorsBelow[parent] = (errorsBelow[parent] ?? 0) + (errorsBelow[index] ?? 0) + (draft.span.status === 'error' ? 1 : 0);
  }
  const nodes = order.map(
    ({ draft, depth }, index): SpanNode => ({
      span: draft.span,
      index,
      parent: draft.parent === undefined ? -1 : (indexOf.get(draft.parent) ?? -1),
      depth,
      children: draft.children.map((child) => indexOf.get(child) ?? -1),
      end: ends[index] ?? index + 1,
      isOrphan: draft.isOrphan,
      errorsBelow: errorsBelow[index] ?? 0,
      selfMs: selfTime(
        draft.span,
        draft.children.map(({ span }) => span),
      ),
    }),
  );
  const startMs = nodes.reduce((least, { span }) => Math.min(least, span.startMs), Number.POSITIVE_INFINITY);
  const endMs = nodes.reduce((most, { span }) => Math.max(most, endOf(span)), Number.NEGATIVE_INFINITY);
  return {
    nodes,
    tops: tops.map((top) => indexOf.get(top) ?? 0),
    orphans: tops.filter(({ isOrphan }) => isOrphan).length,
    startMs: nodes.length === 0 ? 0 : startMs,
    endMs: nodes.length === 0 ? 0 : endMs,
    services: countServices(nodes),
    errors: nodes.filter(({ span }) => span.status === 'error').length,
    levels: nodes.reduce((most, { depth }) => Math.max(most, depth + 1), 0),
  };
}

function byStart(a: Draft, b: Draft): number {
  return a.span.startMs - b.span.startMs || b.span.durationMs - a.span.durationMs || (a.span.spanId < b.span.spanId ? -1 : 1);
}

/** Duration less the time in which some child ran; `children` rise in start. */
function selfTime(span: TraceSpan, children: readonly TraceSpan[]): number {
  let busy = 0;
  let until = span.startMs;
  for (const child of children) {
    const from = Math.max(until, child.startMs);
    const to = Math.min(endOf(span), endOf(child));
    if (to <= from) continue;
    busy += to - from;
    until = to;
  }
  return Math.max(0, span.durationMs - busy);
}

function countServices(nodes: readonly SpanNode[]): SpanTree['services'] {
  const counts = new Map<string, number>();
  for (const { span } of nodes) counts.set(span.service, (counts.get(span.service) ?? 0) + 1);
  return [...counts].map(([service, spans]) => ({ service, spans })).sort((a, b) => b.spans - a.spans || (a.service < b.service ? -1 : 1));
}

/** When a span ended, Unix milliseconds. */
export function endOf(span: TraceSpan): number {
  return span.startMs + span.durationMs;
}

/** The span that stands for the trace: its root, else what started first. */
export function rootOf({ nodes, tops }: SpanTree): SpanNode | undefined {
  return nodes[tops[0] ?? -1];
}

/** A line of the waterfall. */
export type TreeRow = { readonly kind: 'span'; readonly node: SpanNode } | { readonly kind: 'orphans'; readonly count: number };

/** The rows in sight: without what is below collapsed spans, with a note above those whose parent is missing. */
export function visibleRows(tree: SpanTree, collapsed: ReadonlySet<number>): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  let hasNote = false;
  for (let index = 0; index < tree.nodes.length; ) {
    const node = tree.nodes[index] as SpanNode;
    if (node.isOrphan && !hasNote) {
      rows.push({ kind: 'orphans', count: tree.orphans });
      hasNote = true;
    }
    rows.push({ kind: 'span', node });
    index = collapsed.has(index) ? node.end : index + 1;
  }
  return rows;
}

/** Indexes of all ancestors, nearest first. */
export function ancestorsOf({ nodes }: SpanTree, index: number): readonly number[] {
  const found: number[] = [];
  for (let at = nodes[index]?.parent ?? -1; at >= 0; at = nodes[at]?.parent ?? -1) found.push(at);
  return found;
}
