import { isAppError } from '../model/app-error.ts';
import type { Span } from '../model/span.ts';
import type { ReadLimits, TraceStore } from '../storage/store.ts';
import { tracesError } from './errors.ts';

/** The spans of one trace, by start time; none when it is unknown. Throws `traces.too_large` beyond `maxSpans`. */
export async function readTrace(store: TraceStore, traceId: string, maxSpans: number, limits: ReadLimits): Promise<readonly Span[]> {
  try {
    const [spans = []] = await store.traces([traceId], { ...limits, maxSamples: maxSpans });
    return spans;
  } catch (error) {
    if (!isAppError(error, 'storage.too_many_samples')) throw error;
    const message = `trace ${traceId} has more than ${maxSpans} spans, too many to be answered at once; is a root span that never ends around everything that a process does?`;
    throw tracesError('traces.too_large', message, error);
  }
}
