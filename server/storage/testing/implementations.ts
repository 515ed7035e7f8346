// Both stores, as the contract suites open them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { openStore } from '../clickhouse/open.ts';
import { openMemoryStore } from '../memory/open.ts';
import type { StoreLimits } from '../options.ts';
import type { Store } from '../store.ts';

export const NOW = 1_750_000_000_000;
export const DAY = 86_400_000;
export const ALL_NS = { startNs: 0n, endNs: 9_000_000_000_000_000_000n };

export type OpenLimits = StoreLimits & { readonly clock?: FakeClock };
type Open = (limits?: OpenLimits) => Promise<Store>;

/** One implementation; `start` makes a place for its data. */
export interface Implementation {
  readonly name: string;
  start(): Promise<{ open: Open; end(): Promise<void> }>;
}

export const memory: Implementation = {
  name: 'memory',
  start: async () => ({
    open: async ({ clock = new FakeClock(NOW), ...limits } = {}) => openMemoryStore(clock, { maxFutureMs: 600_000, ...limits }),
    end: async () => undefined,
  }),
};

export function chdb(name: string, extra: { readonly flushSamples?: number } = {}): Implementation {
  return {
    name,
    async start() {
      const dataDir = await mkdtemp(path.join(tmpdir(), 'alidade-contract-'));
      return {
        open: ({ clock = new FakeClock(NOW), ...limits } = {}) => openStore({ dataDir, clock, ...extra, ...limits }),
        end: () => rm(dataDir, { recursive: true, force: true }),
      };
    },
  };
}

/** The store under test, closed after each test. */
export interface StoreUnderTest {
  open: Open;
  /** Closes and opens again, where there is something to come back to. */
  reopen: Open;
  current(): Store;
}

/** To be called in a `describe`. */
export function useStore(implementation: Implementation): StoreUnderTest {
  let started: Awaited<ReturnType<Implementation['start']>> | undefined;
  let store: Store | undefined;
  const open: Open = async (limits) => {
    started ??= await implementation.start();
    store = await started.open(limits);
    return store;
  };
  const current = (): Store => {
    if (!store) throw new Error('no store is open');
    return store;
  };
  afterEach(async () => {
    await store?.close();
    store = undefined;
    await started?.end();
    started = undefined;
  });
  return {
    open,
    current,
    async reopen(limits) {
      if (implementation === memory) return current();
      await store?.close();
      return open(limits);
    },
  };
}
