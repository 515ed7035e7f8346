// Lines of the engine, stream by stream → LogLines, over all streams in order of time.
import type { LogLevel, LogLine } from '@alidade/sdk/schema';
import type { ResultEntry, ResultStream } from '../../logql/query.ts';
import type { Labels } from '../../model/labels.ts';

/** In order of severity. */
export const LOG_LEVELS: readonly LogLevel[] = ['fatal', 'critical', 'error', 'warn', 'info', 'debug', 'trace', 'unknown'];
/** The label that the engine adds with `detectLevel`. */
export const LEVEL_LABEL = 'detected_level';

/** The level that a text names; anything else is `unknown`. */
export function levelOf(text: string): LogLevel {
  const level = text.toLowerCase() as LogLevel;
  return LOG_LEVELS.includes(level) ? level : 'unknown';
}

/** All lines, newest or oldest first; equal times in the order of their streams. */
export function linesInOrder(streams: readonly ResultStream[], direction: 'forward' | 'backward'): LogLine[] {
  const sign = direction === 'forward' ? 1 : -1;
  return streams
    .flatMap(({ labels, entries }) => {
      // Lines of one answer share few label sets.
      const parts = new Map<Labels, Map<Labels, LogLine['stream']>>();
      return entries.map((entry) => ({ entry, level: levelOf(labels.get(LEVEL_LABEL)), stream: streamOf(labels, entry, parts) }));
    })
    .sort(({ entry: a }, { entry: b }) => (a.timestampNs === b.timestampNs ? 0 : a.timestampNs < b.timestampNs ? -sign : sign))
    .map(({ entry, level, stream }) => ({
      timestampNs: String(entry.timestampNs),
      line: entry.line,
      level,
      stream,
      metadata: entry.metadata.toObject(),
      parsed: entry.parsed.drop(ADDED).toObject(),
    }));
}

const ADDED: ReadonlySet<string> = new Set([LEVEL_LABEL]);

/** The labels of the stream itself: neither those of the line, nor parsed ones, nor the level that the engine found. */
function streamOf(
  labels: Labels,
  { metadata, parsed }: ResultEntry,
  known: Map<Labels, Map<Labels, LogLine['stream']>>,
): LogLine['stream'] {
  const found = known.get(metadata)?.get(parsed);
  if (found) return found;
  const others = new Set(ADDED);
  for (const set of [metadata, parsed]) for (const [name] of set) others.add(name);
  const stream = labels.drop(others).toObject();
  const byParsed = known.get(metadata) ?? new Map<Labels, LogLine['stream']>();
  known.set(metadata, byParsed.set(parsed, stream));
  return stream;
}
