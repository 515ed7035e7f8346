import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type JSX, type Key, type ReactNode, useMemo, useRef, useState } from 'react';
import { classNames } from './class-names.ts';
import { Icon } from './icon.tsx';
import styles from './table.module.css';

/** One column: what a cell shows and, when it can be sorted, the value to sort by. */
export interface Column<Row> {
  readonly id: string;
  readonly head: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  readonly sortBy?: (row: Row) => number | string;
  readonly align?: 'end';
  readonly width?: string;
}

export interface TableSort {
  readonly column: string;
  readonly descending: boolean;
}

const ROW_PX = 31;
/** Below this many rows all are drawn: find-in-page then works. */
const VIRTUAL_FROM = 150;

/** A table whose columns sort on click; long ones (150 rows and more) draw only what is in sight and need `height` (px, default 480). */
export function Table<Row>({
  label,
  columns,
  rows,
  rowKey,
  initialSort,
  onSort,
  height,
  ground,
}: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => Key;
  initialSort?: TableSort;
  /** The reader sorted by a column. */
  onSort?: (sort: TableSort) => void;
  height?: number;
  ground?: 'page' | 'surface' | 'raised';
}): JSX.Element {
  const [sort, setSort] = useState(initialSort);
  const scroll = useRef<HTMLDivElement>(null);
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort]);
  const isVirtual = sorted.length >= VIRTUAL_FROM;
  const virtual = useVirtualizer({
    count: sorted.length,
    enabled: isVirtual,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const shown = isVirtual ? items.flatMap((item) => sorted[item.index] ?? []) : sorted;
  const above = isVirtual ? (items[0]?.start ?? 0) : 0;
  const below = isVirtual ? virtual.getTotalSize() - (items.at(-1)?.end ?? 0) : 0;
  const limit = height ?? (isVirtual ? 480 : undefined);
  const style = {
    ...(limit !== undefined && { '--table-height': `${limit}px` }),
    ...(ground && { '--table-ground': `var(--${ground})` }),
  } as CSSProperties;

  return (
    <div ref={scroll} className={styles.scroll} style={style}>
      <table className={styles.table} aria-label={label} aria-rowcount={sorted.length}>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeadCell
                key={column.id}
                column={column}
                sort={sort}
                onSort={(next) => {
                  setSort(next);
                  onSort?.(next);
                }}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={above} columns={columns.length} />
          {shown.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.id} className={column.align === 'end' ? styles.end : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
          <Spacer height={below} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

function HeadCell<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>;
  sort: TableSort | undefined;
  onSort: (sort: TableSort) => void;
}): JSX.Element {
  const isSorted = sort?.column === column.id;
  const style = column.width === undefined ? undefined : { width: column.width };
  const order = isSorted ? (sort.descending ? 'descending' : 'ascending') : undefined;
  return (
    <th scope="col" className={classNames(column.align === 'end' && styles.end)} style={style} aria-sort={order}>
      {column.sortBy ? (
        <button
          type="button"
          className={styles.head}
          onClick={() => onSort({ column: column.id, descending: isSorted ? !sort.descending : column.align === 'end' })}
        >
          {column.head}
          {isSorted && <Icon name={sort.descending ? 'chevron-down' : 'chevron-up'} size={12} />}
        </button>
      ) : (
        <span className={styles.head}>{column.head}</span>
      )}
    </th>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }): JSX.Element | null {
  if (height <= 0) return null;
  return (
    <tr className={styles.spacer}>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: TableSort | undefined): readonly Row[] {
  const by = columns.find((column) => column.id === sort?.column)?.sortBy;
  if (sort === undefined || by === undefined) return rows;
  const sign = sort.descending ? -1 : 1;
  return rows.toSorted((a, b) => sign * compareValues(by(a), by(b)));
}

function compareValues(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
    return Number.isNaN(b) ? 1 : a - b;
  }
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}
