import type { AppendOutcome } from './store.ts';

/** The times between which a sample is admitted at all, both ends included. */
export interface AdmissionSpan {
  readonly minMs: number;
  readonly maxMs: number;
}

/** The span that retention (0 = for ever) and `maxFutureMs` leave open at `nowMs`; nothing lies before 1970. */
export function admissionSpan(nowMs: number, retentionMs: number, maxFutureMs: number): AdmissionSpan {
  return { minMs: retentionMs > 0 ? Math.max(0, nowMs - retentionMs) : 0, maxMs: nowMs + maxFutureMs };
}

/**
 * Prometheus' rules with an out-of-order window of 0, for a sample after one at `lastMs` (-Infinity: none); `isSameValue`
 * compares bits, and is only asked at equal times.
 */
export function admit(span: AdmissionSpan, lastMs: number, timestampMs: number, isSameValue: () => boolean): AppendOutcome {
  if (timestampMs < span.minMs) return 'too_old';
  if (timestampMs > span.maxMs) return 'too_far_in_future';
  if (timestampMs > lastMs) return 'ok';
  if (timestampMs < lastMs) return 'out_of_order';
  return isSameValue() ? 'duplicate' : 'duplicate_other_value';
}
