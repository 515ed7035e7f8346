// chDB runs one query at a time in each session; sessions on one directory run side by side. So: a small pool for readers, another for
// writers (lines and spans must not wait for a flush of samples), and one session for control (KILL QUERY), which must never wait.
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { drainPending, Session } from 'chdb';
import type { AppError } from '../../model/app-error.ts';
import { isAppError, messageOf } from '../../model/app-error.ts';
import { storageError } from '../errors.ts';
import type { ReadLimits } from '../store.ts';
import { moveFrozen, shadowDir } from './chdb-copy.ts';
import { endAtDeadlySignals } from './deadly-signals.ts';
import { type BoundValues, type CopyCut, type Driver, queryAll } from './driver.ts';
import { decodeNativeBlocks, encodeNativeBlock, type NativeBlock, type NativeColumn } from './native.ts';
import { Pool } from './pool.ts';

export interface ChdbOptions {
  readonly dataDir: string;
  /** Queries that may read at once. */
  readonly readers: number;
  /** Bytes that all queries and merges together may use. */
  readonly maxServerMemoryBytes: number;
  readonly maxQueryMemoryBytes: number;
  /** Time limit of a read that brings none of its own. */
  readonly defaultTimeoutMs: number;
}

// Rows may be kilobytes wide, so blocks of results are short, and of a megabyte at most where nothing is sorted: each becomes one callback on the
// event loop.
const READ_SETTINGS = { max_threads: 2, preferred_block_size_bytes: 1_000_000 };
const WRITERS = 2;
/** Bytes of freed memory that the engine's allocator may keep; what is more goes back at once, the rest within five seconds. */
const FREED_BYTES = 40_000_000;
// One block in, one part out: an insert into one partition is then all or nothing.
const INSERT_SETTINGS = {
  max_threads: 1,
  max_insert_threads: 1,
  max_block_size: 100_000_000,
  max_insert_block_size: 100_000_000,
  min_insert_block_size_rows: 100_000_000,
  min_insert_block_size_bytes: 4_000_000_000,
  max_partitions_per_insert_block: 0,
};

/** Opens the embedded engine on `dataDir`/engine. Throws `storage.locked` when another process has it open. */
export async function openChdb(options: ChdbOptions): Promise<Driver> {
  const engineDir = path.join(options.dataDir, 'engine');
  const inboxDir = path.join(options.dataDir, 'inbox');
  await rm(inboxDir, { recursive: true, force: true });
  await mkdir(engineDir, { recursive: true });
  await mkdir(inboxDir, { recursive: true });
  const configFile = path.join(options.dataDir, 'engine.xml');
  const file = await open(configFile, 'w');
  await file.writeFile(engineConfig(options));
  await file.close();
  const sessions: Session[] = [];
  const openSession = (): Session => {
    const session = new Session(engineDir, { connectionArgs: [`--config-file=${configFile}`] });
    // The first one has just installed the engine's handlers.
    endAtDeadlySignals();
    sessions.push(session);
    return session;
  };
  try {
    const writers = Array.from({ length: WRITERS }, openSession);
    const control = openSession();
    const readers = Array.from({ length: options.readers }, openSession);
    const settings = await sessionSettings();
    for (const session of sessions) await session.queryAsync(settings);
    return new ChdbDriver({ options, inboxDir, writers, control, readers });
  } catch (error) {
    for (const session of sessions) session.close();
    await drainPending();
    throw openError(error, options.dataDir);
  }
}

interface ChdbDeps {
  readonly options: ChdbOptions;
  readonly inboxDir: string;
  readonly writers: readonly Session[];
  readonly control: Session;
  readonly readers: readonly Session[];
}

class ChdbDriver implements Driver {
  readonly #deps: ChdbDeps;
  readonly #readers: Pool<Session>;
  readonly #writers: Pool<Session>;
  readonly #controls: Pool<Session>;
  #inserts = 0;

  constructor(deps: ChdbDeps) {
    this.#deps = deps;
    this.#readers = new Pool(deps.readers);
    this.#writers = new Pool(deps.writers);
    this.#controls = new Pool([deps.control]);
  }

