// Reads lines. By time: slice after slice of time from the near end, each sorted by the engine and cut into pages, so that a caller
// that leaves after the first hundred lines of a day has cost the last seconds of it. By stream: in the order of the primary key.
import { Labels } from '../../model/labels.ts';
import { deadline } from '../deadline.ts';
import { throwIfAborted, tooManySamples } from '../errors.ts';
import type { LogBlock, LogSelection, ReadLimits } from '../store.ts';
import type { BoundValue, Driver } from './driver.ts';
import { compileLineFilters } from './line-filter.ts';
import type { LogStreams, Stream } from './log-streams.ts';
import type { NativeBlock, TextData } from './native.ts';
import { LOG_STRETCH_NS } from './tables.ts';
import { clampNs, least, most, type NsSpan } from './time-span.ts';

const FIRST_SLICE_NS = 30_000_000_000n;
const FIRST_PAGE = 256;
/** The engine has to look at all lines of a slice to filter them: it may as well find more at once. */
const FIRST_FILTERED_PAGE = 2048;
/** The engine fetches the lines of a sorted page late, only those on it, up to 10,000 (query_plan_max_limit_for_lazy_materialization). */
const MAX_PAGE = 8192;
/** A page is made so large that it holds about so many bytes. */
const PAGE_BYTES = 4_000_000;
const BLOCK_ROWS = 16_384;
const KEY = `intDiv(time_ns, ${LOG_STRETCH_NS}), stream_group, stream, time_ns, arrival`;
const NO_TEXTS: TextData = { bytes: new Uint8Array(0), offsets: new Uint32Array(0), sizes: new Uint32Array(0) };

/** A WHERE clause and the values of its placeholders. */
export interface Where {
  readonly where: string;
  readonly values: Record<string, BoundValue>;
}

/** Where a page ended: the next begins with the line after it. */
interface Cursor {
  readonly timeNs: bigint;
  readonly arrival: bigint;
}

/** Answers LogStore.select. */
export class LogReader {
  readonly #driver: Driver;
  readonly #streams: LogStreams;

  constructor(driver: Driver, streams: LogStreams) {
    this.#driver = driver;
    this.#streams = streams;
  }

  async *select(selection: LogSelection, limits: ReadLimits): AsyncGenerator<LogBlock> {
    throwIfAborted(limits);
    const streams = this.#streams.index.match(selection.matchers);
    const filter = compileLineFilters(selection.filters ?? []);
    const span = { startNs: clampNs(selection.startNs), endNs: clampNs(selection.endNs) };
    if (streams.length === 0 || span.startNs >= span.endNs) return;
    const base = (slice: NsSpan): Where => {
      const { where, values } = whereSpan(streams, this.#streams, slice);
      return { where: [where, ...filter.conditions].join(' AND '), values: { ...values, ...filter.values } };
    };
    const blocks = selection.order === 'stream' ? this.#byKey(selection, base(span), limits) : this.#byTime(selection, span, base, limits);
    let left = limits.maxSamples ?? Number.POSITIVE_INFINITY;
    for await (const block of blocks) {
      left -= block.timesNs.length;
      if (left < 0) throw tooManySamples(limits.maxSamples as number);
      yield block;
    }
  }

  async *#byKey(selection: LogSelection, { where, values }: Where, limits: ReadLimits): AsyncGenerator<LogBlock> {
    const sql = `SELECT stream, time_ns, ${columnsOf(selection)} FROM lines WHERE ${where} ORDER BY ${KEY}`;
    for await (const block of this.#driver.query(sql, values, limits, BLOCK_ROWS)) yield this.#toBlock(block, selection);
  }

  async *#byTime(selection: LogSelection, span: NsSpan, base: (slice: NsSpan) => Where, limits: ReadLimits): AsyncGenerator<LogBlock> {
    const isForward = selection.order === 'forward';
    const remaining = deadline(limits);
    let { startNs, endNs } = span;
    let width = FIRST_SLICE_NS;
    let page = selection.filters?.length ? FIRST_FILTERED_PAGE : FIRST_PAGE;
    let cursor: Cursor | undefined;
    while (startNs < endNs) {
      const slice = sliceOf({ startNs, endNs }, width, isForward);
      const { where, values } = withCursor(base(slice), cursor, isForward);
      const sql = `SELECT stream, time_ns, arrival, ${columnsOf(selection)} FROM lines WHERE ${where}
        ORDER BY time_ns ${isForward ? 'ASC' : 'DESC'}, arrival LIMIT {page:UInt32}`;
      let rows = 0;
      let bytes = 0;
      let end: Cursor | undefined;
      for await (const native of this.#driver.query(sql, { ...values, page }, remaining(), BLOCK_ROWS)) {
        const block = this.#toBlock(native, selection);
        rows += native.rows;
        for (const size of block.lineSizes) bytes += size;
        end = { timeNs: block.timesNs.at(-1) as bigint, arrival: native.fixed('arrival', 'UInt64').at(-1) as bigint };
        yield block;
      }
      // A caller that is still there wants more: slices and pages grow.
      if (rows < page || !end) {
        cursor = undefined;
        if (isForward) startNs = slice.endNs;
        else endNs = slice.startNs;
        width *= rows === 0 ? 8n : rows * 4 < page ? 4n : 2n;
      } else {
        cursor = end;
        width = most(1n, 4n * (isForward ? end.timeNs - startNs : endNs - end.timeNs));
        if (isForward) startNs = end.timeNs;
        else endNs = end.timeNs + 1n;
      }
      if (rows > 0) page = Math.max(FIRST_PAGE, Math.min(MAX_PAGE, page * 4, Math.floor((PAGE_BYTES * rows) / (bytes + 1))));
    }
  }

