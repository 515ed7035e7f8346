// The critical path: what the trace waited for, from its end back to its start. Making anything else faster does not make the trace faster.
import { endOf, rootOf, type SpanTree } from './span-tree.ts';

/** A stretch of time in which the trace waited for this span itself. Unix milliseconds. */
export interface CriticalSegment {
  readonly index: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Segments of the root's tree from the first to the last; they follow each other without gap from the root's start to its end.
 * Going back from the end of a span, the child that ended last was waited for; what of a child lies outside its parent does not count.
 */
export function criticalPath(tree: SpanTree): readonly CriticalSegment[] {
  const root = rootOf(tree);
  if (root === undefined) return [];
  const segments: CriticalSegment[] = [];
  const add = (index: number, fromMs: number, toMs: number) => {
    if (toMs > fromMs) segments.push({ index, fromMs, toMs });
  };
  // One entry for each span that is being walked: how far back, and which of its children (by their end) come next.
  const first = walkOf(tree, root.index, root.span.startMs, endOf(root.span));
  const walks = [first];
  for (let walk = walks.at(-1); walk !== undefined; walk = walks.at(-1)) {
    const child = tree.nodes[walk.byEnd[walk.next] ?? -1];
    if (child === undefined) {
      add(walk.index, walk.startMs, walk.cursorMs);
      walks.pop();
      continue;
    }
    walk.next++;
    const startMs = Math.max(walk.startMs, child.span.startMs);
    const endMs = Math.min(walk.cursorMs, endOf(child.span));
    // One that ran on beside what has been counted was not waited for, unless nothing else was.
    const wasWaitedFor = endOf(child.span) <= walk.cursorMs || walk.cursorMs === walk.endMs;
    if (!wasWaitedFor || endMs <= startMs) continue;
    add(walk.index, endMs, walk.cursorMs);
    walk.cursorMs = startMs;
    walks.push(walkOf(tree, child.index, startMs, endMs));
  }
  return segments.sort((a, b) => a.fromMs - b.fromMs);
}

interface Walk {
  readonly index: number;
  readonly startMs: number;
  readonly endMs: number;
  cursorMs: number;
  readonly byEnd: readonly number[];
  next: number;
}

function walkOf({ nodes }: SpanTree, index: number, startMs: number, endMs: number): Walk {
  const end = (child: number) => {
    const node = nodes[child];
    return node === undefined ? 0 : endOf(node.span);
  };
  const byEnd = (nodes[index]?.children ?? []).toSorted((a, b) => end(b) - end(a));
  return { index, startMs, endMs, cursorMs: endMs, byEnd, next: 0 };
}

/** Segments by the index of their span, and how many milliseconds of the path each span has. */
export function segmentsBySpan(segments: readonly CriticalSegment[]): ReadonlyMap<number, readonly CriticalSegment[]> {
  const found = new Map<number, CriticalSegment[]>();
  for (const segment of segments) {
    const own = found.get(segment.index);
    if (own) own.push(segment);
    else found.set(segment.index, [segment]);
  }
  return found;
}
