// The state of the screen: rows, what they show, and the URL, kept in step.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useUrlState } from '../../data/url-state.ts';
import { type ScreenTime, useTime } from '../../data/use-time.ts';
import { type ExploreState, exploreParams } from './explore-url.ts';
import { loadHistory, remember, saveHistory } from './query-history.ts';
import { type QueryRow, rowsFrom, rowsInUrl } from './query-rows.ts';

export interface Explore {
  readonly rows: readonly QueryRow[];
  /** Changes what is typed; nothing runs. */
  readonly edit: (change: (rows: readonly QueryRow[]) => readonly QueryRow[]) => void;
  /** Changes the rows and runs them: the URL follows. `replace` leaves no entry in the browser's history. */
  readonly commit: (change: (rows: readonly QueryRow[]) => readonly QueryRow[]) => void;
  readonly url: ExploreState;
  readonly setUrl: (patch: Partial<ExploreState>) => void;
  readonly time: ScreenTime;
  readonly history: readonly string[];
  readonly clearHistory: () => void;
}

const DEFAULT_TIME = { range: { from: 'now-1h', to: 'now' }, refresh: '' };

/** Everything that Explore remembers. */
export function useExplore(): Explore {
  const [url, setUrl] = useUrlState<ExploreState>(exploreParams);
  const time = useTime(DEFAULT_TIME);
  const [rows, setRows] = useState(() => rowsFrom(url));
  const [history, setHistory] = useState(() => loadHistory(localStorage));
  const latest = useRef(rows);
  latest.current = rows;

  // A link or the back button brought other queries.
  useEffect(() => {
    const shown = rowsInUrl(latest.current);
    if (!isSame(shown.q, url.q) || !isSame(shown.hide, url.hide)) setRows(rowsFrom(url));
  }, [url]);

  const { reload } = time;
  const commit = useCallback<Explore['commit']>(
    (change) => {
      const before = rowsInUrl(latest.current);
      const next = change(latest.current);
      const shown = rowsInUrl(next);
      latest.current = next;
      setRows(next);
      if (isSame(before.q, shown.q) && isSame(before.hide, shown.hide)) reload();
      else setUrl(shown);
      setHistory((now) => {
        const kept = remember(
          now,
          [...shown.q].filter((expr) => !before.q.includes(expr)),
        );
        saveHistory(localStorage, kept);
        return kept;
      });
    },
    [reload, setUrl],
  );
  const edit = useCallback<Explore['edit']>((change) => setRows(change), []);
  const clearHistory = useCallback(() => {
    saveHistory(localStorage, []);
    setHistory([]);
  }, []);
  return useMemo(
    () => ({ rows, edit, commit, url, setUrl: (patch) => setUrl(patch, { replace: true }), time, history, clearHistory }),
    [rows, edit, commit, url, setUrl, time, history, clearHistory],
  );
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