  async *query(sql: string, values: BoundValues, limits: ReadLimits, blockRows = 512): AsyncGenerator<NativeBlock> {
    const { maxQueryMemoryBytes, defaultTimeoutMs } = this.#deps.options;
    const timeoutMs = limits.timeoutMs ?? defaultTimeoutMs;
    const deadline = AbortSignal.timeout(timeoutMs);
    const stop = limits.signal ? AbortSignal.any([limits.signal, deadline]) : deadline;
    const stopError = () =>
      limits.signal?.aborted
        ? storageError('storage.cancelled', 'the read was cancelled', limits.signal.reason)
        : storageError('storage.timeout', `the read took longer than ${timeoutMs} ms; ask for less or raise the limit`);
    const session = await this.#readers.acquire(stop, stopError);
    const marker = `alidade:${randomUUID()}`;
    const max_execution_time = Math.max(0.001, timeoutMs / 1000);
    const settings = { ...READ_SETTINGS, max_block_size: blockRows, max_execution_time, max_memory_usage: maxQueryMemoryBytes };
    const text = `/* ${marker} */ ${sql} SETTINGS ${settingsText(settings)}`;
    const onStop = () => void this.kill(marker).catch(() => undefined);
    stop.addEventListener('abort', onStop, { once: true });
    try {
      for await (const chunk of session.queryStreamBind(text, values, { format: 'Native' })) {
        if (stop.aborted) throw stopError();
        yield* decodeNativeBlocks(chunk.raw());
      }
      if (stop.aborted) throw stopError();
    } catch (error) {
      throw stop.aborted ? stopError() : engineError(error, 'a read failed');
    } finally {
      stop.removeEventListener('abort', onStop);
      this.#readers.release(session);
    }
  }

  async insert(table: string, rows: number, columns: readonly NativeColumn[]): Promise<void> {
    if (rows === 0) return;
    const names = columns.map((column) => column.name);
    await this.insertBlocks(table, names, encodeNativeBlock(rows, columns));
  }