  #toBlock(block: NativeBlock, { columns }: LogSelection): LogBlock {
    const ids = block.fixed('stream', 'UInt32');
    const streamOf = new Uint32Array(block.rows);
    const streams: Labels[] = [];
    const places = new Map<number, number>();
    let lastId = -1;
    let place = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      if (id !== lastId) {
        place = placeOf(id, places, streams, this.#streams);
        lastId = id;
      }
      streamOf[i] = place;
    }
    const texts = columns === 'sizes' ? { ...NO_TEXTS, sizes: block.fixed('size', 'UInt32').slice() } : block.texts('line');
    return {
      streams,
      streamOf,
      timesNs: block.fixed('time_ns', 'Int64').slice(),
      lineBytes: texts.bytes,
      lineOffsets: texts.offsets,
      lineSizes: texts.sizes,
      ...(block.hasElements('metadata') && { metadata: block.stringArray('metadata') }),
    };
  }
}

/** The near end of what is left of a span. Wide slices end where stretches do: the rest of a stretch would be read again by the next. */
function sliceOf({ startNs, endNs }: NsSpan, width: bigint, isForward: boolean): NsSpan {
  const isWide = width > FIRST_SLICE_NS;
  if (isForward) {
    const end = startNs + width;
    return { startNs, endNs: least(isWide ? (end / LOG_STRETCH_NS + 1n) * LOG_STRETCH_NS : end, endNs) };
  }
  const start = endNs - width;
  // Before 1970 the quotient is rounded up.
  return { startNs: most(isWide ? least((start / LOG_STRETCH_NS) * LOG_STRETCH_NS, start) : start, startNs), endNs };
}

function placeOf(id: number, places: Map<number, number>, streams: Labels[], known: LogStreams): number {
  const place = places.get(id);
  if (place !== undefined) return place;
  places.set(id, streams.length);
  return streams.push(known.index.byId(id)?.labels ?? Labels.EMPTY) - 1;
}

function columnsOf({ columns }: LogSelection): string {
  return columns === 'sizes' ? 'toUInt32(length(line)) AS size, metadata' : 'line, metadata';
}

/** The lines of some streams within a span. */
export function whereSpan(streams: readonly Stream[], all: LogStreams, { startNs, endNs }: NsSpan): Where {
  const where = [
    `intDiv(time_ns, ${LOG_STRETCH_NS}) >= {from:Int64} AND intDiv(time_ns, ${LOG_STRETCH_NS}) <= {to:Int64}`,
    'time_ns >= {start:Int64} AND time_ns < {end:Int64}',
  ];
  const start = clampNs(startNs);
  const end = clampNs(endNs);
  const values: Record<string, BoundValue> = { start, end, from: start / LOG_STRETCH_NS, to: end / LOG_STRETCH_NS };
  if (streams.length === all.index.size) {
    // All that are known now, and none that comes while the read goes on.
    where.push('stream <= {lastStream:UInt32}');
    values.lastStream = all.lastId;
  } else {
    where.push('stream_group IN {groups:Array(UInt16)} AND stream IN {streams:Array(UInt32)}');
    values.groups = [...new Set(streams.map(({ group }) => group))];
    values.streams = streams.map(({ id }) => id);
  }
  return { where: where.join(' AND '), values };
}

function withCursor({ where, values }: Where, cursor: Cursor | undefined, isForward: boolean): Where {
  if (!cursor) return { where, values };
  const isLater = `time_ns ${isForward ? '>' : '<'} {cursorNs:Int64} OR (time_ns = {cursorNs:Int64} AND arrival > {cursorArrival:UInt64})`;
  return { where: `${where} AND (${isLater})`, values: { ...values, cursorNs: cursor.timeNs, cursorArrival: cursor.arrival } };
}
