// Every table, and the version of all of them together. A change of any table is a new version with a step in MIGRATIONS.
import { storageError } from '../errors.ts';
import { type Driver, queryAll } from './driver.ts';

/** Version of the tables below. */
export const SCHEMA_VERSION = 1;

/** Blocks of samples never cross a multiple of this, so that whole partitions can be dropped. */
export const METRIC_PARTITION_MS = 3 * 86_400_000;

// An insert is acknowledged after fsync of the part and of its directory.
const DURABLE = 'fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 30';

const TABLES: readonly string[] = [
  // One row for each opening of the data directory by some version of the program.
  `CREATE TABLE IF NOT EXISTS opened (number UInt32, schema UInt32) ENGINE = MergeTree ORDER BY number SETTINGS ${DURABLE}`,

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
     floats Array(Float64) CODEC(FPC, ZSTD(1))
   ) ENGINE = MergeTree
   PARTITION BY intDiv(min_t, ${METRIC_PARTITION_MS})
   ORDER BY (metric, series, min_t)
   SETTINGS index_granularity = 16, ${DURABLE}`,

  `CREATE TABLE IF NOT EXISTS log_streams (stream UInt32, labels Array(String) CODEC(ZSTD(1)))
   ENGINE = MergeTree ORDER BY stream SETTINGS ${DURABLE}`,

  `CREATE TABLE IF NOT EXISTS log_lines (
     stream UInt32 CODEC(Delta, ZSTD(1)),
     time_ns Int64 CODEC(Delta, ZSTD(1)),
     arrival UInt64 CODEC(Delta, ZSTD(1)),
     line String CODEC(ZSTD(1)),
     metadata Array(String) CODEC(ZSTD(1))
   ) ENGINE = MergeTree
   PARTITION BY intDiv(time_ns, 86400000000000)
   ORDER BY (stream, time_ns, arrival)
   SETTINGS ${DURABLE}`,

  `CREATE TABLE IF NOT EXISTS spans (
     trace_id String CODEC(ZSTD(1)),
     start_ns Int64 CODEC(Delta, ZSTD(1)),
     end_ns Int64 CODEC(Delta, ZSTD(1)),
     service LowCardinality(String),
     name LowCardinality(String),
     attribute_names Array(LowCardinality(String)) CODEC(ZSTD(1)),
     attribute_values Array(String) CODEC(ZSTD(1)),
     body String CODEC(ZSTD(1)),
     INDEX by_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1
   ) ENGINE = MergeTree
   PARTITION BY intDiv(start_ns, 86400000000000)
   ORDER BY (service, start_ns)
   SETTINGS index_granularity = 1024, ${DURABLE}`,

  `CREATE TABLE IF NOT EXISTS state (
     namespace String,
     key String,
     value String CODEC(ZSTD(1)),
     version UInt64,
     is_deleted UInt8
   ) ENGINE = ReplacingMergeTree(version) ORDER BY (namespace, key) SETTINGS ${DURABLE}`,
];

/** MIGRATIONS[v] turns the tables of version v into those of version v + 1. */
const MIGRATIONS: Readonly<Record<number, readonly string[]>> = {};

/**
 * Creates or migrates the tables and returns how often the data directory was opened, this time included.
 * Throws `storage.bad_schema` for a directory that this version cannot read.
 */
export async function openTables(driver: Driver, dataDir: string, schemaVersion = SCHEMA_VERSION): Promise<number> {
  await driver.command(TABLES[0] as string);
  const [last] = await queryAll(driver, 'SELECT number, schema FROM opened ORDER BY number DESC LIMIT 1');
  const number = (last?.fixed('number', 'UInt32')[0] ?? 0) + 1;
  const found = last?.fixed('schema', 'UInt32')[0] ?? schemaVersion;
  if (found > schemaVersion)
    throw storageError(
      'storage.bad_schema',
      `"${dataDir}" was written by a newer version (schema ${found}; this version reads up to ${schemaVersion}); upgrade, or use another data directory`,
    );
  for (let version = found; version < schemaVersion; version++) {
    const steps = MIGRATIONS[version];
    if (!steps)
      throw storageError(
        'storage.bad_schema',
        `"${dataDir}" was written by a version that is too old (schema ${found}; this version needs ${schemaVersion} and has no migration from ${version})`,
      );
    for (const step of steps) await driver.command(step);
  }
  for (const table of TABLES.slice(1)) await driver.command(table);
  await driver.command('INSERT INTO opened SELECT {number:UInt32}, {schema:UInt32}', { number, schema: schemaVersion });
  return number;
}
