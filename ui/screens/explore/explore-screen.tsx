// Explore: ask anything about metrics; several queries in one graph or as tables, all of it in the URL.
import { useQuery } from '@tanstack/react-query';
import { type JSX, useCallback, useMemo, useState } from 'react';
import { useSize } from '../../charts/use-size.ts';
import { type Exemplar, exemplarsQuery } from '../../data/exemplars.ts';
import type { CompletionWindow } from '../../editor/completion-client.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '../../kit/menu.tsx';
import { Page } from '../../kit/page.tsx';
import { EmptyState, LoadingState } from '../../kit/states.tsx';
import { RefreshPicker, TimeRangePicker } from '../../kit/time-picker.tsx';
import { SignalSwitch } from '../../signal-switch.tsx';
import { Examples } from './examples.tsx';
import styles from './explore-screen.module.css';
import { MetricBrowser } from './metric-browser.tsx';
import { QueryRowView } from './query-row.tsx';
import { addRow, changeRow, duplicateRow, placeExpression, type QueryRow, removeRow, rowLetter, runAll } from './query-rows.ts';
import { type LetteredAnswer, ResultGraph } from './result-graph.tsx';
import { ResultTables } from './result-table.tsx';
import { spanFor } from './step.ts';
import { useExplore } from './use-explore.ts';
import { type Answer, type RowResult, useQueryResults } from './use-query-results.ts';
import { ViewBar } from './view-bar.tsx';

/** From this width on the metrics stand beside the queries; below, they open over them. */
const WIDE_PX = 1_080;
const NO_EXEMPLARS: readonly Exemplar[] = [];

/** The screen at /explore. */
export function ExploreScreen(): JSX.Element {
  const explore = useExplore();
  const { rows, edit, commit, url, setUrl, time } = explore;
  const [box, { width }] = useSize<HTMLDivElement>();
  const [activeId, setActiveId] = useState(0);
  const [isBrowsing, setBrowsing] = useState(() => innerWidth >= WIDE_PX);
  const isWide = innerWidth >= WIDE_PX;
  const kind = url.view === 'graph' || url.table === 'range' ? 'range' : 'instant';
  const span = width === 0 ? undefined : spanFor(time.absolute, url.step, width);
  const asked = useMemo(() => rows.filter(({ ran, isHidden }) => ran.trim() !== '' && !isHidden), [rows]);
  const results = useQueryResults(
    asked.map(({ id, ran }) => ({ id, expr: ran })),
    kind,
    span,
    time.tick,
  );
  const { absolute } = time;
  const { data: exemplars = NO_EXEMPLARS } = useQuery(
    exemplarsQuery(
      useMemo(() => (url.view === 'graph' ? asked.map(({ ran }) => ran) : []), [asked, url.view]),
      absolute,
      time.tick,
    ),
  );
  const window = useCallback<CompletionWindow>(() => absolute, [absolute]);
  const choose = (expr: string) => {
    if (!isWide) setBrowsing(false);
    commit((now) => placeExpression(now, activeId, expr));
  };
  const isLoading = [...results.values()].some((result) => result.isLoading);

  return (
    <Page
      flush
      title="Explore"
      beside={<SignalSwitch current="metrics" />}
      controls={
        <>
          <Button look="quiet" icon="search" aria-pressed={isBrowsing} onClick={() => setBrowsing(!isBrowsing)}>
            Browse
          </Button>
          <HistoryMenu history={explore.history} onChoose={choose} onClear={explore.clearHistory} />
          <TimeRangePicker range={time.range} onChange={time.setRange} />
          <RefreshPicker time={time} isLoading={isLoading} />
        </>
      }
    >
      <div className={styles.columns}>
        {isBrowsing && isWide && (
          <aside className={styles.aside} aria-label="Metrics">
            <MetricBrowser onChoose={choose} />
          </aside>
        )}
        <div className={styles.main}>
          <div className={styles.queries}>
            {rows.map((row, index) => (
              <QueryRowView
                key={row.id}
                row={row}
                letter={rowLetter(index)}
                result={results.get(row.id)}
                window={window}
                autoFocus={row.text === '' && index === rows.length - 1}
                actions={{
                  onChange: (text) => edit((now) => changeRow(now, row.id, { text })),
                  onRun: () => commit(runAll),
                  onHide: () => commit((now) => changeRow(now, row.id, { isHidden: !row.isHidden })),
                  onDuplicate: () => commit((now) => duplicateRow(now, row.id)),
                  onRemove: () => commit((now) => removeRow(now, row.id)),
                  onFocus: () => setActiveId(row.id),
                }}
              />
            ))}
            <div className={styles.queryActions}>
              <Button look={rows.some(({ text, ran }) => text !== ran) ? 'primary' : 'plain'} icon="play" onClick={() => commit(runAll)}>
                Run
              </Button>
              <Button look="quiet" icon="plus" onClick={() => edit((now) => addRow(now))}>
                Add a query
              </Button>
            </div>
          </div>
          <div ref={box}>
            {asked.length > 0 && (
              <ViewBar url={url} onChange={setUrl} stepMs={span?.stepMs} atMs={time.absolute.toMs} exemplars={exemplars.length} />
            )}
            <Results
              rows={rows}
              results={results}
              explore={explore}
              exemplars={url.exemplars === 'on' && asked.length > 0 ? exemplars : NO_EXEMPLARS}
              onChoose={choose}
            />
          </div>
        </div>
      </div>
      {!isWide && (
        <Dialog flush open={isBrowsing} onClose={() => setBrowsing(false)} title="Metrics">
          <div className={styles.dialog}>
            <MetricBrowser onChoose={choose} />
          </div>
        </Dialog>
      )}
    </Page>
  );
}

