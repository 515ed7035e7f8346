import { type JSX, type MouseEvent, useMemo, useState } from 'react';
import { toFixed } from '../format/number.ts';
import { keepsUnit, reducerLabel, reduceValues } from '../format/reducers.ts';
import { Icon } from '../kit/icon.tsx';
import type { ChartSeries } from './chart-series.ts';
import styles from './legend.module.css';
import { Swatch } from './swatch.tsx';

/** One entry: any chart can have a legend. `cells` are texts, `sort` the numbers behind them. */
export interface LegendEntry {
  readonly key: string;
  readonly name: string;
  readonly color: string;
  readonly cells: readonly { readonly text: string; readonly sort: number }[];
}

/** Entries of a time chart with its calcs. */
export function legendEntries(series: readonly ChartSeries[], calcs: readonly string[]): LegendEntry[] {
  return series
    .filter(({ hideFrom }) => !hideFrom.legend)
    .map((one) => ({
      key: one.key,
      name: one.name,
      color: one.color,
      cells: calcs.map((calc) => {
        const value = reduceValues(calc, one.values);
        const text = value === null ? '' : keepsUnit(calc) ? one.format(value) : toFixed(value);
        return { text, sort: value ?? Number.NEGATIVE_INFINITY };
      }),
    }));
}

/** The headings of calcs. */
export function calcHeads(calcs: readonly string[]): string[] {
  return calcs.map(reducerLabel);
}

/** Which series are switched off, and how a click changes that: alone first, then all again; with Ctrl, Shift or ⌘ one by one. */
export function useHiddenSeries(keys: readonly string[]): readonly [ReadonlySet<string>, (key: string, event: MouseEvent) => void] {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string, event: MouseEvent) => {
    setHidden((now) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return now.has(key) ? without(now, key) : new Set([...now, key]);
      const isAlone = !now.has(key) && keys.every((other) => other === key || now.has(other));
      return isAlone ? new Set() : new Set(keys.filter((other) => other !== key));
    });
  };
  return [hidden, toggle];
}

function without(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
  return new Set([...keys].filter((other) => other !== key));
}

/** A list, or a table when there are calcs to compare. Columns sort on click. */
export function Legend({
  entries,
  heads,
  mode,
  side,
  hidden,
  onToggle,
  onPoint,
}: {
  entries: readonly LegendEntry[];
  heads: readonly string[];
  mode: 'list' | 'table';
  side: 'bottom' | 'right';
  hidden: ReadonlySet<string>;
  onToggle: (key: string, event: MouseEvent) => void;
  onPoint: (key: string | undefined) => void;
}): JSX.Element {
  const [sort, setSort] = useState<{ column: number; descending: boolean }>();
  const sorted = useMemo(() => sortEntries(entries, sort), [entries, sort]);
  const button = (entry: LegendEntry) => (
    <button
      type="button"
      className={styles.item}
      aria-pressed={!hidden.has(entry.key)}
      title={`${entry.name}\nClick to see it alone, Ctrl+click to hide it`}
      onClick={(event) => onToggle(entry.key, event)}
      onPointerEnter={() => onPoint(entry.key)}
      onPointerLeave={() => onPoint(undefined)}
    >
      <Swatch color={entry.color} />
      <span className={styles.name}>{entry.name}</span>
      {mode === 'list' &&
        entry.cells.map((cell, index) => (
          <span key={heads[index]} className={styles.calc}>
            {heads[index]}: {cell.text}
          </span>
        ))}
    </button>
  );
  if (mode === 'list') {
    return (
      <ul className={`${styles.legend} ${styles.list}`} data-side={side}>
        {sorted.map((entry) => (
          <li key={entry.key} style={{ minWidth: 0, maxWidth: '100%' }}>
            {button(entry)}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div className={styles.legend} data-side={side}>
      <table className={styles.table}>
        <thead>
          <tr>
            {['Name', ...heads].map((head, index) => (
              <th
                key={head}
                scope="col"
                aria-sort={sort?.column === index - 1 ? (sort.descending ? 'descending' : 'ascending') : undefined}
              >
                <button type="button" onClick={() => setSort(nextSort(sort, index - 1))}>
                  {head}
                  {sort?.column === index - 1 && <Icon name={sort.descending ? 'chevron-down' : 'chevron-up'} size={10} />}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((entry) => (
            <tr key={entry.key}>
              <td>{button(entry)}</td>
              {entry.cells.map((cell, index) => (
                <td key={heads[index]}>{cell.text}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type LegendSort = { column: number; descending: boolean } | undefined;

/** Largest first, smallest first, then as in the file again. */
function nextSort(sort: LegendSort, column: number): LegendSort {
  if (sort?.column !== column) return { column, descending: column >= 0 };
  return sort.descending === column >= 0 ? { column, descending: !sort.descending } : undefined;
}

function sortEntries(entries: readonly LegendEntry[], sort: LegendSort): readonly LegendEntry[] {
  if (sort === undefined) return entries;
  const sign = sort.descending ? -1 : 1;
  if (sort.column < 0) return entries.toSorted((a, b) => sign * a.name.localeCompare(b.name, undefined, { numeric: true }));
  const value = (entry: LegendEntry) => entry.cells[sort.column]?.sort ?? Number.NEGATIVE_INFINITY;
  return entries.toSorted((a, b) => (value(a) === value(b) ? 0 : sign * (value(a) - value(b))));
}
