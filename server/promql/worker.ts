// The entry of a worker thread: does one job after the other.
import { parentPort } from 'node:worker_threads';
import { Interrupt } from './engine/interrupt.ts';
import { runJob } from './engine/job.ts';
import { type JobMessage, packError, packOutcome, unpackJob } from './engine/wire.ts';

parentPort?.on('message', ({ id, job, interrupt }: JobMessage) => {
  try {
    const stop = new Interrupt(interrupt);
    const { message, transfer } = packOutcome(runJob(unpackJob(job), () => stop.check()));
    parentPort?.postMessage({ id, outcome: message }, transfer);
  } catch (error) {
    parentPort?.postMessage({ id, error: packError(error) });
  }
});
