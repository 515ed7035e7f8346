// The time range of a screen, kept in the URL (from, to, refresh), and its clock.
import { useCallback, useEffect, useMemo, useState } from 'react';
import { type AbsoluteRange, isRelative, refreshMs, resolveRange, type TimeRange } from './time-range.ts';
import { textParam, type UrlSchema, useUrlState } from './url-state.ts';

interface TimeState {
  readonly from: string;
  readonly to: string;
  readonly refresh: string;
}

/** Query parameters of every screen with a time range; '' = the screen's default. */
export const timeParams: UrlSchema<TimeState> = { from: textParam(), to: textParam(), refresh: textParam() };

export interface ScreenTime {
  readonly range: TimeRange;
  /** The range at the last tick. */
  readonly absolute: AbsoluteRange;
  /** Automatic refresh: '' = off, else like "5s". */
  readonly refresh: string;
  /** Counts refreshes; key data by `absolute`, use this to tell a refresh from a new range. */
  readonly tick: number;
  readonly setRange: (range: TimeRange) => void;
  readonly setRefresh: (refresh: string) => void;
  /** Asks again now. */
  readonly reload: () => void;
}

/** Range and refresh of the URL, or the screen's defaults. The clock stands still while the page is hidden. */
export function useTime(defaults: { readonly range: TimeRange; readonly refresh: string }): ScreenTime {
  const [url, setUrl] = useUrlState(timeParams);
  const from = url.from === '' ? defaults.range.from : url.from;
  const to = url.to === '' ? defaults.range.to : url.to;
  const refresh = url.refresh === '' ? defaults.refresh : url.refresh === 'off' ? '' : url.refresh;
  const [clock, setClock] = useState(() => ({ nowMs: Date.now(), tick: 0 }));
  const reload = useCallback(() => setClock((now) => ({ nowMs: Date.now(), tick: now.tick + 1 })), []);
  useTicking(isRelative({ from, to }) ? refreshMs(refresh) : 0, reload);
  return useMemo(() => {
    const range = { from, to };
    return {
      range,
      absolute: resolveRange(range, clock.nowMs),
      refresh,
      tick: clock.tick,
      setRange: (next) => {
        setClock((now) => ({ ...now, nowMs: Date.now() }));
        setUrl({ from: next.from, to: next.to });
      },
      setRefresh: (next) => setUrl({ refresh: next === '' ? 'off' : next }, { replace: true }),
      reload,
    };
  }, [from, to, refresh, clock, setUrl, reload]);
}

/** Calls `tick` every `everyMs` (0 = never) while the page is in sight, and at once when it comes back into sight after a missed one. */
function useTicking(everyMs: number, tick: () => void): void {
  useEffect(() => {
    if (everyMs <= 0) return;
    let missed = false;
    const timer = setInterval(
      () => {
        if (document.hidden) missed = true;
        else tick();
      },
      Math.max(1_000, everyMs),
    );
    const onVisible = () => {
      if (document.hidden || !missed) return;
      missed = false;
      tick();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [everyMs, tick]);
}
