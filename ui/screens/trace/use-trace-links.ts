// From a trace to its logs and to the metrics of its minute.
import type { TraceSpan } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { exploreLink, logsLink, minuteRange, rangeAround, rangeOf, traceIdQuery, tracesLink } from '../../data/links.ts';
import { useLogSelectors } from '../../data/service-logs.ts';
import { requestCountersQuery, requestRate } from '../../data/service-rate.ts';
import type { TimeRange } from '../../data/time-range.ts';
import { rootOf, type SpanTree } from './span-tree.ts';

export interface ScreenLinks {
  readonly logsOfTrace: string;
  /** Explore with the request rate of the root's service around the trace. */
  readonly requestRate: string;
  readonly logsOf: (span: TraceSpan) => string;
  readonly requestRateOf: (span: TraceSpan) => string;
  /** The search with a query, over the range that the reader came from, else the hour around the trace. */
  readonly find: (q: string) => string;
}

const HALF_HOUR_MS = 30 * 60_000;

/** Links of one trace. They are right as soon as the labels of logs and counters are known, and usable before. */
export function useTraceLinks(traceId: string, tree: SpanTree, range: TimeRange | undefined): ScreenLinks {
  const { startMs, endMs } = tree;
  const selectors = useLogSelectors({ fromMs: startMs - 30_000, toMs: endMs + 30_000 });
  const { data: counters } = useQuery(requestCountersQuery(startMs + 60_000));
  return useMemo(() => {
    const rate = (service: string, timeMs: number) => exploreLink([requestRate(counters ?? [], service)], minuteRange(timeMs));
    return {
      logsOfTrace: logsLink(traceIdQuery(selectors.all, traceId), rangeAround(startMs, endMs - startMs)),
      requestRate: rate(rootOf(tree)?.span.service ?? '', startMs),
      logsOf: (span) => logsLink(traceIdQuery(selectors.of(span.service), traceId), rangeAround(span.startMs, span.durationMs)),
      requestRateOf: (span) => rate(span.service, span.startMs),
      find: (q) => tracesLink({ q }, range ?? rangeOf({ fromMs: startMs - HALF_HOUR_MS, toMs: endMs + HALF_HOUR_MS })),
    };
  }, [counters, selectors, traceId, tree, range, startMs, endMs]);
}
