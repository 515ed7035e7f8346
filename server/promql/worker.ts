// The entry of a worker thread: does one job after the other.
import { constants, setPriority } from 'node:os';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { Interrupt } from './engine/interrupt.ts';
import { runJob } from './engine/job.ts';
import { type JobMessage, packError, packOutcome, unpackJob } from './engine/wire.ts';

/** So many bytes more than were left the last time are worth a look for what nobody needs any more. */
const MUCH_BYTES = 32 * 1024 * 1024;

const collectGarbage = garbageCollector();
/** In use after the last collection. */
let leftBytes = 0;
stepBack();
parentPort?.on('message', ({ id, job, interrupt }: JobMessage) => {
  try {
    const stop = new Interrupt(interrupt);
    const { message, transfer } = packOutcome(runJob(unpackJob(job), () => stop.check()));
    parentPort?.postMessage({ id, outcome: message }, transfer);
    // What it has let go of was counted with what is left.
    if ((job as { kind: string }).kind === 'drop') leftBytes = 0;
  } catch (error) {
    parentPort?.postMessage({ id, error: packError(error) });
  }
  setImmediate(tidyUp);
});

/**
 * V8 would leave the rows and labels of a query over a hundred thousand series where they are until the next such query has made its own. What
 * else lives in this thread is small, so it takes a few milliseconds.
 */
function tidyUp(): void {
  if (usedBytes() - leftBytes < MUCH_BYTES) return;
  collectGarbage();
  leftBytes = usedBytes();
}

function usedBytes(): number {
  const { external_memory, used_heap_size } = getHeapStatistics();
  return external_memory + used_heap_size;
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  return typeof collect === 'function' ? (collect as () => void) : () => undefined;
}

/** On Linux priorities belong to threads: ingest, timers and answers, on the main thread, come before the evaluation of queries. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it; queries are answered all the same.
  }
}
