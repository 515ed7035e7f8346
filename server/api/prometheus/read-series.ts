// What remote read finds: series of the store with the external labels, as federation has them.
import { setImmediate } from 'node:timers/promises';
import { encodeFrames } from '../../formats/remote-read/chunked-answer.ts';
import { remoteReadError } from '../../formats/remote-read/errors.ts';
import type { ReadQuery } from '../../formats/remote-read/read-request.ts';
import { QueryResult } from '../../formats/remote-read/sampled-answer.ts';
import { isAppError } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import type { MetricStore, SeriesSet } from '../../storage/store.ts';

/** Where a request reads. */
export interface ReadScope {
  readonly metrics: MetricStore;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Samples that are held at a time. */
const PART_SAMPLES = 250_000;
/** Frames that are written at once, so that few small ones are not sent one by one. */
const SEND_BYTES = 64 * 1024;
const TURN_MS = 8;
/** An answer in samples is held in memory as a whole. */
const MAX_SAMPLED_BYTES = 512 * 1024 * 1024;

/** The answer in samples to one query; more than `maxSamples` (0 = no limit) throw `remote_read.too_many_samples`. */
export async function readSamples(query: ReadQuery, scope: ReadScope, maxSamples: number): Promise<QueryResult> {
  const result = new QueryResult(MAX_SAMPLED_BYTES);
  const turn = new Turn();
  try {
    for await (const part of select(query, scope, maxSamples)) {
      for (let i = 0; i < part.labels.length; i++) {
        result.addSeries(withExternal(part.labels[i] as Labels, scope), part, part.offsets[i] as number, part.offsets[i + 1] as number);
        await turn.over();
      }
    }
  } catch (error) {
    if (!isAppError(error, 'storage.too_many_samples')) throw error;
    throw remoteReadError('remote_read.too_many_samples', `exceeded sample limit (${maxSamples})`, error);
  }
  return result;
}

/** The answer in chunks to all queries, some frames at a time. */
export async function* readFrames(queries: readonly ReadQuery[], scope: ReadScope, maxFrameBytes: number): AsyncGenerator<Buffer, void> {
  const turn = new Turn();
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for (const [queryIndex, query] of queries.entries()) {
    for await (const part of select(query, scope, 0)) {
      for (let i = 0; i < part.labels.length; i++) {
        const labels = withExternal(part.labels[i] as Labels, scope);
        const [start, end] = [part.offsets[i] as number, part.offsets[i + 1] as number];
        for (const frame of encodeFrames(labels, part, start, end, { queryIndex, maxFrameBytes })) {
          if (frame) {
            waiting.push(frame);
            waitingBytes += frame.length;
          }
          await turn.over();
          if (waitingBytes < SEND_BYTES) continue;
          yield Buffer.concat(waiting);
          waiting = [];
          waitingBytes = 0;
        }
      }
    }
  }
  if (waiting.length > 0) yield Buffer.concat(waiting);
}

async function* select(
  query: ReadQuery,
  { metrics, externalLabels, signal }: ReadScope,
  maxSamples: number,
): AsyncGenerator<SeriesSet, void> {
  const { startMs, endMs } = query;
  // An external label is that of all series that have none of this name.
  const matchers = query.matchers.map((matcher) => {
    const isExternal = matcher.type === '=' && matcher.value !== '' && externalLabels[matcher.name] === matcher.value;
    return isExternal ? { ...matcher, value: '' } : matcher;
  });
  // Prometheus selects nothing without a matcher.
  if (matchers.length === 0 || startMs > endMs) return;
  const limits = { signal, ...(maxSamples > 0 ? { maxSamples } : {}) };
  yield* metrics.selectParts({ matchers, startMs, endMs }, PART_SAMPLES, limits);
}

/** A label of the series wins. */
function withExternal(labels: Labels, { externalLabels }: ReadScope): Labels {
  return Labels.from(externalLabels).merge(labels);
}

/** Lets other work go on when the event loop has been held for some milliseconds. */
class Turn {
  #endsMs = performance.now() + TURN_MS;

  over(): Promise<void> | undefined {
    if (performance.now() < this.#endsMs) return undefined;
    return setImmediate().then(() => {
      this.#endsMs = performance.now() + TURN_MS;
    });
  }
}
