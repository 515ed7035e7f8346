// A service is a job that counts requests or predictions. All of Home's service figures come in one streamed request.
import type { FrameQuery } from '@alidade/sdk/schema';
import type { Frame } from '../../data/frames.ts';
import { reduceValues } from '../../format/reducers.ts';

/** One kind of work that services count, and how its failures are told. */
interface Work {
  readonly id: string;
  readonly word: string;
  readonly metric: string;
  readonly failed: string;
}

const WORK: readonly Work[] = [
  { id: 'http', word: 'HTTP requests', metric: 'http_requests_total', failed: 'status=~"5.."' },
  { id: 'ml', word: 'Predictions', metric: 'ml_predictions_total', failed: 'status="error"' },
];

const WINDOW = '2m';

/** Rate and failures of one kind of work of one job. */
export interface ServiceRow {
  readonly key: string;
  readonly job: string;
  readonly work: string;
  /** Per second; one value a step. */
  readonly rates: readonly (number | null)[];
  readonly rate: number;
  /** Failed per second. */
  readonly failing: number;
  readonly rateExpr: string;
  readonly failingExpr: string;
}

/** refIds are "http", "http-failed", … */
export function serviceQueries(): FrameQuery[] {
  return WORK.flatMap(({ id, metric, failed }) => [
    { refId: id, expr: `sum by (job) (rate(${metric}[${WINDOW}]))`, kind: 'range' as const, legendFormat: '{{job}}' },
    {
      refId: `${id}-failed`,
      expr: `sum by (job) (rate(${metric}{${failed}}[${WINDOW}]))`,
      kind: 'range' as const,
      legendFormat: '{{job}}',
    },
  ]);
}

/** Rows by job name; jobs that have stopped counting stay, with a rate of zero, as long as they are in the range. */
export function serviceRows(frames: readonly Frame[]): ServiceRow[] {
  const byRef = new Map(frames.map((frame) => [frame.refId, frame]));
  return WORK.flatMap(({ id, word, metric, failed }) => {
    const failures = byRef.get(`${id}-failed`)?.series ?? [];
    return (byRef.get(id)?.series ?? []).map((series): ServiceRow => {
      const job = series.labels.job ?? '';
      const selector = `job=${JSON.stringify(job)}`;
      const failing = failures.find(({ labels }) => labels.job === series.labels.job);
      return {
        key: `${job}/${id}`,
        job,
        work: word,
        rates: series.values,
        rate: reduceValues('last', series.values) ?? 0,
        failing: failing ? (reduceValues('last', failing.values) ?? 0) : 0,
        rateExpr: `sum(rate(${metric}{${selector}}[${WINDOW}]))`,
        failingExpr: `sum(rate(${metric}{${selector},${failed}}[${WINDOW}]))`,
      };
    });
  }).toSorted((a, b) => a.job.localeCompare(b.job) || a.key.localeCompare(b.key));
}
