// The lines on screen: loaded anew for a new question, continued at the end on demand and at the front by a tail.
import { useCallback, useEffect, useRef, useState } from 'react';
import { loadLogLines } from '../../data/logs.ts';
import type { AbsoluteRange } from '../../data/time-range.ts';
import { appendPage, type LogDirection, type LogPage, mergeTail, PAGE_LINES, pageOf, spanBeyond, tailFrom } from './log-pages.ts';

export interface LinesRequest {
  /** '' asks nothing. */
  readonly query: string;
  readonly direction: LogDirection;
  readonly range: AbsoluteRange;
  /** Stays the same while only the clock moves. */
  readonly rangeKey: string;
  /** Counts refreshes. */
  readonly tick: number;
  /** A refresh only asks for what is new. */
  readonly isTail: boolean;
}

export interface LogLinesState {
  /** The lines of the newest answer; those of the question before while a new one is open. */
  readonly page: LogPage | undefined;
  /** The question that `page` answers. */
  readonly query: string;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  /** Why the newest question was not answered. */
  readonly error: Error | undefined;
  /** The question that failed. */
  readonly failedQuery: string;
  /** What the last whole load cost; undefined once parts were added. */
  readonly cost: LoadCost | undefined;
}

export interface LoadCost {
  readonly elapsedMs: number;
  readonly linesProcessed: number;
  readonly bytesProcessed: number;
}

const NOTHING: LogLinesState = {
  page: undefined,
  query: '',
  isLoading: false,
  isLoadingMore: false,
  error: undefined,
  failedQuery: '',
  cost: undefined,
};
/** Lines of a tail; when more are new, the newest stand alone. */
const TAIL_LINES = 2_000;
/** As many as Loki answers at once by default: a millisecond with more lines than this is passed over. */
const MOST_ASKED = 5_000;

interface Run {
  readonly key: string;
  readonly abort: AbortController;
  isBusy: boolean;
}

/** Asks for the lines of `request` and keeps them. */
export function useLogLines(request: LinesRequest): readonly [LogLinesState, () => void] {
  const { query, direction, rangeKey, tick } = request;
  const key = JSON.stringify([query, direction, rangeKey]);
  const [state, setState] = useState<LogLinesState>(NOTHING);
  const latest = useRef({ request, state });
  latest.current = { request, state };
  const run = useRef<Run>(undefined);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the question, `tick` for asking it again
  useEffect(() => {
    if (run.current?.key === key && run.current.isBusy) return;
    const isSame = run.current?.key === key;
    if (!isSame) run.current?.abort.abort();
    const current: Run = isSame && run.current ? run.current : { key, abort: new AbortController(), isBusy: false };
    run.current = current;
    if (query === '') {
      setState(NOTHING);
      return;
    }
    const { page, error } = latest.current.state;
    current.isBusy = true;
    const isTail = isSame && request.isTail && direction === 'backward' && error === undefined;
    const fromMs = isTail && page ? tailFrom(page, direction) : undefined;
    const loading = fromMs !== undefined && page ? loadTail(request, fromMs, current, setState) : loadWhole(request, current, setState);
    loading.finally(() => {
      current.isBusy = false;
    });
  }, [key, tick]);

  useEffect(
    () => () => {
      run.current?.abort.abort();
      run.current = undefined;
    },
    [],
  );

  const loadMore = useCallback(() => {
    const { request: asked, state: now } = latest.current;
    const current = run.current;
    if (current === undefined || now.page === undefined || now.isLoadingMore || now.isLoading || !now.page.isCut) return;
    void loadBeyond(asked, now.page, current, setState);
  }, []);
  return [state, loadMore];
}

type SetState = (change: (now: LogLinesState) => LogLinesState) => void;

async function loadWhole({ query, direction, range }: LinesRequest, { abort }: Run, setState: SetState): Promise<void> {
  const { signal } = abort;
  const startedMs = performance.now();
  setState((now) => ({ ...now, isLoading: true, isLoadingMore: false }));
  try {
    const answer = await loadLogLines({ query, direction, limit: PAGE_LINES }, range, signal);
    const { linesProcessed, bytesProcessed } = answer;
    const cost = { elapsedMs: performance.now() - startedMs, linesProcessed, bytesProcessed };
    if (!signal.aborted) setState(() => ({ ...NOTHING, page: pageOf(answer), query, cost }));
  } catch (error) {
    if (!signal.aborted) setState((now) => ({ ...now, isLoading: false, error: asError(error), failedQuery: query }));
  }
}

async function loadTail({ query, direction, range }: LinesRequest, fromMs: number, { abort }: Run, setState: SetState): Promise<void> {
  const { signal } = abort;
  try {
    const answer = await loadLogLines({ query, direction, limit: TAIL_LINES }, { fromMs, toMs: range.toMs }, signal);
    if (signal.aborted) return;
    const tail = pageOf(answer);
    setState((now) => {
      const page = now.page === undefined || tail.isCut ? tail : mergeTail(now.page, tail, fromMs, direction);
      return { ...now, page, error: undefined, cost: undefined };
    });
  } catch (error) {
    if (!signal.aborted) setState((now) => ({ ...now, error: asError(error), failedQuery: query }));
  }
}

async function loadBeyond({ query, direction, range }: LinesRequest, page: LogPage, { abort }: Run, setState: SetState): Promise<void> {
  const { signal } = abort;
  const edge = page.lines.at(-1)?.key;
  setState((now) => ({ ...now, isLoadingMore: true }));
  try {
    const more = await askBeyond(query, direction, page, range, signal);
    if (signal.aborted) return;
    // A tail may have cut lines off meanwhile: then the answer no longer fits.
    setState((now) => {
      const fits = now.page !== undefined && now.page.lines.at(-1)?.key === edge;
      return { ...now, isLoadingMore: false, cost: undefined, page: fits && now.page ? appendPage(now.page, more, direction) : now.page };
    });
  } catch (error) {
    if (!signal.aborted) setState((now) => ({ ...now, isLoadingMore: false, error: asError(error), failedQuery: query }));
  }
}

/** More lines than fit a page may share the millisecond of the edge: then more are asked for. */
async function askBeyond(
  query: string,
  direction: LogDirection,
  page: LogPage,
  range: AbsoluteRange,
  signal: AbortSignal,
): Promise<LogPage> {
  const span = spanBeyond(page, direction, range);
  const edgeMs = page.lines.at(-1)?.timeMs;
  for (let limit = PAGE_LINES; ; limit = Math.min(limit * 4, MOST_ASKED)) {
    const more = pageOf(await loadLogLines({ query, direction, limit }, span, signal));
    const isStuck = more.isCut && more.lines.every(({ timeMs }) => timeMs === edgeMs);
    if (!isStuck) return more;
    if (limit >= MOST_ASKED) {
      const past = direction === 'backward' ? { ...span, toMs: span.toMs - 1 } : { ...span, fromMs: span.fromMs + 1 };
      const rest = pageOf(await loadLogLines({ query, direction, limit: PAGE_LINES }, past, signal));
      return { lines: [...more.lines, ...rest.lines], isCut: rest.isCut };
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
