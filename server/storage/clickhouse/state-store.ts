import type { StateStore } from '../store.ts';
import { BatchWriter } from './batch-writer.ts';
import { type Driver, queryAll } from './driver.ts';
import { Exclusive } from './exclusive.ts';
import { fixedColumn, stringColumn } from './native.ts';

interface Change {
  readonly namespace: string;
  readonly key: string;
  /** Undefined deletes. */
  readonly value: string | undefined;
}

export interface StateStoreOptions {
  readonly driver: Driver;
  readonly maxPendingBytes: number;
}

/** The StateStore on a Driver: everything in memory, every change in the table. */
export class ClickhouseStateStore implements StateStore {
  readonly #driver: Driver;
  readonly #namespaces = new Map<string, Map<string, string>>();
  readonly #writer: BatchWriter<Change>;
  readonly #writing = new Exclusive();
  #version = 0n;

  private constructor({ driver, maxPendingBytes }: StateStoreOptions) {
    this.#driver = driver;
    this.#writer = new BatchWriter({
      write: (changes) => this.#writing.run(() => this.#write(changes)),
      maxBytes: maxPendingBytes,
      noun: 'state',
    });
  }

  static async open(options: StateStoreOptions): Promise<ClickhouseStateStore> {
    const store = new ClickhouseStateStore(options);
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
    return this.#writer.pendingBytes;
  }

  async get(namespace: string, key: string): Promise<string | undefined> {
    return this.#namespaces.get(namespace)?.get(key);
  }

  put(namespace: string, key: string, value: string): Promise<void> {
    return this.#change({ namespace, key, value });
  }

  delete(namespace: string, key: string): Promise<void> {
    return this.#change({ namespace, key, value: undefined });
  }

  async entries(namespace: string): Promise<ReadonlyMap<string, string>> {
    return new Map(this.#namespaces.get(namespace));
  }

  /** Runs `work` while nothing is written; changes wait for its end. */
  held<T>(work: () => Promise<T>): Promise<T> {
    return this.#writing.run(work);
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  /** Readers see a change when it is durable, so that nobody acts on what a crash would undo. */
  async #change(change: Change): Promise<void> {
    await this.#writer.add([change], 100 + change.key.length + 2 * (change.value?.length ?? 0));
  }

  async #write(changes: readonly Change[]): Promise<void> {
    const versions = BigUint64Array.from(changes, () => ++this.#version);
    await this.#driver.insert('state', changes.length, [
      stringColumn(
        'namespace',
        changes.map(({ namespace }) => namespace),
      ),
      stringColumn(
        'key',
        changes.map(({ key }) => key),
      ),
      stringColumn(
        'value',
        changes.map(({ value }) => value ?? ''),
      ),
      fixedColumn('version', 'UInt64', versions),
      fixedColumn(
        'is_deleted',
        'UInt8',
        Uint8Array.from(changes, ({ value }) => (value === undefined ? 1 : 0)),
      ),
    ]);
    for (const { namespace, key, value } of changes) {
      if (value === undefined) this.#namespace(namespace).delete(key);
      else this.#namespace(namespace).set(key, value);
    }
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
