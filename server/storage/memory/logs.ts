import type { Labels } from '../../model/labels.ts';
import type { LogStream } from '../../model/log-entry.ts';
import { throwIfAborted } from '../errors.ts';
import { compileMatcherSets, compileMatchers } from '../matching.ts';
import type { LogLabelQuery, LogRow, LogSelection, LogStore, ReadLimits } from '../store.ts';

/** The reference implementation of logs: one array in order of arrival. */
export class MemoryLogStore implements LogStore {
  #rows: LogRow[] = [];
  linesAppended = 0;

  async append(streams: readonly LogStream[]): Promise<void> {
    for (const { labels, entries } of streams) {
      for (const entry of entries) this.#rows.push({ ...entry, stream: labels });
      this.linesAppended += entries.length;
    }
  }

  async select(selection: LogSelection, limits: ReadLimits): Promise<LogRow[]> {
    throwIfAborted(limits);
    const isWanted = compileMatchers(selection.matchers);
    const sign = selection.direction === 'forward' ? 1 : -1;
    return this.#rows
      .filter((row) => row.timestampNs >= selection.startNs && row.timestampNs < selection.endNs && isWanted(row.stream))
      .sort((a, b) => (a.timestampNs === b.timestampNs ? 0 : a.timestampNs < b.timestampNs ? -sign : sign))
      .slice(0, selection.limit);
  }

  async streams(query: LogLabelQuery, limits: ReadLimits): Promise<Labels[]> {
    throwIfAborted(limits);
    const isWanted = compileMatcherSets(query.matcherSets);
    const byKey = new Map<string, Labels>();
    for (const row of this.#rows)
      if (row.timestampNs >= query.startNs && row.timestampNs < query.endNs && isWanted(row.stream))
        byKey.set(row.stream.key(), row.stream);
    return [...byKey.values()].sort((a, b) => a.compare(b));
  }

  dropBefore(beforeNs: bigint): void {
    this.#rows = this.#rows.filter((row) => row.timestampNs >= beforeNs);
  }
}
