// Every table, and the version of all of them together. A change of any table is a new version with a step in schema.ts.
import type { Driver } from './driver.ts';

/** Version of the tables below. */
export const SCHEMA_VERSION = 5;

/** Blocks of samples never cross a multiple of this, so that whole partitions can be dropped. */
export const METRIC_PARTITION_MS = 3 * 86_400_000;

/** Partitions of lines and spans are days. */
export const NS_PER_DAY = 86_400_000_000_000n;

/** Lines are sorted by such stretches of time, then by stream. */
export const LOG_STRETCH_NS = 900_000_000_000n;

/** Spans are sorted by such stretches of time, then by trace. */
export const SPAN_STRETCH_NS = 300_000_000_000n;

// An insert is acknowledged after fsync of the part and of its directory.
const DURABLE = 'fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30';

function attributeColumns(scope: 'span' | 'resource'): string {
  return `     ${scope}_names Array(LowCardinality(String)) CODEC(ZSTD(1)),
     ${scope}_types Array(UInt8) CODEC(ZSTD(1)),
     ${scope}_texts Array(String) CODEC(ZSTD(1)),
     ${scope}_ints Array(Int64) CODEC(ZSTD(1)),
     ${scope}_doubles Array(Float64) CODEC(ZSTD(1))`;
}

/** One row for each opening of the data directory by some version of the program. */
export const OPENED_TABLE = `CREATE TABLE IF NOT EXISTS opened (number UInt32, schema UInt32) ENGINE = MergeTree ORDER BY number
   SETTINGS ${DURABLE}`;

const TABLES: readonly string[] = [
  OPENED_TABLE,

  `CREATE TABLE IF NOT EXISTS series (
     series UInt32 CODEC(Delta, ZSTD(1)),
     metric UInt32 CODEC(Delta, ZSTD(1)),
     labels Array(String) CODEC(ZSTD(1))
   ) ENGINE = MergeTree ORDER BY series SETTINGS ${DURABLE}`,

  // One row holds up to a few hundred samples of one series; see blocks.ts for the encoding.
  `CREATE TABLE IF NOT EXISTS samples (
     metric UInt32 CODEC(LZ4),
     series UInt32 CODEC(LZ4),
     min_t Int64 CODEC(LZ4),
     max_t Int64 CODEC(LZ4),
     count UInt32 CODEC(LZ4),
     first Float64 CODEC(LZ4),
     last Float64 CODEC(LZ4),
     steps Array(UInt32) CODEC(T64, LZ4),
     repeats Array(UInt16) CODEC(T64, LZ4),
     deltas Array(Int32) CODEC(T64, LZ4),
     floats Array(Float64) CODEC(FPC, ZSTD(1)),
     generation UInt32 CODEC(LZ4),
     body_bytes UInt32 CODEC(LZ4),
     bodies String CODEC(ZSTD(1))
   ) ENGINE = MergeTree
   PARTITION BY intDiv(min_t, ${METRIC_PARTITION_MS})
   ORDER BY (metric, series, min_t)
   SETTINGS index_granularity = 16, ${DURABLE}`,

  // One row for each row of `samples`: what windows over long time look at (rollup-columns.ts).
  `CREATE TABLE IF NOT EXISTS rollups (
     metric UInt32 CODEC(LZ4),
     series UInt32 CODEC(LZ4),
     min_t Int64 CODEC(LZ4),
     max_t Int64 CODEC(LZ4),
     count UInt16 CODEC(LZ4),
     generation UInt32 CODEC(LZ4),
     tiers UInt8 CODEC(LZ4),
     coarse String CODEC(ZSTD(1)),
     fine String CODEC(ZSTD(1)),
     ends String CODEC(ZSTD(1))
   ) ENGINE = MergeTree
   PARTITION BY intDiv(min_t, ${METRIC_PARTITION_MS})
   ORDER BY (metric, series, min_t)
   SETTINGS index_granularity = 256, ${DURABLE}`,

  // Which flushes are complete, and which never will be (generations.ts).
  `CREATE TABLE IF NOT EXISTS flushes (generation UInt32, is_dead UInt8) ENGINE = MergeTree ORDER BY generation SETTINGS ${DURABLE}`,

  // What was deleted of a series (tombstones.ts).
  `CREATE TABLE IF NOT EXISTS tombstones (series UInt32, start_ms Int64, end_ms Int64, generation UInt32)
   ENGINE = MergeTree ORDER BY series SETTINGS ${DURABLE}`,

  // Lines of streams with one stream_group lie together (log-streams.ts).
  `CREATE TABLE IF NOT EXISTS log_streams (stream UInt32, labels Array(String) CODEC(ZSTD(1)), stream_group UInt16 DEFAULT 0)
   ENGINE = MergeTree ORDER BY stream SETTINGS ${DURABLE}`,

  // Stretches of time first, so that the newest lines of all streams are few granules; within one, streams apart.
  `CREATE TABLE IF NOT EXISTS lines (
     stream_group UInt16 CODEC(ZSTD(1)),
     stream UInt32 CODEC(ZSTD(1)),
     time_ns Int64 CODEC(Delta, ZSTD(1)),
     arrival UInt64 CODEC(Delta, ZSTD(1)),
     line String CODEC(ZSTD(1)),
     metadata Array(String) CODEC(ZSTD(1))
   ) ENGINE = MergeTree
   PARTITION BY intDiv(time_ns, ${NS_PER_DAY})
   ORDER BY (intDiv(time_ns, ${LOG_STRETCH_NS}), stream_group, stream, time_ns, arrival)
   SETTINGS index_granularity = 1024, ${DURABLE}`,

  // Attributes as parallel arrays, see span-attributes.ts. Spans of one trace lie together, and a span sent twice is kept once.
  `CREATE TABLE IF NOT EXISTS trace_spans (
     trace_id String CODEC(ZSTD(1)),
     span_id String CODEC(ZSTD(1)),
     parent_span_id String CODEC(ZSTD(1)),
     start_ns Int64 CODEC(Delta, ZSTD(1)),
     end_ns Int64 CODEC(Delta, ZSTD(1)),
     service LowCardinality(String),
     name LowCardinality(String),
     kind UInt8 CODEC(ZSTD(1)),
     status UInt8 CODEC(ZSTD(1)),
     status_message String CODEC(ZSTD(1)),
     scope_name LowCardinality(String),
     scope_version LowCardinality(String),
${attributeColumns('span')},
${attributeColumns('resource')},
     events String CODEC(ZSTD(1)),
     links String CODEC(ZSTD(1)),
     INDEX by_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1
   ) ENGINE = ReplacingMergeTree
   PARTITION BY intDiv(start_ns, ${NS_PER_DAY})
   ORDER BY (intDiv(start_ns, ${SPAN_STRETCH_NS}), trace_id, start_ns, span_id, kind)
   SETTINGS index_granularity = 1024, ${DURABLE}`,

  `CREATE TABLE IF NOT EXISTS state (
     namespace String,
     key String,
     value String CODEC(ZSTD(1)),
     version UInt64,
     is_deleted UInt8
   ) ENGINE = ReplacingMergeTree(version) ORDER BY (namespace, key) SETTINGS ${DURABLE}`,
];

/** Creates the tables that are missing. */
export async function createTables(driver: Driver): Promise<void> {
  for (const table of TABLES) await driver.command(table);
}
