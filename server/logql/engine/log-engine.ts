import { AppError } from '../../model/app-error.ts';
import type { Clock } from '../../model/clock.ts';
import type { LogBlock, LogStore, ReadLimits } from '../../storage/store.ts';
import { Gate } from '../../workers/gate.ts';
import { loadWorkerCode, type WorkerCode } from '../../workers/worker-code.ts';
import { logqlError } from '../errors.ts';
import { formatQuery } from '../parse/format.ts';
import { parseQuery, parseSelector } from '../parse/parser.ts';
import type { LogInstantQuery, LogQueryEngine, LogQueryResult, LogRangeQuery } from '../query.ts';
import { type Evaluation, type EvaluationRequest, startEvaluation } from './evaluation.ts';
import { type RemoteEvaluation, WorkerClient } from './worker-client.ts';

export interface LogEngineDeps {
  readonly store: LogStore;
  readonly clock: Clock;
  /** Of a query that names none. Default 2 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Queries at a time; others wait. Default 20. */
  readonly maxConcurrency?: number | undefined;
  /** Series of a range aggregation. Default 10,000. */
  readonly maxSeries?: number | undefined;
  /** Unwrapped values that one query keeps. Default 20 million. */
  readonly maxValues?: number | undefined;
  /** Lines that one query goes through. Default 500 million. */
  readonly maxLines?: number | undefined;
  /** Lines up to which a query is evaluated on the main thread, if they are short and its steps few. Default 2,000; tests turn it. */
  readonly maxInlineLines?: number | undefined;
  /** Megabytes of objects of the worker. Default 512. */
  readonly maxWorkerHeapMb?: number | undefined;
  /** Where the worker's code is. Default: beside this module. */
  readonly workerUrl?: URL | undefined;
}

const DEFAULTS = {
  timeoutMs: 120_000,
  maxConcurrency: 20,
  maxSeries: 10_000,
  maxValues: 20_000_000,
  maxLines: 500_000_000,
  maxInlineLines: 2_000,
};
/** Bytes of lines, and lines × steps, up to which a query is evaluated on the main thread. */
const MAX_INLINE_BYTES = 4 * 1024 * 1024;
const MAX_INLINE_WORK = 1_000_000;

/** Builds the engine of LogQL; it does nothing until it is asked. */
export function createLogEngine(deps: LogEngineDeps): LogQueryEngine {
  return new LogEngine(deps);
}

class LogEngine implements LogQueryEngine {
  readonly #deps: LogEngineDeps;
  readonly #gate: Gate;
  readonly #worker: WorkerClient;

  constructor(deps: LogEngineDeps) {
    this.#deps = deps;
    const { maxConcurrency = DEFAULTS.maxConcurrency, workerUrl, clock, maxWorkerHeapMb: maxHeapMb } = deps;
    this.#gate = new Gate(maxConcurrency, 10 * maxConcurrency, (message) => logqlError('logql.overloaded', message));
    const loadCode = async (): Promise<WorkerCode> =>
      workerUrl ? { url: workerUrl } : loadWorkerCode(import.meta.url, './logql-worker.js', '../worker.ts');
    this.#worker = new WorkerClient({ clock, loadCode, maxHeapMb });
  }

  instant({ timeNs, ...query }: LogInstantQuery): Promise<LogQueryResult> {
    return this.#run({ ...this.#request(query), kind: 'instant', startNs: timeNs, endNs: timeNs, stepNs: 1n }, query);
  }

  range({ startNs, endNs, stepNs, ...query }: LogRangeQuery): Promise<LogQueryResult> {
    return this.#run({ ...this.#request(query), kind: 'range', startNs, endNs, stepNs }, query);
  }

  check(query: string): 'streams' | 'metric' {
    return parseQuery(query).kind === 'log' ? 'streams' : 'metric';
  }

  format(query: string): string {
    return formatQuery(parseQuery(query));
  }

