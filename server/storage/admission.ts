import type { AppendOutcome } from './store.ts';

/** Series whose newest sample lies further behind the store's newest have no counterpart in Prometheus, which keeps such in blocks only. */
const HISTORY_MS = 3 * 3_600_000;

/** Where samples are admitted, as it stands when a batch begins. */
export interface Admission {
  /** The times between which a sample is admitted at all, both ends included. */
  readonly minMs: number;
  readonly maxMs: number;
  /** How far behind the newest sample of the store a sample may lie that is older than its series' newest; 0: nothing comes late. */
  readonly outOfOrderMs: number;
  /** Time of the newest sample of the store, -Infinity without one. */
  readonly newestMs: number;
}

/** `late`: stored, too, but not at the end of its series. */
export type Verdict = AppendOutcome | 'late';

/** What retention (0 = for ever), `maxFutureMs` and the window leave open at `nowMs`; nothing lies before 1970. */
export function admissionAt(
  nowMs: number,
  limits: { readonly retentionMs: number; readonly maxFutureMs: number; readonly outOfOrderMs: number },
  newestMs: number,
): Admission {
  const { retentionMs, maxFutureMs, outOfOrderMs } = limits;
  return { minMs: retentionMs > 0 ? Math.max(0, nowMs - retentionMs) : 0, maxMs: nowMs + maxFutureMs, outOfOrderMs, newestMs };
}

/**
 * Prometheus' rules for a sample of a series whose newest is at `lastMs` (-Infinity: none); `isSame` compares bits, and is only
 * asked at equal times. The window ends at the newest sample of the store, or of the series where that is hours behind: it is being
 * filled with history, which Prometheus would not take at all.
 */
export function admit(admission: Admission, lastMs: number, timestampMs: number, isSame: () => boolean): Verdict {
  const { minMs, maxMs, outOfOrderMs, newestMs } = admission;
  if (timestampMs < minMs) return 'too_old';
  if (timestampMs > maxMs) return 'too_far_in_future';
  if (timestampMs > lastMs) return 'ok';
  if (timestampMs === lastMs) return isSame() ? 'duplicate' : 'duplicate_other_value';
  if (outOfOrderMs <= 0) return 'out_of_order';
  const isHistory = lastMs < newestMs - Math.max(outOfOrderMs, HISTORY_MS);
  return timestampMs >= (isHistory ? lastMs : Math.max(newestMs, lastMs)) - outOfOrderMs ? 'late' : 'too_old';
}

/** What becomes of a time that a double does not hold exactly: it lies far beyond any clock. */
export function outOfReach(timestampMs: number): 'too_old' | 'too_far_in_future' {
  return timestampMs < 0 ? 'too_old' : 'too_far_in_future';
}
