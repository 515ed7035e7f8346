import type { Labels } from '../../model/labels.ts';
import type { LogStream } from '../../model/log-entry.ts';
import { throwIfAborted, tooManySamples } from '../errors.ts';
import { compileLineFilters } from '../line-filter.ts';
import { type LogRow, toLogBlock } from '../log-blocks.ts';
import { compileMatcherSets, compileMatchers } from '../matching.ts';
import type { LogBlock, LogLabelQuery, LogSelection, LogStore, ReadLimits } from '../store.ts';

const ROWS_IN_BLOCK = 1_000;

/** The reference implementation of logs: one array in order of arrival. */
export class MemoryLogStore implements LogStore {
  #rows: LogRow[] = [];
  readonly #streams = new Map<string, Labels>();
  linesAppended = 0;

  async append(streams: readonly LogStream[]): Promise<void> {
    for (const { labels, entries } of streams) {
      const stream = this.#intern(labels);
      for (const { timestampNs, line, metadata } of entries) this.#rows.push({ stream, timestampNs, line, metadata: metadata.flat });
      this.linesAppended += entries.length;
    }
  }

  async *select(selection: LogSelection, limits: ReadLimits): AsyncIterable<LogBlock> {
    throwIfAborted(limits);
    const { startNs, endNs, order } = selection;
    const isWantedStream = compileMatchers(selection.matchers);
    const isWantedLine = compileLineFilters(selection.filters ?? []);
    const rows = this.#rows
      .filter((row) => row.timestampNs >= startNs && row.timestampNs < endNs && isWantedStream(row.stream) && isWantedLine(row.line))
      .sort(ORDERS[order]);
    if (limits.maxSamples !== undefined && rows.length > limits.maxSamples) throw tooManySamples(limits.maxSamples);
    for (let i = 0; i < rows.length; i += ROWS_IN_BLOCK) {
      throwIfAborted(limits);
      yield toLogBlock(rows.slice(i, i + ROWS_IN_BLOCK), selection.columns);
    }
  }

  async streams(query: LogLabelQuery, limits: ReadLimits): Promise<Labels[]> {
    throwIfAborted(limits);
    const isWanted = compileMatcherSets(query.matcherSets);
    const found = new Set<Labels>();
    for (const { stream, timestampNs } of this.#rows)
      if (timestampNs >= query.startNs && timestampNs < query.endNs && isWanted(stream)) found.add(stream);
    return [...found].sort((a, b) => a.compare(b));
  }

  dropBefore(beforeNs: bigint): void {
    this.#rows = this.#rows.filter((row) => row.timestampNs >= beforeNs);
  }

  #intern(labels: Labels): Labels {
    const known = this.#streams.get(labels.key());
    if (!known) this.#streams.set(labels.key(), labels);
    return known ?? labels;
  }
}

// The sort is stable: equal times keep the order of arrival.
const byTime = (a: LogRow, b: LogRow) => (a.timestampNs < b.timestampNs ? -1 : a.timestampNs > b.timestampNs ? 1 : 0);
const ORDERS: Readonly<Record<LogSelection['order'], (a: LogRow, b: LogRow) => number>> = {
  forward: byTime,
  backward: (a, b) => -byTime(a, b),
  stream: (a, b) => a.stream.compare(b.stream) || byTime(a, b),
};
