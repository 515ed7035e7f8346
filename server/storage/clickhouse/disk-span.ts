// What the engine still shows of series with tombstones: their blocks tell, but those that are hidden in part must be looked into.
import { bitsOf } from '../../model/stale.ts';
import type { ReadLimits } from '../store.ts';
import { BlockReader } from './blocks.ts';
import { type BoundValues, type Driver, interpreted } from './driver.ts';
import { VISIBLE, type Visible } from './generations.ts';
import { HISTOGRAM_HIGH, type Newest, newestAt } from './run.ts';
import { hiddenPart, type Tombstone, withoutHidden } from './tombstones.ts';

/** Oldest and newest sample that the engine shows of a series. */
export interface DiskSpan {
  minMs: number;
  maxMs: number;
  /** The newest sample; of several flushes' at that time, the last one's. */
  newest: Newest;
  generation: number;
}

/** A series as the engine knows it, and what is hidden of it. */
export interface Hidden {
  readonly id: number;
  readonly metric: number;
  readonly tombstones: readonly Tombstone[];
}

const OF_SERIES = 'metric IN {metrics:Array(UInt32)} AND series IN {series:Array(UInt32)}';

/** Spans by series; one of which nothing shows is missing. */
export async function measure(
  driver: Driver,
  visible: Visible,
  asked: readonly Hidden[],
  limits: ReadLimits = {},
): Promise<Map<number, DiskSpan>> {
  const spans = new Map<number, DiskSpan>();
  const byId = new Map(asked.map((one) => [one.id, one]));
  const partly = new Set<Hidden>();
  if (asked.length === 0) return spans;
  const light = `SELECT series, min_t, max_t, generation, last FROM samples WHERE ${OF_SERIES} AND ${VISIBLE}`;
  for await (const block of driver.query(light, bind(asked, visible), limits)) {
    const minT = block.fixed('min_t', 'Int64');
    const maxT = block.fixed('max_t', 'Int64');
    const generations = block.fixed('generation', 'UInt32');
    const last = block.fixed('last', 'Float64');
    block.fixed('series', 'UInt32').forEach((id, row) => {
      const one = byId.get(id);
      if (!one) return;
      const found = { minMs: Number(minT[row]), maxMs: Number(maxT[row]), generation: generations[row] as number };
      const hidden = hiddenPart(one.tombstones, found);
      if (hidden === 'some') partly.add(one);
      if (hidden === 'none') extend(spans, id, { ...found, newest: storedNewest(last, row) });
    });
  }
  if (partly.size > 0) await lookInto([...partly], driver, visible, spans, limits);
  return spans;
}

async function lookInto(
  partly: readonly Hidden[],
  driver: Driver,
  visible: Visible,
  spans: Map<number, DiskSpan>,
  limits: ReadLimits,
): Promise<void> {
  const byId = new Map(partly.map((one) => [one.id, one]));
  const sql = `SELECT ${BlockReader.COLUMNS}, bodies FROM samples WHERE ${OF_SERIES} AND ${VISIBLE}`;
  for await (const block of driver.query(sql, bind(partly, visible), limits)) {
    const reader = new BlockReader(block, { hasBodies: true });
    for (let row = 0; row < reader.rows; row++) {
      const one = byId.get(reader.series[row] as number);
      const generation = reader.generation(row);
      const found = { minMs: reader.minMs(row), maxMs: reader.maxMs(row), generation };
      if (!one || hiddenPart(one.tombstones, found) !== 'some') continue;
      const run = withoutHidden(reader.run(row), one.tombstones, generation);
      if (run.count === 0) continue;
      const at = run.count - 1;
      extend(spans, one.id, { minMs: run.times[0] as number, maxMs: run.times[at] as number, generation, newest: newestAt(run, at) });
    }
  }
}

/** The value of a column `last`. */
export function storedNewest(last: Float64Array, row: number): Newest {
  const bits = bitsOf(last);
  if (bits[2 * row + 1] === HISTOGRAM_HIGH) return { kind: 'histogram', value: bits[2 * row] as number };
  return newestAt({ values: last, bits }, row);
}

function extend(spans: Map<number, DiskSpan>, id: number, found: DiskSpan): void {
  const span = spans.get(id);
  if (!span) {
    spans.set(id, found);
    return;
  }
  span.minMs = Math.min(span.minMs, found.minMs);
  if (found.maxMs < span.maxMs || (found.maxMs === span.maxMs && found.generation < span.generation)) return;
  span.maxMs = found.maxMs;
  span.newest = found.newest;
  span.generation = found.generation;
}

function bind(asked: readonly Hidden[], { visible, dead }: Visible): BoundValues {
  return { metrics: [...new Set(asked.map(({ metric }) => metric))], series: asked.map(({ id }) => id), visible, dead };
}

/** Spans of many series, in columns as the engine gave them. */
export interface SpanColumns {
  readonly ids: Uint32Array;
  readonly minMs: BigInt64Array;
  readonly maxMs: BigInt64Array;
  readonly last: Float64Array;
  /** 1 when any block has a histogram. */
  readonly hasHistograms: Uint8Array;
}

/** Spans of all series by their blocks alone, tombstones left aside. */
export async function measureAll(driver: Driver, { visible, dead }: Visible): Promise<SpanColumns[]> {
  const sql = `SELECT series, min(min_t) AS min_ms, max(max_t) AS max_ms, argMax(last, (max_t, generation)) AS last_value,
    toUInt8(max(body_bytes) > 0) AS has_histograms FROM samples WHERE ${VISIBLE} GROUP BY series`;
  const found: SpanColumns[] = [];
  for await (const block of driver.query(interpreted(sql), { visible, dead }, {}, 65_536))
    found.push({
      ids: block.fixed('series', 'UInt32'),
      minMs: block.fixed('min_ms', 'Int64'),
      maxMs: block.fixed('max_ms', 'Int64'),
      last: block.fixed('last_value', 'Float64'),
      hasHistograms: block.fixed('has_histograms', 'UInt8'),
    });
  return found;
}
