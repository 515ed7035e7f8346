// The entry of the worker thread: evaluations side by side, block by block.
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { type Evaluation, startEvaluation } from './engine/evaluation.ts';
import { BlockUnpacker, type FromWorker, packError, packValue, type ToWorker } from './engine/wire.ts';

/** An answer is worked out in pieces of about so long: blocks of other queries, and the news that nobody waits, come between. */
const PIECE_MS = 20;

interface Running {
  readonly evaluation: Evaluation;
  readonly unpacker: BlockUnpacker;
}

const running = new Map<number, Running>();

stepBack();
parentPort?.on('message', (message: ToWorker) => {
  const { id } = message;
  if (message.type === 'finish') answering(id, () => finish(id, (running.get(id) as Running).evaluation));
  else answering(id, () => answerTo(message));
});

/** Sends what `work` answers, or its error. */
function answering(id: number, work: () => FromWorker | undefined): void {
  try {
    const answer = work();
    if (answer) parentPort?.postMessage(answer);
  } catch (error) {
    running.delete(id);
    parentPort?.postMessage({ type: 'error', id, ...packError(error) } satisfies FromWorker);
  }
}

function answerTo(message: Exclude<ToWorker, { type: 'finish' }>): FromWorker | undefined {
  const { id } = message;
  if (message.type === 'drop') {
    running.delete(id);
    return undefined;
  }
  if (message.type === 'start') {
    running.set(id, { evaluation: startEvaluation(message.request), unpacker: new BlockUnpacker() });
    return { type: 'taken', id, isEnough: false };
  }
  const { evaluation, unpacker } = running.get(id) as Running;
  return { type: 'taken', id, isEnough: evaluation.feed(message.read, unpacker.unpack(message.block)) };
}

/** Goes on with `pieces` for a while, and later with the rest unless the query was dropped. */
function finish(id: number, evaluation: Evaluation, pieces = evaluation.finish()): FromWorker | undefined {
  const pauseMs = performance.now() + PIECE_MS;
  while (performance.now() < pauseMs) {
    const { done, value } = pieces.next();
    if (!done) continue;
    running.delete(id);
    return { type: 'result', id, value: packValue(value), stats: evaluation.stats() };
  }
  setImmediate(() => running.has(id) && answering(id, () => finish(id, evaluation, pieces)));
  return undefined;
}

/** On Linux priorities belong to threads: ingest and answers, on the main thread, come before the evaluation of queries. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it; queries are answered all the same.
  }
}
