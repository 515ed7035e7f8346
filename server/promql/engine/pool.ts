import { Worker } from 'node:worker_threads';
import { messageOf } from '../../model/app-error.ts';
import type { Clock, Timer } from '../../model/clock.ts';
import type { WorkerCode } from '../../workers/worker-code.ts';
import { promqlError } from '../errors.ts';
import type { Interrupt } from './interrupt.ts';
import type { Job, Outcome } from './job.ts';
import { type OutcomeMessage, packJob, unpackError, unpackOutcome } from './wire.ts';

/** A worker that ignores its interrupt for so long is terminated. */
const STUCK_AFTER_MS = 2_000;

/** Jobs with the same binding are done by one worker, in the order in which they are given: what one leaves behind, the next finds. */
export class Binding {
  slot: unknown;
}

interface Task {
  readonly job: Job;
  readonly binding: Binding | undefined;
  readonly interrupt: Interrupt;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

interface Slot {
  readonly worker: Worker;
  task?: Task | undefined;
  stuckTimer?: Timer | undefined;
}

export interface PoolOptions {
  readonly size: number;
  readonly clock: Clock;
  readonly loadCode: () => Promise<WorkerCode>;
}

/** A few worker threads that do jobs, started when first needed. A worker that dies or gets stuck is replaced. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #slots = new Set<Slot>();
  readonly #waiting: Task[] = [];
  #code: Promise<WorkerCode> | undefined;
  #starting = 0;
  #isClosed = false;
  #nextId = 1;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** How many workers could begin a job now, those included that are yet to be started. */
  get idle(): number {
    let busy = 0;
    for (const { task } of this.#slots) if (task) busy++;
    return this.#options.size - busy - this.#waiting.length;
  }

  /** Does the job; urgent ones overtake those that wait. The job's arrays are transferred away. */
  run(job: Job, interrupt: Interrupt, isUrgent = false, binding?: Binding): Promise<Outcome> {
    if (this.#isClosed) return Promise.reject(promqlError('promql.cancelled', 'the query engine is closed'));
    if (binding?.slot && !this.#slots.has(binding.slot as Slot))
      return Promise.reject(promqlError('promql.execution', 'the query worker ended unexpectedly'));
    return new Promise((resolve, reject) => {
      const task = { job, binding, interrupt, resolve, reject };
      if (isUrgent && !binding) this.#waiting.unshift(task);
      else this.#waiting.push(task);
      this.#dispatch();
    });
  }

  /** To be called when `interrupt` was stopped: its job is given up, its worker replaced when it does not listen. */
  abandon(interrupt: Interrupt): void {
    for (const slot of this.#slots)
      if (slot.task?.interrupt === interrupt && !slot.stuckTimer)
        slot.stuckTimer = this.#options.clock.after(STUCK_AFTER_MS, () => this.#discard(slot, interrupt.reason()));
    this.#dispatch();
  }

  /** Ends all workers; what they were doing is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = promqlError('promql.cancelled', 'the query engine is closed');
    for (const task of this.#waiting.splice(0)) task.reject(closed);
    const slots = [...this.#slots];
    for (const slot of slots) this.#discard(slot, closed);
    await Promise.all(slots.map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const task = this.#waiting[i] as Task;
      if (!task.interrupt.isStopped) continue;
      this.#waiting.splice(i, 1);
      task.reject(task.interrupt.reason());
    }
    for (const slot of this.#slots) {
      if (slot.task) continue;
      const next = this.#waiting.findIndex(({ binding }) => !binding?.slot || binding.slot === slot);
      const [task] = next < 0 ? [] : this.#waiting.splice(next, 1);
      if (task) this.#assign(slot, task);
    }
    if (this.#waiting.length > this.#starting && this.#slots.size + this.#starting < this.#options.size) void this.#start();
  }

  #assign(slot: Slot, task: Task): void {
    slot.task = task;
    if (task.binding) task.binding.slot = slot;
    slot.worker.ref();
    try {
      const { message, transfer } = packJob(task.job);
      slot.worker.postMessage({ id: this.#nextId++, interrupt: task.interrupt.buffer, job: message }, transfer);
    } catch (cause) {
      slot.task = undefined;
      slot.worker.unref();
      task.reject(promqlError('promql.execution', `a part of the query could not be sent to a worker: ${messageOf(cause)}`, cause));
    }
  }

  async #start(): Promise<void> {
    this.#starting++;
    try {
      this.#code ??= this.#options.loadCode();
      const code = await this.#code;
      if (this.#isClosed) return;
      this.#add('url' in code ? new Worker(code.url) : new Worker(code.text, { eval: true }));
    } catch (cause) {
      this.#code = undefined;
      const error = promqlError('promql.execution', `a query worker could not be started: ${messageOf(cause)}`, cause);
      if (this.#slots.size === 0) for (const task of this.#waiting.splice(0)) task.reject(error);
    } finally {
      this.#starting--;
    }
    this.#dispatch();
  }

  #add(worker: Worker): void {
    const slot: Slot = { worker };
    this.#slots.add(slot);
    // An idle worker does not keep the process alive.
    worker.unref();
    worker.on('message', (message: OutcomeMessage) => this.#finish(slot, message));
    worker.on('error', (cause) =>
      this.#discard(slot, promqlError('promql.execution', `the query worker failed: ${messageOf(cause)}`, cause)),
    );
    worker.on('exit', () => this.#discard(slot, promqlError('promql.execution', 'the query worker ended unexpectedly')));
  }

  #finish(slot: Slot, message: OutcomeMessage): void {
    const { task } = slot;
    slot.stuckTimer?.cancel();
    slot.stuckTimer = undefined;
    slot.task = undefined;
    slot.worker.unref();
    if ('error' in message) task?.reject(unpackError(message.error));
    else task?.resolve(unpackOutcome(message.outcome));
    this.#dispatch();
  }

  #discard(slot: Slot, error: Error): void {
    if (!this.#slots.delete(slot)) return;
    slot.stuckTimer?.cancel();
    const { task } = slot;
    // Once it is told of, nobody looks at the memory of the job any more.
    void slot.worker.terminate().finally(() => task?.reject(error));
    for (let i = this.#waiting.length - 1; i >= 0; i--)
      if (this.#waiting[i]?.binding?.slot === slot) this.#waiting.splice(i, 1)[0]?.reject(error);
    if (!this.#isClosed) this.#dispatch();
  }
}
