import { type JSX, useCallback, useEffect, useMemo } from 'react';
import { placeError } from '../../editor/error-position.ts';
import { formatCount } from '../../format/number.ts';
import { Button } from '../../kit/button.tsx';
import { LoadingState } from '../../kit/states.tsx';
import { autoColumns } from './columns.ts';
import { highlightsOf } from './highlight.ts';
import type { LineActions } from './line-details.tsx';
import { LineList } from './line-list.tsx';
import type { LineLook } from './line-row.tsx';
import type { ReadLine } from './log-line.ts';
import { isBeyond, MOST_LINES } from './log-pages.ts';
import { LinesFailed, NoLines } from './log-states.tsx';
import type { LogLinesState } from './use-log-lines.ts';
import type { Logs } from './use-logs.ts';

const NO_LINES: readonly ReadLine[] = [];

/** The list of lines, or what stands in its place. */
export function LinesPane({
  logs,
  lines,
  onMore,
  onFilter,
  onColumn,
}: {
  logs: Logs;
  lines: LogLinesState;
  onMore: () => void;
} & Pick<LineActions, 'onFilter' | 'onColumn'>): JSX.Element {
  const { query, url, setUrl, time, labelsError } = logs;
  const { page } = lines;
  const columns = useMemo(() => [...autoColumns(page?.lines ?? NO_LINES, url.col), ...url.col], [page, url.col]);
  const hasDate = time.absolute.toMs - time.absolute.fromMs > DAY_MS || !isToday(time.absolute.fromMs);
  const look = useMemo<LineLook>(
    () => ({ isWrapped: url.wrap, isRaw: url.raw, hasDate, columns, highlights: highlightsOf(query) }),
    [url.wrap, url.raw, hasDate, columns, query],
  );
  const actions = useMemo<LineActions>(() => ({ onFilter, onColumn, range: time.range }), [onFilter, onColumn, time.range]);
  const onOpen = useCallback((line: string) => setUrl({ line }, { replace: true }), [setUrl]);
  const isFull = (page?.lines.length ?? 0) >= MOST_LINES;
  const isOpenBeyond = useMemo(() => page !== undefined && isBeyond(page, url.line, logs.direction), [page, url.line, logs.direction]);
  useEffect(() => {
    if (isOpenBeyond && !isFull && !lines.isLoadingMore && lines.error === undefined) onMore();
  }, [isOpenBeyond, isFull, lines.isLoadingMore, lines.error, onMore]);
  const failure = lines.error ?? (query === '' ? labelsError : null);
  if (failure && (page === undefined || isFailed(lines))) {
    return <LinesFailed error={failure} isPlaced={placeError(query, failure.message).span !== undefined} onRetry={time.reload} />;
  }
  if (page === undefined) return <LoadingState label="Loading lines" />;
  if (page.lines.length === 0) return lines.isLoading ? <LoadingState label="Loading lines" /> : <NoLines logs={logs} />;
  return (
    <LineList
      // Another question begins at its top.
      key={`${lines.query} ${logs.direction}`}
      lines={page.lines}
      look={look}
      pinned={url.col}
      openKey={url.line}
      onOpen={onOpen}
      actions={actions}
      onEnd={isFull ? nothing : onMore}
      end={<ListEnd logs={logs} lines={lines} isFull={isFull} onMore={onMore} />}
    />
  );
}

/** The question that is open could not be answered: lines of another one would mislead. */
export function isFailed({ error, failedQuery, query, page }: LogLinesState): boolean {
  return error !== undefined && (page === undefined || failedQuery !== query);
}

const DAY_MS = 86_400_000;
const nothing = () => undefined;

function isToday(timeMs: number): boolean {
  return new Date(timeMs).toDateString() === new Date().toDateString();
}

function ListEnd({ logs, lines, isFull, onMore }: { logs: Logs; lines: LogLinesState; isFull: boolean; onMore: () => void }): JSX.Element {
  const word = logs.direction === 'backward' ? 'older' : 'newer';
  if (isFull) return <>{formatCount(MOST_LINES)} lines are loaded, no more are kept here. Narrow the query or the time range.</>;
  if (lines.isLoadingMore) return <>Loading {word} lines …</>;
  if (lines.page?.isCut) {
    return (
      <Button small onClick={onMore}>
        Load {word} lines
      </Button>
    );
  }
  return <>No {word} lines in this range.</>;
}
