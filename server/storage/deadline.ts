import { storageError } from './errors.ts';
import type { ReadLimits } from './store.ts';

/** The limits of each next query of a read that takes several: its time limit is what the earlier ones have left of it. */
export function deadline(limits: ReadLimits): () => ReadLimits {
  const { timeoutMs } = limits;
  if (timeoutMs === undefined) return () => limits;
  const startMs = performance.now();
  return () => {
    const leftMs = timeoutMs - (performance.now() - startMs);
    if (leftMs <= 0) throw storageError('storage.timeout', `the read took longer than ${timeoutMs} ms; ask for less or raise the limit`);
    return { ...limits, timeoutMs: Math.ceil(leftMs) };
  };
}