  parseSelector(selector: string) {
    return parseSelector(selector);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  #request({ query, limit, direction, detectLevel = false }: Pick<LogRangeQuery, 'query' | 'limit' | 'direction' | 'detectLevel'>) {
    const { maxSeries = DEFAULTS.maxSeries, maxValues = DEFAULTS.maxValues } = this.#deps;
    return { query, limit, direction, detectLevel, maxSeries, maxValues };
  }

  async #run(request: EvaluationRequest, { signal, timeoutMs }: Pick<LogRangeQuery, 'signal' | 'timeoutMs'>): Promise<LogQueryResult> {
    const startedMs = performance.now();
    const most = timeoutMs ?? this.#deps.timeoutMs ?? DEFAULTS.timeoutMs;
    const timeout = AbortSignal.timeout(most);
    const stopped = signal ? AbortSignal.any([signal, timeout]) : timeout;
    try {
      // Before waiting: what cannot be read must not take a place.
      const evaluation = startEvaluation(request);
      await this.#gate.enter(stopped);
      try {
        const limits = { signal: stopped, timeoutMs: most, maxSamples: this.#deps.maxLines ?? DEFAULTS.maxLines };
        const { value, stats } = await this.#evaluate(request, evaluation, limits);
        const seconds = (performance.now() - startedMs) / 1000;
        const { lines, bytes, matched } = stats;
        const streams = value.type === 'streams' ? value.streams.length : 0;
        const figures = { linesProcessed: lines, bytesProcessed: bytes, linesMatched: matched, streams, seconds };
        return { value, stats: figures, warnings: [] };
      } finally {
        this.#gate.leave();
      }
    } catch (error) {
      throw explain(error, { isTimeout: timeout.aborted, isCancelled: signal?.aborted ?? false, timeoutMs: most });
    }
  }

  /** Small queries here, others in the worker: one that grows moves there with the blocks that it had. */
  async #evaluate(request: EvaluationRequest, evaluation: Evaluation, limits: ReadLimits) {
    const { maxInlineLines = DEFAULTS.maxInlineLines, store } = this.#deps;
    const { signal } = limits as { signal: AbortSignal };
    const taken: [read: number, block: LogBlock][] = [];
    let lines = 0;
    let bytes = 0;
    let remote: RemoteEvaluation | undefined;
    try {
      for (const [read, selection] of evaluation.reads.entries()) {
        for await (const block of store.select(selection, limits)) {
          lines += block.streamOf.length;
          bytes += block.lineBytes.byteLength;
          const isSmall = lines <= maxInlineLines && bytes <= MAX_INLINE_BYTES && lines * evaluation.steps <= MAX_INLINE_WORK;
          if (!remote && !isSmall) {
            remote = await this.#worker.start(request, signal);
            for (const before of taken.splice(0)) await remote.feed(...before);
          }
          if (!remote) taken.push([read, block]);
          if (remote ? await remote.feed(read, block) : evaluation.feed(read, block)) break;
        }
      }
      return remote ? await remote.finish() : { value: drained(evaluation.finish()), stats: evaluation.stats() };
    } finally {
      remote?.drop();
    }
  }
}

/** What a small query answers needs no pauses. */
function drained<T>(pieces: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}

interface Circumstances {
  readonly isTimeout: boolean;
  readonly isCancelled: boolean;
  readonly timeoutMs: number;
}

function explain(error: unknown, { isTimeout, isCancelled, timeoutMs }: Circumstances): unknown {
  const code = error instanceof AppError ? error.code : '';
  // What failed for another reason tells it, even when time was up by then.
  if (code.startsWith('logql.')) return error;
  if ((isTimeout && !isCancelled) || code === 'storage.timeout')
    return logqlError(
      'logql.timeout',
      `the query took longer than ${timeoutMs / 1000} s; ask for a shorter time or a narrower selector`,
      error,
    );
  if (isCancelled || code === 'storage.cancelled') return logqlError('logql.cancelled', 'the query was cancelled', error);
  if (code === 'storage.too_many_samples')
    return logqlError(
      'logql.too_many_lines',
      'the query goes through too many lines; ask for a shorter time or a narrower selector',
      error,
    );
  if (code === 'matcher.bad_regexp') return logqlError('logql.parse', `parse error : ${(error as AppError).message}`, error);
  return error;
}
