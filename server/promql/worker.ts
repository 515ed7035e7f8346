// The entry of a worker thread: does one job after the other.
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { Interrupt } from './engine/interrupt.ts';
import { runJob } from './engine/job.ts';
import { type JobMessage, packError, packOutcome, unpackJob } from './engine/wire.ts';

stepBack();
parentPort?.on('message', ({ id, job, interrupt }: JobMessage) => {
  try {
    const stop = new Interrupt(interrupt);
    const { message, transfer } = packOutcome(runJob(unpackJob(job), () => stop.check()));
    parentPort?.postMessage({ id, outcome: message }, transfer);
  } catch (error) {
    parentPort?.postMessage({ id, error: packError(error) });
  }
});

/** On Linux priorities belong to threads: ingest, timers and answers, on the main thread, come before the evaluation of queries. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it; queries are answered all the same.
  }
}