  async insertBlocks(table: string, columnNames: readonly string[], blocks: readonly Uint8Array[], condition = '1'): Promise<void> {
    const name = `${++this.#inserts}.native`;
    const segmentFile = path.join(this.#deps.inboxDir, name);
    const names = columnNames.join(', ');
    const writer = await this.#writers.acquire();
    try {
      const file = await open(segmentFile, 'w');
      try {
        await writeAll(file, blocks);
      } finally {
        await file.close();
      }
      const sql = `INSERT INTO ${table} (${names}) SELECT ${names} FROM file({segment:String}, 'Native') WHERE ${condition} SETTINGS ${settingsText(INSERT_SETTINGS)}`;
      await writer.queryBindAsync(sql, { segment: segmentFile });
    } catch (error) {
      throw engineError(error, `an insert into ${table} failed`);
    } finally {
      this.#writers.release(writer);
      await rm(segmentFile, { force: true });
    }
  }

  async command(sql: string, values: BoundValues = {}): Promise<void> {
    const writer = await this.#writers.acquire();
    try {
      await writer.queryBindAsync(sql, values);
    } catch (error) {
      throw engineError(error, 'a statement failed');
    } finally {
      this.#writers.release(writer);
    }
  }

  async copyTo(dataDir: string, cut?: CopyCut): Promise<void> {
    const engineDir = path.join(this.#deps.options.dataDir, 'engine');
    await rm(shadowDir(engineDir), { recursive: true, force: true });
    const tables = await queryAll(this, 'SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name');
    // The name cannot be bound; nobody else has a say in it. The engine would escape dashes.
    const name = randomUUID().replaceAll('-', '');
    const names = tables.flatMap((block) => block.strings('name'));
    const isAfter = (table: string) => cut?.tablesAfter.includes(table) ?? false;
    const freeze = (table: string) => this.command(`ALTER TABLE {table:Identifier} FREEZE WITH NAME '${name}'`, { table });
    for (const table of names) if (!isAfter(table)) await freeze(table);
    await cut?.run();
    for (const table of names) if (isAfter(table)) await freeze(table);
    await moveFrozen(engineDir, name, path.join(dataDir, 'engine'));
  }

  async kill(marker: string): Promise<void> {
    const control = await this.#controls.acquire();
    try {
      // The engine's own list of processes names each query once; this statement holds the marker too and must not stop itself.
      const found = await control.queryBindAsync(
        "SELECT query_id FROM system.processes WHERE position(query, {marker:String}) > 0 AND query NOT LIKE '%system.processes%'",
        { marker },
        { format: 'TabSeparated' },
      );
      for (const queryId of found.text().split('\n').filter(Boolean))
        await control.queryBindAsync('KILL QUERY WHERE query_id = {queryId:String} ASYNC', { queryId });
    } finally {
      this.#controls.release(control);
    }
  }

  async close(): Promise<void> {
    const { readers, writers, control } = this.#deps;
    await Promise.all([this.#writers.close(writers.length), this.#readers.close(readers.length)]);
    await this.#controls.close(1);
    for (const session of [...readers, ...writers, control]) session.close();
    await drainPending();
  }
}

/** All parts in as few calls as the system allows: each is a trip to another thread. */
async function writeAll(file: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  let rest = parts.filter(({ length }) => length > 0);
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest);
    const first = rest.findIndex(({ length }) => {
      if (length > bytesWritten) return true;
      bytesWritten -= length;
      return false;
    });
    const cut = first < 0 ? undefined : rest[first]?.subarray(bytesWritten);
    rest = cut ? [cut, ...rest.slice(first + 1)] : [];
  }
}

/** Settings that every statement of a session obeys; simdjson needs AVX2 or crashes, so it is asked for only where it works. */
async function sessionSettings(): Promise<string> {
  const settings = ['log_queries = 0', 'max_threads = 2', 'output_format_parallel_formatting = 0', 'input_format_parallel_parsing = 0'];
  if (process.arch === 'x64' && !(await hasAvx2())) settings.push('allow_simdjson = 0');
  return `SET ${settings.join(', ')}`;
}

async function hasAvx2(): Promise<boolean> {
  try {
    const file = await open('/proc/cpuinfo', 'r');
    try {
      return / avx2 /.test(await file.readFile('utf8'));
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

function engineConfig(options: ChdbOptions): string {
  const settings = {
    max_server_memory_usage: options.maxServerMemoryBytes,
    max_server_memory_usage_to_ram_ratio: 0,
    mark_cache_size: 33_554_432,
    index_mark_cache_size: 8_388_608,
    uncompressed_cache_size: 0,
    index_uncompressed_cache_size: 0,
    mmap_cache_size: 64,
    compiled_expression_cache_size: 8_388_608,
    query_cache: 0,
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 1,
    background_schedule_pool_size: 2,
    max_thread_pool_size: 2000,
    max_thread_pool_free_size: 8,
    // Left to itself it finds itself short of memory, gives each freed page back at once, and spends more time with that than with reading.
    memory_worker_decay_adjustment_period_ms: 0,
    memory_worker_purge_dirty_pages_threshold_ratio: Math.min(1, FREED_BYTES / options.maxServerMemoryBytes),
  };
  const lines = Object.entries(settings).map(([name, value]) => `  <${name}>${value}</${name}>`);
  return `<clickhouse>\n${lines.join('\n')}\n  <logger><level>none</level></logger>\n</clickhouse>\n`;
}

function settingsText(settings: Readonly<Record<string, number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

function openError(error: unknown, dataDir: string): AppError {
  const text = `${messageOf(error)} ${error instanceof Error ? messageOf(error.cause) : ''}`;
  if (/Cannot lock file|CANNOT_OPEN_FILE|already running|Failed to create connection/.test(text))
    return storageError('storage.locked', `cannot open "${dataDir}": another process has it open, or it is not writable`, error);
  return engineError(error, `cannot open "${dataDir}"`);
}

function engineError(error: unknown, what: string): AppError {
  if (isAppError(error)) return error;
  const text = messageOf(error);
  const code = /Code: (\d+)/.exec(text)?.[1];
  if (code === '159' || code === '160')
    return storageError('storage.timeout', `${what}: it took too long; ask for less or raise the limit`, error);
  if (code === '241') return storageError('storage.out_of_memory', `${what}: it needs more memory than its limit; ask for less`, error);
  if (code === '394') return storageError('storage.cancelled', `${what}: it was stopped`, error);
  return storageError('storage.engine', `${what}: ${text}`, error);
}