function Results({
  rows,
  results,
  explore: { url, time },
  exemplars,
  onChoose,
}: {
  rows: readonly QueryRow[];
  results: ReadonlyMap<number, RowResult>;
  explore: ReturnType<typeof useExplore>;
  exemplars: readonly Exemplar[];
  onChoose: (expr: string) => void;
}): JSX.Element | null {
  const answers = useMemo(() => answersOf(rows, results), [rows, results]);
  const ranges = useMemo(() => answers.filter(isRange), [answers]);
  if (rows.every(({ ran }) => ran.trim() === '')) return <Examples onChoose={onChoose} />;
  if (rows.every(({ ran, isHidden }) => ran.trim() === '' || isHidden)) {
    return <EmptyState title="All queries are hidden">The eye beside a query shows its result again.</EmptyState>;
  }
  if (answers.length === 0) return [...results.values()].some(({ isLoading }) => isLoading) ? <LoadingState label="Running" /> : null;
  if (url.view === 'table') return <ResultTables answers={answers} />;
  if (ranges.length === 0) return <LoadingState label="Running" />;
  if (ranges.every(({ answer }) => answer.series.length === 0)) {
    if (ranges.some(({ answer }) => answer.histograms > 0)) {
      return (
        <EmptyState title="A histogram is no line">
          The table draws its buckets. For a graph, ask for a number of it: <code>histogram_quantile(0.95, rate(…[5m]))</code>,{' '}
          <code>histogram_avg(…)</code> or <code>histogram_count(…)</code>.
        </EmptyState>
      );
    }
    return (
      <EmptyState title="No series in this range">
        The metric or a label may be misspelt, or nothing was stored then. Try a longer range, or look for the name under Metrics.
      </EmptyState>
    );
  }
  return (
    <ResultGraph
      answers={ranges}
      range={time.absolute}
      timeRange={time.range}
      exemplars={exemplars}
      isStacked={url.stacked}
      onZoom={({ fromMs, toMs }) => time.setRange({ from: String(Math.round(fromMs)), to: String(Math.round(toMs)) })}
    />
  );
}

function answersOf(rows: readonly QueryRow[], results: ReadonlyMap<number, RowResult>): readonly LetteredAnswer<Answer>[] {
  return rows.flatMap((row, index) => {
    const result = results.get(row.id);
    if (result?.answer === undefined || row.isHidden) return [];
    return [{ letter: rowLetter(index), expr: result.answer.expr, answer: result.answer.data }];
  });
}

function isRange(lettered: LetteredAnswer<Answer>): lettered is LetteredAnswer<Extract<Answer, { kind: 'range' }>> {
  return lettered.answer.kind === 'range';
}

function HistoryMenu({
  history,
  onChoose,
  onClear,
}: {
  history: readonly string[];
  onChoose: (expr: string) => void;
  onClear: () => void;
}): JSX.Element {
  return (
    <Menu
      trigger={
        <Button look="quiet" icon="clock">
          History
        </Button>
      }
    >
      <MenuLabel>{history.length === 0 ? 'Queries that you run are listed here' : 'Run in this browser'}</MenuLabel>
      {history.slice(0, 20).map((expr) => (
        <MenuItem key={expr} onSelect={() => onChoose(expr)}>
          <code className={styles.past}>{expr}</code>
        </MenuItem>
      ))}
      {history.length > 0 && (
        <>
          <MenuSeparator />
          <MenuItem icon="close" onSelect={onClear}>
            Forget them
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
