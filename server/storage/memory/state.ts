import type { StateStore } from '../store.ts';

/** The reference implementation of state: a map of maps. */
export class MemoryStateStore implements StateStore {
  readonly #namespaces = new Map<string, Map<string, string>>();

  async get(namespace: string, key: string): Promise<string | undefined> {
    return this.#namespaces.get(namespace)?.get(key);
  }

  async put(namespace: string, key: string, value: string): Promise<void> {
    const entries = this.#namespaces.get(namespace) ?? new Map<string, string>();
    this.#namespaces.set(namespace, entries.set(key, value));
  }

  async delete(namespace: string, key: string): Promise<void> {
    this.#namespaces.get(namespace)?.delete(key);
  }

  async entries(namespace: string): Promise<ReadonlyMap<string, string>> {
    return new Map(this.#namespaces.get(namespace));
  }
}
