import type { FloatHistogram } from '../model/histogram.ts';
import { emptyLike } from '../model/histogram-arithmetic.ts';
import type { MetricAppender, SeriesRef } from './store.ts';

/** Prometheus' head takes nothing that is older by more than half of its two hours. */
const MAX_AGE_MS = 3_600_000;

/**
 * Adds a zero where a counter or histogram began, before the sample at `timestampMs` (feature created-timestamp-zero-ingestion): only when
 * the series has nothing from then on, however late samples may come, because nobody can tell whether the zero was written before.
 * `like` is the sample when that is a histogram.
 */
export function appendCreatedZero(
  appender: Pick<MetricAppender, 'newest' | 'append' | 'appendHistogram'>,
  ref: SeriesRef,
  createdMs: number,
  timestampMs: number,
  like?: FloatHistogram | undefined,
): void {
  if (createdMs === 0 || createdMs >= timestampMs || createdMs < timestampMs - MAX_AGE_MS) return;
  const newest = appender.newest(ref);
  if (newest && newest.timestampMs >= createdMs) return;
  if (like) appender.appendHistogram(ref, createdMs, emptyLike(like));
  else appender.append(ref, createdMs, 0);
}
