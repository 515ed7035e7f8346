import { Worker } from 'node:worker_threads';
import { AppError, messageOf } from '../../model/app-error.ts';
import type { Clock, Timer } from '../../model/clock.ts';
import type { LogBlock } from '../../storage/store.ts';
import type { WorkerCode } from '../../workers/worker-code.ts';
import { logqlError } from '../errors.ts';
import type { LogQueryValue } from '../query.ts';
import type { EvaluationRequest } from './evaluation.ts';
import type { ReadStats } from './line-reader.ts';
import { type FromWorker, packBlock, type ToWorker, unpackValue } from './wire.ts';

const IDLE_MS = 60_000;
/** Objects of a worker; numbers are outside it and bounded by themselves. */
const DEFAULT_HEAP_MB = 512;

interface Waiting {
  readonly resolve: (answer: FromWorker) => void;
  readonly reject: (error: Error) => void;
}

export interface WorkerClientDeps {
  readonly clock: Clock;
  readonly loadCode: () => Promise<WorkerCode>;
  /** Megabytes of objects; a worker that needs more ends, with all its queries. Default 512. */
  readonly maxHeapMb?: number | undefined;
}

/** A query in the worker; one call at a time. Calls reject with the reason of the query's signal as soon as it is aborted. */
export interface RemoteEvaluation {
  /** Takes the block, whose arrays are transferred away; true when no more of that read is wanted. */
  feed(read: number, block: LogBlock): Promise<boolean>;
  finish(): Promise<{ readonly value: LogQueryValue; readonly stats: ReadStats }>;
  /** Must be called at the end, whatever happened. */
  drop(): void;
}

/** One worker thread that evaluates queries, started when first needed and ended when nothing was asked of it for a minute. */
export class WorkerClient {
  readonly #deps: WorkerClientDeps;
  readonly #waiting = new Map<number, Waiting>();
  /** The evaluations under way; with the error of a worker that took one with it. */
  readonly #open = new Map<number, Error | undefined>();
  #worker: Promise<Worker> | undefined;
  #running: Worker | undefined;
  #idle: Timer | undefined;
  #nextId = 1;

  constructor(deps: WorkerClientDeps) {
    this.#deps = deps;
  }

  async start(request: EvaluationRequest, signal: AbortSignal): Promise<RemoteEvaluation> {
    const id = this.#nextId++;
    this.#open.set(id, undefined);
    this.#idle?.cancel();
    this.#idle = undefined;
    try {
      await this.#ask({ type: 'start', id, request }, signal);
    } catch (error) {
      this.#drop(id);
      throw error;
    }
    return {
      feed: async (read, block) => {
        const packed = packBlock(block);
        const answer = await this.#ask({ type: 'block', id, read, block: packed.block }, signal, packed.transfer);
        return answer.type === 'taken' && answer.isEnough;
      },
      finish: async () => {
        const answer = await this.#ask({ type: 'finish', id }, signal);
        if (answer.type !== 'result') throw logqlError('logql.execution', 'the worker gave no result');
        return { value: unpackValue(answer.value), stats: answer.stats };
      },
      drop: () => this.#drop(id),
    };
  }

  async close(): Promise<void> {
    this.#idle?.cancel();
    const worker = this.#worker;
    this.#fail(logqlError('logql.cancelled', 'the query engine is closed'));
    await (await worker?.catch(() => undefined))?.terminate();
  }

  async #ask(message: ToWorker, signal: AbortSignal, transfer: readonly ArrayBuffer[] = []): Promise<FromWorker> {
    const { id } = message;
    const lost = this.#open.get(id);
    if (lost) throw lost;
    this.#worker ??= this.#startWorker();
    const worker = await this.#worker;
    signal.throwIfAborted();
    // The worker may be busy with others: nobody waits for it who has given up.
    const answered = new AbortController();
    const answer = new Promise<FromWorker>((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(id);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true, signal: answered.signal });
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage(message, transfer);
    });
    return answer.finally(() => answered.abort());
  }

  #drop(id: number): void {
    this.#open.delete(id);
    this.#waiting.delete(id);
    const worker = this.#worker;
    // A worker that could not be started has nothing to forget.
    worker?.then((running) => running.postMessage({ type: 'drop', id } satisfies ToWorker)).catch(() => undefined);
    if (this.#open.size > 0 || !worker) return;
    this.#idle = this.#deps.clock.after(IDLE_MS, () => {
      this.#worker = undefined;
      this.#running = undefined;
      void worker.then((running) => running.terminate());
    });
  }

  async #startWorker(): Promise<Worker> {
    try {
      const { loadCode, maxHeapMb = DEFAULT_HEAP_MB } = this.#deps;
      const code = await loadCode();
      const options = { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } };
      const worker = 'url' in code ? new Worker(code.url, options) : new Worker(code.text, { ...options, eval: true });
      worker.unref();
      this.#running = worker;
      worker.on('message', (answer: FromWorker) => this.#settle(answer));
      worker.on('error', (cause) => this.#fail(failureOf(cause, maxHeapMb), worker));
      worker.on('exit', () => this.#fail(logqlError('logql.execution', 'the query worker ended'), worker));
      return worker;
    } catch (cause) {
      this.#worker = undefined;
      throw logqlError('logql.execution', `the query worker could not be started: ${messageOf(cause)}`, cause);
    }
  }

  #settle(answer: FromWorker): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.type === 'error') waiting?.reject(new AppError(answer.code, answer.message));
    else waiting?.resolve(answer);
  }

  /** Rejects what waits for a worker that is gone; the next question starts another. */
  #fail(error: Error, gone?: Worker): void {
    if (gone && gone !== this.#running) return;
    this.#running = undefined;
    this.#worker = undefined;
    for (const id of this.#open.keys()) this.#open.set(id, error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function failureOf(cause: Error & { readonly code?: unknown }, maxHeapMb: number): AppError {
  if (cause.code !== 'ERR_WORKER_OUT_OF_MEMORY')
    return logqlError('logql.execution', `the query worker failed: ${messageOf(cause)}`, cause);
  return logqlError(
    'logql.out_of_memory',
    `the queries that ran at this time needed more than ${maxHeapMb} MB of memory; ask for a shorter time, a narrower selector, or fewer labels`,
    cause,
  );
}
