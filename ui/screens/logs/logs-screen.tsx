// Logs: what was written, how much of it and how bad, what is in it; all of it in the URL.
import type { LogLevel } from '@alidade/sdk/schema';
import { type JSX, lazy, Suspense, useCallback, useRef, useState } from 'react';
import { useSize } from '../../charts/use-size.ts';
import { rangeOf } from '../../data/links.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Page } from '../../kit/page.tsx';
import { LoadingState } from '../../kit/states.tsx';
import { RefreshPicker, TimeRangePicker } from '../../kit/time-picker.tsx';
import { SignalSwitch } from '../../signal-switch.tsx';
import { FieldsPanel } from './fields-panel.tsx';
import { isFailed, LinesPane } from './lines-pane.tsx';
import { LinesToolbar } from './lines-toolbar.tsx';
import type { Field, ReadLine } from './log-line.ts';
import { HowToSend } from './log-states.tsx';
import styles from './logs-screen.module.css';
import { QueryBar } from './query-bar.tsx';
import { filterField, isMetricQuery, withLevels } from './query-text.ts';
import { useQueryKey } from './use-line-keys.ts';
import { useLogLines } from './use-log-lines.ts';
import { useLogVolume } from './use-log-volume.ts';
import { type Logs, useLogs } from './use-logs.ts';
import { useMetricResult } from './use-metric-result.ts';
import { VolumeChart } from './volume-chart.tsx';

/** From this width on the fields stand beside the lines; below, they open over them. */
const WIDE_PX = 1_080;
const SIDE_PX = 16;

/** Graph and legend are loaded when a query counts. */
const MetricResult = lazy(async () => ({ default: (await import('./metric-result.tsx')).MetricResult }));

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
              {isMetric && (
                <Suspense fallback={<LoadingState label="Counting lines" />}>
                  <MetricResult logs={logs} result={metric} />
                </Suspense>
              )}
              {!isMetric && !isFailed(lines) && <Volume logs={logs} rangeKey={rangeKey} width={width} />}
              {!isMetric && !isFailed(lines) && <LinesToolbar logs={logs} lines={lines} />}
              {!isMetric && <LinesPane logs={logs} lines={lines} onMore={loadMore} onFilter={onFilter} onColumn={onColumn} />}
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
