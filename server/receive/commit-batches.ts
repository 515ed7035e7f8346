import { setImmediate } from 'node:timers/promises';
import type { MetricAppender } from '../storage/store.ts';

/** Makes batches visible one after the other, letting other work go on between them, and waits until all are durable. */
export async function commitBatches(batches: readonly MetricAppender[]): Promise<void> {
  const commits: Promise<unknown>[] = [];
  for (const batch of batches) {
    if (commits.length > 0) await setImmediate();
    // A rejection must not stay unhandled while the others are committed.
    commits.push(
      batch.commit().then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
  }
  const errors = await Promise.all(commits);
  const error = errors.find((one) => one !== undefined);
  if (error !== undefined) throw error;
}
