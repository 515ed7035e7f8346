// Logs: what was written, how much of it and how bad, what is in it; all of it in the URL.
import type { LogLevel } from '@alidade/sdk/schema';
import { type JSX, useCallback, useMemo, useRef, useState } from 'react';
import { useSize } from '../../charts/use-size.ts';
import { rangeOf } from '../../data/links.ts';
import { placeError } from '../../editor/error-position.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Segments } from '../../kit/field.tsx';
import { Page } from '../../kit/page.tsx';
import { LoadingState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import { RefreshPicker, TimeRangePicker } from '../../kit/time-picker.tsx';
import { SignalSwitch } from '../../signal-switch.tsx';
import { autoColumns } from './columns.ts';
import { FieldsPanel } from './fields-panel.tsx';
import type { LineActions } from './line-details.tsx';
import { LineList } from './line-list.tsx';
import type { LineLook } from './line-row.tsx';
import type { Field, ReadLine } from './log-line.ts';
import { type LogDirection, MOST_LINES } from './log-pages.ts';
import { HowToSend, LinesFailed, NoLines } from './log-states.tsx';
import styles from './logs-screen.module.css';
import { MetricResult, useMetricResult } from './metric-result.tsx';
import { QueryBar } from './query-bar.tsx';
import { filterField, highlightsOf, isMetricQuery, withLevels } from './query-text.ts';
import { useQueryKey } from './use-line-keys.ts';
import { type LogLinesState, useLogLines } from './use-log-lines.ts';
import { useLogVolume } from './use-log-volume.ts';
import { type Logs, useLogs } from './use-logs.ts';
import { VolumeChart } from './volume-chart.tsx';

/** From this width on the fields stand beside the lines; below, they open over them. */
const WIDE_PX = 1_080;
const SIDE_PX = 16;

/** The screen at /logs. */
export function LogsScreen(): JSX.Element {
  const logs = useLogs();
  const { query, url, time, direction, labels } = logs;
  const rangeKey = `${time.range.from} ${time.range.to}`;
  const isMetric = isMetricQuery(query);
  const [lines, loadMore] = useLogLines({
    query: query === '' || isMetric ? '' : withLevels(query, url.level),
    direction,
    range: time.absolute,
    rangeKey,
    tick: time.tick,
    isTail: time.refresh !== '',
  });
  const [isBrowsing, setBrowsing] = useState(() => innerWidth >= WIDE_PX);
  const isWide = innerWidth >= WIDE_PX;
  const main = useRef<HTMLDivElement>(null);
  const [box, { width }] = useSize<HTMLDivElement>();
  const metric = useMetricResult(isMetric ? query : '', time, width - 2 * SIDE_PX);
  useQueryKey(useCallback(() => focusQuery(main.current), []));
  const shown = lines.page?.lines ?? NO_LINES;
  const { run, setUrl } = logs;
  const onFilter = useCallback((field: Field, op: '=' | '!=') => run(filterField(query, field, op)), [run, query]);
  const onColumn = useCallback(
    (name: string) =>
      setUrl({ col: url.col.includes(name) ? url.col.filter((one) => one !== name) : [...url.col, name] }, { replace: true }),
    [setUrl, url.col],
  );
  const hasNone = labels?.length === 0 && url.q === '';
  const fields = <FieldsPanel lines={shown} pinned={url.col} onFilter={onFilter} onColumn={onColumn} />;
  return (
    <Page
      flush
      fill
      title="Logs"
      beside={<SignalSwitch current="logs" />}
      controls={
        <>
          {!hasNone && !isMetric && (
            <Button look="quiet" icon="table" aria-pressed={isBrowsing} onClick={() => setBrowsing(!isBrowsing)}>
              Fields
            </Button>
          )}
          <TimeRangePicker range={time.range} onChange={time.setRange} />
          <RefreshPicker time={time} isLoading={lines.isLoading} />
        </>
      }
    >
      <div className={styles.columns}>
        {isBrowsing && isWide && !hasNone && !isMetric && (
          <aside className={styles.aside} aria-label="Fields">
            {fields}
          </aside>
        )}
        <div className={styles.main} ref={main}>
          <div ref={box} />
          {hasNone ? (
            <HowToSend />
          ) : (
            <>
              <QueryBar logs={logs} failure={(isMetric ? metric.error : isFailed(lines) && lines.error) || undefined} />
              {isMetric && <MetricResult logs={logs} result={metric} />}
              {!isMetric && !isFailed(lines) && <Volume logs={logs} rangeKey={rangeKey} width={width} />}
              {!isMetric && !isFailed(lines) && <Toolbar logs={logs} lines={lines} />}
              {!isMetric && <Lines logs={logs} lines={lines} onMore={loadMore} onFilter={onFilter} onColumn={onColumn} />}
            </>
          )}
        </div>
      </div>
      {!isWide && (
        <Dialog flush open={isBrowsing} onClose={() => setBrowsing(false)} title="Fields">
          <div className={styles.dialog}>{fields}</div>
        </Dialog>
      )}
    </Page>
  );
}

/** The rich editor once it is there, the plain field until then. */
function focusQuery(main: HTMLElement | null): void {
  (main?.querySelector<HTMLElement>('.cm-content') ?? main?.querySelector<HTMLElement>('textarea'))?.focus();
}

const NO_LINES: readonly ReadLine[] = [];

function Volume({ logs, rangeKey, width }: { logs: Logs; rangeKey: string; width: number }): JSX.Element {
  const { query, time, url, setUrl } = logs;
  const volume = useLogVolume(query, time.absolute, rangeKey, width);
  return (
    <div className={styles.volume}>
      {volume && (
        <VolumeChart
          volume={volume}
          range={time.absolute}
          wanted={url.level as readonly LogLevel[]}
          onWanted={(level) => setUrl({ level, line: '' })}
          onZoom={(range) => time.setRange(rangeOf(range))}
        />
      )}
    </div>
  );
}

function Toolbar({ logs, lines }: { logs: Logs; lines: LogLinesState }): JSX.Element {
  const { url, setUrl, direction, isLive, setLive, time } = logs;
  const order = (dir: LogDirection) => {
    // Only the newest first can be tailed.
    if (dir === 'forward' && time.refresh !== '') time.setRefresh('');
    setUrl({ dir, line: '' });
  };
  return (
    <div className={styles.toolbar}>
      <span className={styles.stats}>{lines.page && statsText(lines)}</span>
      {lines.error !== undefined && lines.page !== undefined && lines.failedQuery === lines.query && (
        <Status tone="warn">Not refreshed: {lines.error.message}</Status>
      )}
      <span className={styles.spread} />
      <IconButton small icon="info" label="Keys: / query, j and k from line to line, Enter opens, Escape closes" />
      <Button small aria-pressed={isLive} icon={isLive ? 'pause' : 'play'} onClick={() => setLive(!isLive)}>
        Live
      </Button>
      <Button small aria-pressed={url.wrap} onClick={() => setUrl({ wrap: !url.wrap }, { replace: true })}>
        Wrap
      </Button>
      <Button small aria-pressed={url.raw} onClick={() => setUrl({ raw: !url.raw }, { replace: true })}>
        Raw
      </Button>
      <Segments<LogDirection>
        label="Order"
        value={direction}
        onChange={order}
        options={[
          { value: 'backward', label: 'Newest first' },
          { value: 'forward', label: 'Oldest first' },
        ]}
      />
    </div>
  );
}

/** "500 lines and more, 12,041 read in 34 ms". */
function statsText({ page, cost }: LogLinesState): string {
  if (page === undefined) return '';
  const count = `${formatCount(page.lines.length)} ${page.lines.length === 1 ? 'line' : 'lines'}`;
  const took = cost ? `, ${formatCount(cost.linesProcessed)} read in ${formatDuration(Math.max(1, Math.round(cost.elapsedMs)))}` : '';
  return `${count}${page.isCut ? ' loaded' : ''}${took}`;
}

function Lines({
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
function isFailed({ error, failedQuery, query, page }: LogLinesState): boolean {
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
