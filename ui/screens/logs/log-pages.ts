// The lines on screen, put together from several answers. An answer holds whole milliseconds up to its limit: the API counts in milliseconds,
// lines in nanoseconds. What an answer says about a span of time replaces what was known about it, so nothing stands there twice.
import type { LogLine, LogLines } from '@alidade/sdk/schema';
import { type ReadLine, readLine } from './log-line.ts';

export type LogDirection = 'backward' | 'forward';

/** Lines in the direction of the query. */
export interface LogPage {
  readonly lines: readonly ReadLine[];
  /** More lines lie beyond the last one. */
  readonly isCut: boolean;
}

/** Lines asked for at once. */
export const PAGE_LINES = 500;
/** More lines than this are not kept on screen. */
export const MOST_LINES = 10_000;

/** An answer as a page. */
export function pageOf({ lines, isCut }: LogLines): LogPage {
  return { lines: readLines(lines), isCut };
}

/** Lines read; the keys of lines that are the same in every respect are counted on. */
function readLines(lines: readonly LogLine[]): readonly ReadLine[] {
  const seen = new Map<string, number>();
  return lines.map((line) => {
    const read = readLine(line);
    const repeat = seen.get(read.key) ?? 0;
    seen.set(read.key, repeat + 1);
    return repeat === 0 ? read : readLine(line, repeat);
  });
}

/** The part of the range that is not loaded yet, beyond the last line: its millisecond is asked for again. */
export function spanBeyond(
  { lines }: LogPage,
  direction: LogDirection,
  range: { readonly fromMs: number; readonly toMs: number },
): { readonly fromMs: number; readonly toMs: number } {
  const last = lines.at(-1);
  if (last === undefined) return range;
  return direction === 'backward' ? { fromMs: range.fromMs, toMs: last.timeMs + 1 } : { fromMs: last.timeMs, toMs: range.toMs };
}

/** With the answer for `spanBeyond` at the end. */
export function appendPage(page: LogPage, more: LogPage, direction: LogDirection): LogPage {
  const edge = page.lines.at(-1)?.timeMs;
  if (edge === undefined) return more;
  const kept = page.lines.filter(({ timeMs }) => (direction === 'backward' ? timeMs > edge : timeMs < edge));
  return { lines: [...kept, ...more.lines], isCut: more.isCut };
}

/** Lines may arrive a little late: a tail asks for this much again. */
const LATE_MS = 10_000;

/** From when on a tail asks; undefined when there is nothing to go on from. */
export function tailFrom({ lines }: LogPage, direction: LogDirection): number | undefined {
  const newest = direction === 'backward' ? lines[0] : lines.at(-1);
  return newest && newest.timeMs - LATE_MS;
}

/** With the newest lines, which were asked for from `fromMs` on; at most `most` lines stay, those furthest in the past go first. */
export function mergeTail(page: LogPage, tail: LogPage, fromMs: number, direction: LogDirection, most = MOST_LINES): LogPage {
  if (direction === 'forward') {
    const lines = [...page.lines.filter(({ timeMs }) => timeMs < fromMs), ...tail.lines];
    return { lines: lines.slice(-most), isCut: page.isCut };
  }
  const lines = [...tail.lines, ...page.lines.filter(({ timeMs }) => timeMs < fromMs)];
  return { lines: lines.slice(0, most), isCut: page.isCut || lines.length > most };
}

/** Whether the line with this key lies beyond the last one of a page that is cut: a link to a line brings it onto the screen. */
export function isBeyond({ lines, isCut }: LogPage, key: string, direction: LogDirection): boolean {
  const last = lines.at(-1);
  const wantedNs = /^(\d{7,20})-/.exec(key)?.[1];
  if (!isCut || last === undefined || wantedNs === undefined) return false;
  const wantedMs = Number(wantedNs.slice(0, -6));
  const isPast = direction === 'backward' ? wantedMs <= last.timeMs : wantedMs >= last.timeMs;
  return isPast && lines.every((line) => line.key !== key);
}
