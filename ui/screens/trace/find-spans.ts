import { searchTest } from '../../format/search.ts';
import type { SpanTree } from './span-tree.ts';

/** Everything of each span that can be looked for, in the order of the tree. Made once for a trace: it is as large as the trace. */
export function searchTexts({ nodes }: SpanTree): readonly string[] {
  return nodes.map(({ span }) => {
    const events = span.events.map(({ name, attributes }) => `${name} ${attributesText(attributes)}`).join(' ');
    return `${span.name} ${span.service} ${span.kind} ${span.spanId} ${span.status} ${span.statusMessage} ${attributesText(span.attributes)} ${attributesText(span.resource)} ${events}`;
  });
}

/** `name=value` for all: what a reader types is what attributes look like on the screen. */
function attributesText(attributes: Readonly<Record<string, unknown>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ');
}

/** Indexes of spans that hold every word, in the order of the tree; none for an empty search. */
export function findSpans(texts: readonly string[], search: string): readonly number[] {
  if (search.trim() === '') return [];
  const isFound = searchTest(search);
  return texts.flatMap((text, index) => (isFound(text) ? [index] : []));
}

/** The match after (1) or before (-1) a span, around the end; undefined without matches. */
export function nextMatch(matches: readonly number[], from: number, direction: 1 | -1): number | undefined {
  if (direction === 1) return matches.find((index) => index > from) ?? matches[0];
  return matches.findLast((index) => index < from) ?? matches.at(-1);
}
