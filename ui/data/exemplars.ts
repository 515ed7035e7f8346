// Exemplars of queries (https://prometheus.io/docs/prometheus/latest/querying/api/#querying-exemplars): single observations that name their trace.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { request } from './client.ts';
import type { LabelMap } from './prometheus.ts';
import type { AbsoluteRange } from './time-range.ts';

export interface Exemplar {
  readonly key: string;
  readonly timeMs: number;
  readonly value: number;
  readonly labels: LabelMap;
  readonly seriesLabels: LabelMap;
  /** '' when it does not name a trace. */
  readonly traceId: string;
}

interface ExemplarsAnswer {
  /** Absent for an expression without selectors. */
  readonly data?: readonly {
    readonly seriesLabels: LabelMap;
    readonly exemplars: readonly { readonly labels: LabelMap; readonly value: string | number; readonly timestamp: number }[];
  }[];
}

/** Labels under which instruments write the id of the trace. */
const TRACE_LABELS = ['trace_id', 'traceID', 'traceId', 'TraceID'] as const;

/** More diamonds than this hide the lines. */
const MOST_SHOWN = 240;

/** Exemplars of all expressions, thinned so that they can be told apart. A failure of one leaves out its exemplars: its error stands with the query itself. */
export const exemplarsQuery = (exprs: readonly string[], range: AbsoluteRange, tick: number) =>
  queryOptions({
    queryKey: ['exemplars', exprs, range, tick],
    queryFn: async ({ signal }) => {
      const answers = await Promise.allSettled(exprs.map((expr) => loadExemplars(expr, range, signal)));
      signal.throwIfAborted();
      return thinExemplars(
        answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
        range,
        MOST_SHOWN,
      );
    },
    enabled: exprs.length > 0,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

async function loadExemplars(query: string, { fromMs, toMs }: AbsoluteRange, signal: AbortSignal): Promise<readonly Exemplar[]> {
  const body = new URLSearchParams({ query, start: String(fromMs / 1_000), end: String(toMs / 1_000) });
  const response = await request('/api/v1/query_exemplars', { method: 'POST', body, signal });
  return readExemplars((await response.json()) as ExemplarsAnswer);
}

/** The answer's exemplars in one list. */
export function readExemplars({ data = [] }: ExemplarsAnswer): readonly Exemplar[] {
  return data.flatMap(({ seriesLabels, exemplars }) =>
    exemplars.map(({ labels, value, timestamp }) => ({
      key: `${timestamp} ${value} ${JSON.stringify([labels, seriesLabels])}`,
      timeMs: timestamp * 1_000,
      value: Number(value),
      labels,
      seriesLabels,
      traceId: TRACE_LABELS.map((name) => labels[name]).find((id) => id !== undefined && id !== '') ?? '',
    })),
  );
}

/** At most about `most`: of each stretch of time the highest first, then the lowest, then others from the top. One observation that several series carry counts once. */
export function thinExemplars(exemplars: readonly Exemplar[], { fromMs, toMs }: AbsoluteRange, most: number): readonly Exemplar[] {
  const unique = [...new Map(exemplars.map((one) => [`${one.timeMs} ${one.value} ${one.traceId}`, one])).values()];
  const inRange = unique.filter(({ timeMs, value }) => timeMs >= fromMs && timeMs <= toMs && Number.isFinite(value));
  if (inRange.length <= most) return inRange;
  const stretches = Math.max(1, Math.floor(most / 4));
  const each = Math.max(1, Math.floor(most / stretches));
  const byTime = new Map<number, Exemplar[]>();
  for (const one of inRange) {
    const at = Math.min(stretches - 1, Math.floor(((one.timeMs - fromMs) / Math.max(1, toMs - fromMs)) * stretches));
    const own = byTime.get(at);
    if (own) own.push(one);
    else byTime.set(at, [one]);
  }
  return [...byTime.values()].flatMap((own) => {
    const falling = own.toSorted((a, b) => b.value - a.value);
    if (falling.length <= each) return falling;
    const lowest = falling.at(-1);
    return each === 1 || lowest === undefined ? falling.slice(0, each) : [...falling.slice(0, each - 1), lowest];
  });
}
