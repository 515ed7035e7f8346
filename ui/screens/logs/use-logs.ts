// The state of the screen: the query as typed and as it ran, what the URL holds, the clock.
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { logLabelsQuery } from '../../data/logs.ts';
import { POLL_MS } from '../../data/prometheus.ts';
import { isRelative, refreshMs } from '../../data/time-range.ts';
import { useUrlState } from '../../data/url-state.ts';
import { type ScreenTime, useTime } from '../../data/use-time.ts';
import { isLevel } from './levels.ts';
import type { LogDirection } from './log-pages.ts';
import { type LogsState, logsParams } from './logs-url.ts';
import { startQuery } from './start-query.ts';

export interface Logs {
  /** What is typed. */
  readonly text: string;
  readonly edit: (text: string) => void;
  /** Runs a query, by default what is typed; the same one again asks again. */
  readonly run: (query?: string) => void;
  /** What was run; '' while there is nothing to ask for. */
  readonly query: string;
  readonly url: LogsState;
  readonly setUrl: (patch: Partial<LogsState>, options?: { readonly replace?: boolean }) => void;
  readonly time: ScreenTime;
  /** A tail shows the newest first whatever the URL says. */
  readonly direction: LogDirection;
  readonly isLive: boolean;
  readonly setLive: (isLive: boolean) => void;
  /** Names of stream labels; undefined while they are not known. */
  readonly labels: readonly string[] | undefined;
  readonly labelsError: Error | null;
}

const DEFAULT_TIME = { range: { from: 'now-1h', to: 'now' }, refresh: '' };
const LIVE_REFRESH = '2s';
/** Labels of any time count: a range that holds nothing is another thing than no logs at all. */
const MONTH_MS = 30 * 86_400_000;

/** Everything that Logs remembers. */
export function useLogs(): Logs {
  const [url, setUrl] = useUrlState<LogsState>(logsParams);
  const time = useTime(DEFAULT_TIME);
  const { fromMs, toMs } = time.absolute;
  const { data: labels, error: labelsError } = useQuery({
    ...logLabelsQuery({ fromMs: Math.min(fromMs, Date.now() - MONTH_MS), toMs: Math.max(toMs, Date.now()) }),
    refetchInterval: ({ state }) => (state.data?.length === 0 || state.error !== null ? POLL_MS : false),
  });
  const start = useMemo(() => (labels === undefined ? undefined : startQuery(labels)), [labels]);
  const query = url.q.trim() === '' ? (start ?? '') : url.q;
  const [text, setText] = useState(query);
  // A link, the back button or the labels brought another query.
  useEffect(() => setText(query), [query]);
  const latest = useRef({ text, query });
  latest.current = { text, query };
  const { reload, refresh, range, setRange, setRefresh } = time;
  const run = useCallback(
    (next: string = latest.current.text) => {
      const wanted = next.trim();
      setText(wanted === '' ? latest.current.query : wanted);
      if (wanted === latest.current.query) reload();
      else setUrl({ q: wanted, line: '' });
    },
    [reload, setUrl],
  );
  const isLive = isRelative(range) && refreshMs(refresh) > 0 && refreshMs(refresh) <= refreshMs('5s');
  const setLive = useCallback(
    (next: boolean) => {
      if (next && !isRelative(range)) setRange({ from: 'now-15m', to: 'now' });
      setRefresh(next ? LIVE_REFRESH : '');
    },
    [range, setRange, setRefresh],
  );
  const isTail = refresh !== '' && isRelative(range);
  const level = useMemo(() => url.level.filter(isLevel), [url.level]);
  return useMemo(
    () => ({
      text,
      edit: setText,
      run,
      query,
      url: { ...url, level },
      setUrl,
      time,
      direction: isTail ? 'backward' : url.dir,
      isLive,
      setLive,
      labels,
      labelsError,
    }),
    [text, run, query, url, level, setUrl, time, isTail, isLive, setLive, labels, labelsError],
  );
}
