import type { Span } from '../../model/span.ts';
import type { ReadLimits, SpanField, SpanTag, SpanTagValue, TagQuery, TraceSearch, TraceStore } from '../store.ts';
import type { Driver } from './driver.ts';
import { GroupCommit } from './group-commit.ts';
import { dropPartitionsBefore } from './retention.ts';
import { SpanBatch, sizeOfSpan } from './span-batch.ts';
import { readTags, readTagValues } from './span-tags.ts';
import { NS_PER_DAY } from './tables.ts';
import { readTraces, searchTraces } from './trace-reader.ts';

const MAX_BATCH_BYTES = 8_000_000;
const MIN_INTERVAL_MS = 50;

export interface TraceStoreOptions {
  readonly driver: Driver;
  readonly maxPendingBytes: number;
}

/** The TraceStore on a Driver: spans go straight into the engine, many appends in one insert. */
export class ClickhouseTraceStore implements TraceStore {
  readonly #driver: Driver;
  readonly #commit: GroupCommit<SpanBatch>;
  spansAppended = 0;

  constructor({ driver, maxPendingBytes }: TraceStoreOptions) {
    this.#driver = driver;
    this.#commit = new GroupCommit({
      create: () => new SpanBatch(),
      write: (batch) => this.#write(batch),
      maxPendingBytes,
      maxBatchBytes: MAX_BATCH_BYTES,
      minIntervalMs: MIN_INTERVAL_MS,
      noun: 'spans',
    });
  }

  get pendingBytes(): number {
    return this.#commit.pendingBytes;
  }

  async append(spans: readonly Span[]): Promise<void> {
    let sizeBytes = 0;
    for (const span of spans) sizeBytes += sizeOfSpan(span);
    await this.#commit.add(sizeBytes, (next) => {
      for (const span of spans) next().add(span);
    });
  }

  traces(traceIds: readonly string[], limits: ReadLimits): Promise<Span[][]> {
    return readTraces(this.#driver, traceIds, limits);
  }

  search(search: TraceSearch, limits: ReadLimits): Promise<string[]> {
    return searchTraces(this.#driver, search, limits);
  }

  tags(query: TagQuery, limits: ReadLimits): Promise<SpanTag[]> {
    return readTags(this.#driver, query, limits);
  }

  tagValues(field: SpanField, query: TagQuery, limits: ReadLimits): Promise<SpanTagValue[]> {
    return readTagValues(this.#driver, field, query, limits);
  }

  async dropBefore(beforeNs: bigint): Promise<void> {
    await dropPartitionsBefore(this.#driver, 'trace_spans', Number(beforeNs / NS_PER_DAY));
  }

  close(): Promise<void> {
    return this.#commit.close();
  }

  async #write(batch: SpanBatch): Promise<void> {
    await this.#driver.insert('trace_spans', batch.rows, batch.columns());
    this.spansAppended += batch.rows;
  }
}
