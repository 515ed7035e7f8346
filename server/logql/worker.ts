// The entry of the worker thread: evaluations side by side, block by block.
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { type Evaluation, startEvaluation } from './engine/evaluation.ts';
import { BlockUnpacker, type FromWorker, packError, packValue, type ToWorker } from './engine/wire.ts';

interface Running {
  readonly evaluation: Evaluation;
  readonly unpacker: BlockUnpacker;
}

const running = new Map<number, Running>();

stepBack();
parentPort?.on('message', (message: ToWorker) => {
  const { id } = message;
  try {
    const answer = answerTo(message);
    if (answer) parentPort?.postMessage(answer);
  } catch (error) {
    running.delete(id);
    parentPort?.postMessage({ type: 'error', id, ...packError(error) } satisfies FromWorker);
  }
});

function answerTo(message: ToWorker): FromWorker | undefined {
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
  if (message.type === 'block') return { type: 'taken', id, isEnough: evaluation.feed(message.read, unpacker.unpack(message.block)) };
  running.delete(id);
  return { type: 'result', id, value: packValue(evaluation.finish()), stats: evaluation.stats() };
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
