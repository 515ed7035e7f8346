import type { ReadLimits } from '../store.ts';
import type { NativeBlock, NativeColumn } from './native.ts';

/** A value for a `{name:Type}` placeholder; the engine binds it, it never becomes SQL text. */
export type BoundValue = string | number | bigint | readonly (string | number | bigint)[];
export type BoundValues = Readonly<Record<string, BoundValue>>;

/** Something to be done in the middle of a copy. */
export interface CopyCut {
  readonly tablesAfter: readonly string[];
  run(): Promise<void>;
}

/** What a database must be able to do. Everything rejects with AppErrors of errors.ts. */
export interface Driver {
  /**
   * Streams the result in blocks of about `blockRows` (default 512), less where that is more than a megabyte and nothing is sorted. Leaving the loop early, abort and timeout
   * stop the query in the engine too.
   */
  query(sql: string, values: BoundValues, limits: ReadLimits, blockRows?: number): AsyncIterable<NativeBlock>;
  /** Appends one block of rows; resolves when it is durable. All or nothing as long as it stays in one partition. */
  insert(table: string, rows: number, columns: readonly NativeColumn[]): Promise<void>;
  /** Appends the rows of Native blocks that meet `condition` (in SQL; `{segment:String}` is the path of a file that holds them). */
  insertBlocks(table: string, columnNames: readonly string[], blocks: readonly Uint8Array[], condition?: string): Promise<void>;
  /** Runs a statement without result. */
  command(sql: string, values?: BoundValues): Promise<void>;
  /**
   * Copies all tables as they are into `dataDir`, an empty folder on the same disk, which can be opened afterwards. `cut` runs when all are
   * copied but those named in `tablesAfter`.
   */
  copyTo(dataDir: string, cut?: CopyCut): Promise<void>;
  /** Stops the queries whose text contains `marker`. */
  kill(marker: string): Promise<void>;
  close(): Promise<void>;
}

/** All blocks of a small result. */
export async function queryAll(driver: Driver, sql: string, values: BoundValues = {}, limits: ReadLimits = {}): Promise<NativeBlock[]> {
  const blocks: NativeBlock[] = [];
  for await (const block of driver.query(sql, values, limits)) blocks.push(block);
  return blocks;
}

/**
 * An aggregation for once, when a store opens: the engine would compile it to machine code from the fourth time on that a process asks,
 * which takes longer (some 80 ms) than the question.
 */
export const interpreted = (sql: string): string => `SELECT * FROM (${sql} SETTINGS compile_aggregate_expressions = 0)`;
