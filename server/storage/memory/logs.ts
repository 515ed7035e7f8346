import type { Labels } from '../../model/labels.ts';
import type { LogStream } from '../../model/log-entry.ts';
import { throwIfAborted, tooManySamples, tooManyStreams } from '../errors.ts';
import { compileLineFilters } from '../line-filter.ts';
import { type LogRow, toLogBlock } from '../log-blocks.ts';
import { compileMatcherSets, compileMatchers } from '../matching.ts';
import { DEFAULT_MAX_STREAMS } from '../options.ts';
import type { LogBlock, LogLabelQuery, LogSelection, LogStore, ReadLimits } from '../store.ts';

const ROWS_IN_BLOCK = 1_000;
/** As the other store hands streams out in turns, so does this one: nobody should lean on more than is promised. */
const STRETCH_NS = 60_000_000_000n;

/** The reference implementation of logs: one array in order of arrival. */
export class MemoryLogStore implements LogStore {
  #rows: LogRow[] = [];
  readonly #streams = new Map<string, Labels>();
  readonly #maxStreams: number;
  linesAppended = 0;

  constructor(maxStreams = DEFAULT_MAX_STREAMS) {
    this.#maxStreams = maxStreams;
  }

  async append(streams: readonly LogStream[]): Promise<void> {
    this.#admit(streams);
    for (const { labels, entries } of streams) {
      if (entries.length === 0) continue;
      const stream = this.#intern(labels);
      for (const { timestampNs, line, metadata } of entries)
        this.#rows.push({ stream, timestampNs, line: wellFormed(line), metadata: metadata.flat });
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
    const used = new Set(this.#rows.map(({ stream }) => stream));
    for (const [key, stream] of this.#streams) if (!used.has(stream)) this.#streams.delete(key);
  }

  #admit(streams: readonly LogStream[]): void {
    const fresh = new Set<string>();
    for (const { labels, entries } of streams) {
      if (entries.length === 0 || this.#streams.has(labels.key())) continue;
      fresh.add(labels.key());
      if (this.#streams.size + fresh.size > this.#maxStreams) throw tooManyStreams(this.#maxStreams, labels);
    }
  }

  #intern(labels: Labels): Labels {
    const known = this.#streams.get(labels.key());
    if (!known) this.#streams.set(labels.key(), labels);
    return known ?? labels;
  }
}

/** What the text is after a way through UTF-8. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

// The sort is stable: equal times keep the order of arrival.
const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
const byTime = (a: LogRow, b: LogRow) => compare(a.timestampNs, b.timestampNs);
const byStretch = (a: LogRow, b: LogRow) => compare(a.timestampNs / STRETCH_NS, b.timestampNs / STRETCH_NS);
const ORDERS: Readonly<Record<LogSelection['order'], (a: LogRow, b: LogRow) => number>> = {
  forward: byTime,
  backward: (a, b) => -byTime(a, b),
  stream: (a, b) => byStretch(a, b) || a.stream.compare(b.stream) || byTime(a, b),
};
