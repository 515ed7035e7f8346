// A trace as a tree. Nodes stand in pre-order (a parent before its descendants), so what parents hand down or children hand up is
// found in one pass without recursion, however deep a trace is.
import type { Span } from '../../model/span.ts';

/** A span in its trace. */
export interface SpanNode {
  readonly span: Span;
  readonly trace: TraceTree;
  /** Undefined for a root, and for a span whose parent has not arrived. */
  readonly parent: SpanNode | undefined;
  readonly children: readonly SpanNode[];
  /** Position in `trace.nodes`. */
  readonly index: number;
  /** Numbers of the nested set model, from 1. */
  readonly nestedSetLeft: number;
  readonly nestedSetRight: number;
}

/** All spans of a trace that have arrived. */
export interface TraceTree {
  readonly traceId: string;
  /** In pre-order; siblings by start time. */
  readonly nodes: readonly SpanNode[];
  /** The first span without a parent; undefined while it has not arrived. */
  readonly root: Span | undefined;
  /** From the first start to the last end. */
  readonly startNs: bigint;
  readonly endNs: bigint;
}

interface MutableNode extends SpanNode {
  parent: MutableNode | undefined;
  children: MutableNode[];
  index: number;
  nestedSetLeft: number;
  nestedSetRight: number;
}

/** Builds the tree of the spans of one trace; there must be at least one. Spans whose parents form a circle become roots. */
export function buildTraceTree(spans: readonly Span[]): TraceTree {
  const nodes: SpanNode[] = [];
  const [first] = spans;
  if (!first) throw new Error('a trace without spans');
  const sorted = [...spans].sort((a, b) => compareNs(a.startNs, b.startNs));
  const trace = {
    traceId: first.traceId,
    nodes,
    root: sorted.find((span) => span.parentSpanId === ''),
    startNs: (sorted[0] as Span).startNs,
    endNs: lastEndNs(spans, first.endNs),
  };
  const all = sorted.map((span): MutableNode => {
    return { span, trace, parent: undefined, children: [], index: -1, nestedSetLeft: 0, nestedSetRight: 0 };
  });
  link(all);
  const number = createNumbering(nodes);
  for (const node of all) if (node.parent === undefined) number(node);
  for (const node of all) {
    if (node.index >= 0) continue;
    number(cutCircle(node));
  }
  return trace;
}

function link(nodes: readonly MutableNode[]): void {
  const byId = new Map<string, MutableNode>();
  for (const node of nodes) if (!byId.has(node.span.spanId)) byId.set(node.span.spanId, node);
  for (const node of nodes) {
    const parent = node.span.parentSpanId === '' ? undefined : byId.get(node.span.parentSpanId);
    if (!parent || parent === node) continue;
    node.parent = parent;
    parent.children.push(node);
  }
}

/** Makes a root of the first span of the circle that is above a node, or that it is part of. */
function cutCircle(node: MutableNode): MutableNode {
  const above = new Set<MutableNode>();
  let at = node;
  while (!above.has(at)) {
    above.add(at);
    at = at.parent as MutableNode;
  }
  let first = at;
  for (let other = at.parent as MutableNode; other !== at; other = other.parent as MutableNode)
    if (compareNs(other.span.startNs, first.span.startNs) < 0) first = other;
  const parent = first.parent as MutableNode;
  parent.children = parent.children.filter((child) => child !== first);
  first.parent = undefined;
  return first;
}

/** Gives a node and its descendants their places, appending them to `nodes`. */
function createNumbering(nodes: SpanNode[]): (root: MutableNode) => void {
  let next = 1;
  return (root) => {
    const open: { readonly node: MutableNode; child: number }[] = [];
    const enter = (node: MutableNode) => {
      node.index = nodes.length;
      node.nestedSetLeft = next++;
      nodes.push(node);
      open.push({ node, child: 0 });
    };
    enter(root);
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const child = top.node.children[top.child++];
      if (child) enter(child);
      else {
        top.node.nestedSetRight = next++;
        open.pop();
      }
    }
  };
}

function compareNs(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function lastEndNs(spans: readonly Span[], firstNs: bigint): bigint {
  let lastNs = firstNs;
  for (const { endNs } of spans) if (endNs > lastNs) lastNs = endNs;
  return lastNs;
}
