import type { Labels } from './labels.ts';

/** An alert on its way through the pipeline: what rules send and `POST /api/v2/alerts` takes. Identity is the label set. */
export interface Alert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAtMs: number;
  /** In the past = resolved; in the future = resolves then unless refreshed. */
  readonly endsAtMs: number;
  readonly updatedAtMs: number;
  readonly generatorUrl: string;
}
