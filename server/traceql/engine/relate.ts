import type { SpanNode } from './trace-tree.ts';

/** What the right span is to the left one: child, descendant, parent, ancestor, sibling. */
export type Relation = '>' | '>>' | '<' | '<<' | '~';

/** The spans of `right` that stand in the relation to any of `left`. */
export function relate(relation: Relation, left: readonly SpanNode[], right: readonly SpanNode[]): ReadonlySet<SpanNode> {
  const from = new Set(left);
  switch (relation) {
    case '>':
      return keep(right, (node) => node.parent !== undefined && from.has(node.parent));
    case '<': {
      const parents = new Set(left.map((node) => node.parent));
      return keep(right, (node) => parents.has(node));
    }
    case '>>': {
      const below = descendantsOf(from, right);
      return keep(right, (node) => below.has(node));
    }
    case '<<': {
      const above = ancestorsOf(left);
      return keep(right, (node) => above.has(node));
    }
    case '~': {
      const children = new Map<SpanNode | undefined, number>();
      for (const { parent } of left) children.set(parent, (children.get(parent) ?? 0) + 1);
      return keep(right, (node) => node.parent !== undefined && (children.get(node.parent) ?? 0) > (from.has(node) ? 1 : 0));
    }
  }
}

function keep(nodes: readonly SpanNode[], test: (node: SpanNode) => boolean): ReadonlySet<SpanNode> {
  return new Set(nodes.filter(test));
}

/** Nodes stand in pre-order, so a parent is decided before its children. */
function descendantsOf(from: ReadonlySet<SpanNode>, right: readonly SpanNode[]): ReadonlySet<SpanNode> {
  const below = new Set<SpanNode>();
  const [first] = right;
  if (!first) return below;
  for (const node of first.trace.nodes) if (node.parent && (from.has(node.parent) || below.has(node.parent))) below.add(node);
  return below;
}

function ancestorsOf(nodes: readonly SpanNode[]): ReadonlySet<SpanNode> {
  const above = new Set<SpanNode>();
  for (const { parent } of nodes) for (let node = parent; node && !above.has(node); node = node.parent) above.add(node);
  return above;
}
