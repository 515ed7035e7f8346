// What a query looks for, marked in the lines that it found.
import { splitQuery, stringEnd, unquote } from './query-text.ts';

/** One text to mark in lines. */
export interface Highlight {
  readonly text: string;
  readonly ignoreCase: boolean;
}

/** What the line filters of a query look for; patterns only where they are plain text. */
export function highlightsOf(query: string): readonly Highlight[] {
  const stages = splitQuery(query)?.stages ?? [];
  return stages.filter(({ kind, text }) => kind === 'line' && /^\|[=~]/.test(text)).flatMap(({ text }) => textsOf(text));
}

function textsOf(stage: string): readonly Highlight[] {
  const isPattern = stage.startsWith('|~');
  const found: Highlight[] = [];
  let at = 2;
  while (at < stage.length) {
    const to = stringEnd(stage, at);
    if (to === undefined) {
      at += 1;
      continue;
    }
    found.push(...(isPattern ? plainPattern(unquote(stage.slice(at, to))) : [{ text: unquote(stage.slice(at, to)), ignoreCase: false }]));
    at = to;
  }
  return found.filter(({ text }) => text !== '');
}

/** `(?i)error|failed` as two texts; nothing for patterns that are more than alternatives. */
function plainPattern(pattern: string): readonly Highlight[] {
  const ignoreCase = pattern.startsWith('(?i)');
  const body = ignoreCase ? pattern.slice(4) : pattern;
  if (/[.*+?^$()[\]{}\\]/.test(body)) return [];
  return body.split('|').map((text) => ({ text, ignoreCase }));
}

/** A piece of a line; hits are what the query looked for. */
export interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

/** A text cut at its hits, in order. */
export function markHits(text: string, highlights: readonly Highlight[]): readonly Piece[] {
  if (highlights.length === 0) return [{ text, isHit: false }];
  const lower = text.toLowerCase();
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const next = nearestHit(text, lower, highlights, at);
    if (next === undefined) break;
    if (next.from > at) pieces.push({ text: text.slice(at, next.from), isHit: false });
    pieces.push({ text: text.slice(next.from, next.to), isHit: true });
    at = next.to;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isHit: false });
  return pieces;
}

function nearestHit(text: string, lower: string, highlights: readonly Highlight[], at: number): { from: number; to: number } | undefined {
  let best: { from: number; to: number } | undefined;
  for (const { text: wanted, ignoreCase } of highlights) {
    // Lower case may be longer than the text in a few alphabets: then case decides.
    const isFolded = ignoreCase && lower.length === text.length;
    const from = isFolded ? lower.indexOf(wanted.toLowerCase(), at) : text.indexOf(wanted, at);
    if (from >= 0 && (best === undefined || from < best.from)) best = { from, to: from + wanted.length };
  }
  return best;
}
