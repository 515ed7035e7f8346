import type { Clock } from '../../model/clock.ts';
import type { StateStore } from '../store.ts';
import { type Driver, queryAll } from './driver.ts';
import { fixedColumn, stringColumn } from './native.ts';
import { WriteBuffer } from './write-buffer.ts';

const COLUMNS = ['namespace', 'key', 'value', 'version', 'is_deleted'] as const;

export interface StateStoreOptions {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly walDir: string;
  readonly warn: (message: string) => void;
  readonly maxPendingBytes: number;
}

/** The StateStore on a Driver: everything in memory, every change in a log and then in the table. */
export class ClickhouseStateStore implements StateStore {
  readonly #namespaces = new Map<string, Map<string, string>>();
  /** What of it a copy of the store has to wait for. */
  readonly buffer: WriteBuffer;
  #version = 0n;

  private constructor(buffer: WriteBuffer) {
    this.buffer = buffer;
  }

  static async open(options: StateStoreOptions): Promise<ClickhouseStateStore> {
    // The table keeps the highest version of a key, so that a change which it gets twice does no harm.
    const store = new ClickhouseStateStore(await WriteBuffer.open({ ...options, table: 'state', columnNames: COLUMNS, noun: 'state' }));
    const sql = 'SELECT namespace, key, value, version, is_deleted FROM state FINAL';
    for (const block of await queryAll(options.driver, sql)) {
      const keys = block.strings('key');
      const values = block.strings('value');
      const versions = block.fixed('version', 'UInt64');
      const isDeleted = block.fixed('is_deleted', 'UInt8');
      block.strings('namespace').forEach((namespace, i) => {
        if (isDeleted[i] === 0) store.#namespace(namespace).set(keys[i] as string, values[i] as string);
        if ((versions[i] as bigint) > store.#version) store.#version = versions[i] as bigint;
      });
    }
    return store;
  }

  get pendingBytes(): number {
    return this.buffer.pendingBytes;
  }

  async get(namespace: string, key: string): Promise<string | undefined> {
    return this.#namespaces.get(namespace)?.get(key);
  }

  put(namespace: string, key: string, value: string): Promise<void> {
    return this.#change(namespace, key, value);
  }

  delete(namespace: string, key: string): Promise<void> {
    return this.#change(namespace, key, undefined);
  }

  async entries(namespace: string): Promise<ReadonlyMap<string, string>> {
    return new Map(this.#namespaces.get(namespace));
  }

  close(): Promise<void> {
    return this.buffer.close();
  }

  /** Readers see a change when it is durable, so that nobody acts on what a crash would undo. */
  async #change(namespace: string, key: string, value: string | undefined): Promise<void> {
    this.buffer.admit(key.length + (value?.length ?? 0));
    const columns = [
      stringColumn('namespace', [namespace]),
      stringColumn('key', [key]),
      stringColumn('value', [value ?? '']),
      fixedColumn('version', 'UInt64', BigUint64Array.of(++this.#version)),
      fixedColumn('is_deleted', 'UInt8', Uint8Array.of(value === undefined ? 1 : 0)),
    ];
    await this.buffer.append({ rows: 1, columns, minNs: 0n, maxNs: 0n }, () => {
      if (value === undefined) this.#namespace(namespace).delete(key);
      else this.#namespace(namespace).set(key, value);
    });
  }

  #namespace(name: string): Map<string, string> {
    let entries = this.#namespaces.get(name);
    if (!entries) {
      entries = new Map();
      this.#namespaces.set(name, entries);
    }
    return entries;
  }
}
