// The parameter `interval` of log queries: a line is answered only when it is at least so far from the line answered before it.
import type { LogQueryEngine, LogQueryResult, LogQueryStats, LogRangeQuery, ResultEntry, ResultStream } from '../../logql/query.ts';
import type { Labels } from '../../model/labels.ts';

/** Asks the engine page by page until `query.limit` lines are that far apart, or there are no more. */
export async function spacedLines(
  engine: LogQueryEngine,
  query: LogRangeQuery,
  intervalNs: bigint,
  pageLines: number,
): Promise<LogQueryResult> {
  const isForward = query.direction === 'forward';
  const chosen: Line[] = [];
  let { startNs, endNs } = query;
  let stats: LogQueryStats = { linesProcessed: 0, bytesProcessed: 0, linesMatched: 0, streams: 0, seconds: 0 };
  const warnings = new Set<string>();
  for (;;) {
    const page = await engine.range({ ...query, startNs, endNs, limit: pageLines });
    stats = added(stats, page.stats);
    for (const warning of page.warnings) warnings.add(warning);
    const lines = page.value.type === 'streams' ? inOrder(page.value.streams, isForward) : [];
    for (const line of lines) {
      const { timestampNs } = line.entry;
      const last = chosen.at(-1)?.entry.timestampNs;
      const gapNs = last === undefined ? intervalNs : isForward ? timestampNs - last : last - timestampNs;
      if (gapNs >= intervalNs && chosen.length < query.limit) chosen.push(line);
    }
    const last = chosen.at(-1)?.entry.timestampNs;
    if (lines.length < pageLines || chosen.length === query.limit || last === undefined) break;
    // Everything nearer has been seen or may not be answered.
    if (isForward) startNs = last + intervalNs;
    else endNs = last - intervalNs + 1n;
    if (startNs >= endNs) break;
  }
  return { value: { type: 'streams', streams: byLabels(chosen) }, stats, warnings: [...warnings] };
}

interface Line {
  readonly labels: Labels;
  readonly entry: ResultEntry;
}

function inOrder(streams: readonly ResultStream[], isForward: boolean): readonly Line[] {
  const sign = isForward ? 1 : -1;
  return streams
    .flatMap(({ labels, entries }) => entries.map((entry) => ({ labels, entry })))
    .sort((a, b) => (a.entry.timestampNs === b.entry.timestampNs ? 0 : a.entry.timestampNs < b.entry.timestampNs ? -sign : sign));
}

function byLabels(lines: readonly Line[]): readonly ResultStream[] {
  const groups = new Map<string, { readonly labels: Labels; readonly entries: ResultEntry[] }>();
  for (const { labels, entry } of lines) {
    const group = groups.get(labels.key());
    if (group) group.entries.push(entry);
    else groups.set(labels.key(), { labels, entries: [entry] });
  }
  return [...groups.values()].sort((a, b) => a.labels.compare(b.labels));
}

function added(a: LogQueryStats, b: LogQueryStats): LogQueryStats {
  return {
    linesProcessed: a.linesProcessed + b.linesProcessed,
    bytesProcessed: a.bytesProcessed + b.bytesProcessed,
    linesMatched: a.linesMatched + b.linesMatched,
    streams: Math.max(a.streams, b.streams),
    seconds: a.seconds + b.seconds,
  };
}
