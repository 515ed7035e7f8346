import type { Clock } from '../../model/clock.ts';
import type { Span } from '../../model/span.ts';
import { throwIfAborted } from '../errors.ts';
import type { ReadLimits, SpanField, SpanFilter, SpanTag, SpanTagValue, TagQuery, TraceSearch, TraceStore } from '../store.ts';
import type { Driver } from './driver.ts';
import { deleteWhere, dropBeyond, dropPartitionsBefore, type Partitioned } from './retention.ts';
import { SPAN_COLUMNS, SpanBatch, sizeOfSpan } from './span-batch.ts';
import { readTags, readTagValues } from './span-tags.ts';
import { NS_PER_DAY } from './tables.ts';
import { readTraces, searchTraces } from './trace-reader.ts';
import { WriteBuffer } from './write-buffer.ts';

/** Larger appends are split. */
const MAX_BATCH_BYTES = 8_000_000;
const TRACES_PER_STATEMENT = 5_000;
/** Of one run for one rule: the rest is done in the next. */
const MAX_ROUNDS = 20;
const SPANS: Partitioned = { tables: ['trace_spans'], partitionBy: `intDiv(start_ns, ${NS_PER_DAY})`, timeColumn: 'start_ns' };

/** What is to be dropped. */
export interface TraceRetention {
  /** Undefined: nothing is too old. */
  readonly beforeNs: bigint | undefined;
  /** 0: nothing is too large. */
  readonly maxBytes: number;
  readonly rules: readonly { readonly filters: readonly SpanFilter[]; readonly cutMs: number }[];
}

export interface TraceStoreOptions {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly walDir: string;
  readonly warn: (message: string) => void;
  readonly maxPendingBytes: number;
}

/** The TraceStore on a Driver: spans go straight into the engine, many appends in one insert. */
export class ClickhouseTraceStore implements TraceStore {
  readonly #driver: Driver;
  readonly #buffer: WriteBuffer;
  spansAppended = 0;

  private constructor({ driver }: TraceStoreOptions, buffer: WriteBuffer) {
    this.#driver = driver;
    this.#buffer = buffer;
  }

  static async open(options: TraceStoreOptions): Promise<ClickhouseTraceStore> {
    // Rows that are stored twice are told by their ids when they are read, and merged.
    const table = { table: 'trace_spans', columnNames: SPAN_COLUMNS, noun: 'spans' };
    return new ClickhouseTraceStore(options, await WriteBuffer.open({ ...options, ...table }));
  }

  get pendingBytes(): number {
    return this.#buffer.pendingBytes;
  }

  async append(spans: readonly Span[]): Promise<void> {
    let sizeBytes = 0;
    for (const span of spans) sizeBytes += sizeOfSpan(span);
    this.#buffer.admit(sizeBytes);
    const batches: SpanBatch[] = [];
    for (const span of spans) fillable(batches).add(span);
    await Promise.all(batches.map((batch) => this.#buffer.append(batch)));
    this.spansAppended += spans.length;
  }

  async traces(traceIds: readonly string[], limits: ReadLimits): Promise<Span[][]> {
    throwIfAborted(limits);
    await this.#buffer.flushed();
    return readTraces(this.#driver, traceIds, limits);
  }

  async search(search: TraceSearch, limits: ReadLimits): Promise<string[]> {
    throwIfAborted(limits);
    await this.#buffer.flushed(search);
    return searchTraces(this.#driver, search, limits);
  }

  async tags(query: TagQuery, limits: ReadLimits): Promise<SpanTag[]> {
    throwIfAborted(limits);
    await this.#buffer.flushed(query);
    return readTags(this.#driver, query, limits);
  }

  async tagValues(field: SpanField, query: TagQuery, limits: ReadLimits): Promise<SpanTagValue[]> {
    throwIfAborted(limits);
    await this.#buffer.flushed(query);
    return readTagValues(this.#driver, field, query, limits);
  }

  /** Drops what is older or larger than wanted; answers of each rule whether it is done. */
  async enforceRetention({ beforeNs, maxBytes, rules }: TraceRetention): Promise<boolean[]> {
    await this.#buffer.flushed();
    if (beforeNs !== undefined) await dropPartitionsBefore(this.#driver, 'trace_spans', Number(beforeNs / NS_PER_DAY));
    await dropBeyond(this.#driver, SPANS, maxBytes);
    const areDone: boolean[] = [];
    for (const { filters, cutMs } of rules) areDone.push(await this.#dropMatching(filters, cutMs));
    return areDone;
  }

  /** Whole traces that a search would find; answers whether these were all. */
  async #dropMatching(filters: readonly SpanFilter[], cutMs: number): Promise<boolean> {
    const search = { startNs: 0n, endNs: BigInt(cutMs) * 1_000_000n, filters, limit: TRACES_PER_STATEMENT };
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const ids = await searchTraces(this.#driver, search, {});
      if (ids.length === 0) return true;
      const condition = 'trace_id IN {ids:Array(String)}';
      await deleteWhere(this.#driver, 'trace_spans', SPANS.partitionBy, { condition, values: { ids } });
      if (ids.length < TRACES_PER_STATEMENT) return true;
    }
    return false;
  }

  /** What of it a copy of the store has to wait for. */
  get buffer(): WriteBuffer {
    return this.#buffer;
  }

  close(): Promise<void> {
    return this.#buffer.close();
  }
}

/** The last batch, or a new one when that is full. */
function fillable(batches: SpanBatch[]): SpanBatch {
  const last = batches.at(-1);
  if (last && last.sizeBytes < MAX_BATCH_BYTES) return last;
  const batch = new SpanBatch();
  batches.push(batch);
  return batch;
}
