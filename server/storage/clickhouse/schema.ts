// Which version of the tables a data directory holds, and how an older one becomes the present one.
import { storageError } from '../errors.ts';
import { type Driver, queryAll } from './driver.ts';
import { migrateFrom1 } from './migrate-1.ts';
import { migrateFrom2 } from './migrate-2.ts';
import { migrateFrom3 } from './migrate-3.ts';
import { migrateFrom4 } from './migrate-4.ts';
import { createTables, OPENED_TABLE, SCHEMA_VERSION } from './tables.ts';

/**
 * MIGRATIONS[v] turns the tables of version v into those of version v + 1. A step may be cut off by a crash and is then done again from
 * its beginning, so it leaves what it reads alone.
 */
const MIGRATIONS: Readonly<Record<number, (driver: Driver) => Promise<void>>> = {
  1: migrateFrom1,
  2: migrateFrom2,
  3: migrateFrom3,
  4: migrateFrom4,
};

/** Tables of older versions that no migration reads any more. */
const OLD_TABLES: readonly string[] = ['log_lines', 'spans'];

/**
 * Creates or migrates the tables and returns how often the data directory was opened, this time included.
 * Throws `storage.bad_schema` for a directory that this version cannot read.
 */
export async function openTables(driver: Driver, dataDir: string, schemaVersion = SCHEMA_VERSION): Promise<number> {
  await driver.command(OPENED_TABLE);
  const [last] = await queryAll(driver, 'SELECT number, schema FROM opened ORDER BY number DESC LIMIT 1');
  const number = (last?.fixed('number', 'UInt32')[0] ?? 0) + 1;
  const found = last?.fixed('schema', 'UInt32')[0] ?? schemaVersion;
  if (found > schemaVersion)
    throw storageError(
      'storage.bad_schema',
      `"${dataDir}" was written by a newer version (schema ${found}; this version reads up to ${schemaVersion}); upgrade, or use another data directory`,
    );
  for (let version = found; version < schemaVersion; version++) {
    const step = MIGRATIONS[version];
    if (!step)
      throw storageError(
        'storage.bad_schema',
        `"${dataDir}" was written by a version that is too old (schema ${found}; this version needs ${schemaVersion} and has no migration from ${version})`,
      );
    await step(driver);
  }
  await createTables(driver);
  await driver.command('INSERT INTO opened SELECT {number:UInt32}, {schema:UInt32}', { number, schema: schemaVersion });
  for (const table of OLD_TABLES) await driver.command(`DROP TABLE IF EXISTS ${table} SYNC`);
  return number;
}
