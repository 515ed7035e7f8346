import type { LogVolume } from '@alidade/sdk/schema';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { loadLogVolume } from '../../data/logs.ts';
import type { AbsoluteRange } from '../../data/time-range.ts';

/** A bar and its gap are about this wide. */
const BAR_PX = 9;
const MOST_BARS = 160;
/** While lines are tailed every two seconds, the bars of the whole range are counted less often. */
const LEAST_MS = 8_000;

/** The volume of a query over a range, for a chart of this width. The one before stays until the next has arrived. */
export function useLogVolume(query: string, range: AbsoluteRange, rangeKey: string, width: number): LogVolume | undefined {
  const buckets = Math.min(MOST_BARS, Math.max(20, Math.floor(width / BAR_PX)));
  const asked = useSteadyRange(range, `${query} ${rangeKey}`);
  const { data } = useQuery({
    queryKey: ['logs', 'volume', query, asked.fromMs, asked.toMs, buckets],
    queryFn: ({ signal }) => loadLogVolume(query, buckets, asked, signal),
    enabled: query !== '' && width > 0,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  return data;
}

/** The range, following the clock only every few seconds; a new question has the newest at once. */
function useSteadyRange(range: AbsoluteRange, key: string): AbsoluteRange {
  const kept = useRef({ range, key });
  const isNew = kept.current.key !== key || Math.abs(range.toMs - kept.current.range.toMs) >= LEAST_MS;
  if (isNew) kept.current = { range, key };
  return kept.current.range;
}
