// One table of all pools. From 150 rows on, only those near the window are drawn; heights are measured, because errors and labels wrap.
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type JSX, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { exploreLink } from '../../data/links.ts';
import type { TargetStatus } from '../../data/prometheus.ts';
import { formatCount } from '../../format/number.ts';
import { Status } from '../../kit/status.tsx';
import { type TargetPool, targetKey } from './target-pools.ts';
import { TargetRow } from './target-row.tsx';
import styles from './target-table.module.css';

type Row =
  | { readonly kind: 'pool'; readonly key: string; readonly pool: TargetPool }
  | { readonly kind: 'target'; readonly key: string; readonly target: TargetStatus };

const VIRTUAL_FROM = 150;
const ROW_PX = 37;
const COLUMNS = ['State', 'Endpoint', 'Labels', 'Last scrape', 'Took', 'Samples', 'Every'] as const;

/** All pools and targets given. `nowMs` is when the answer came: ages are as of then. */
export function TargetTable({
  pools,
  samples,
  nowMs,
}: {
  pools: readonly TargetPool[];
  samples: ReadonlyMap<string, number>;
  nowMs: number;
}): JSX.Element {
  const rows = useMemo(() => rowsOf(pools), [pools]);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const body = useRef<HTMLTableElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => setOffset((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY), []);
  const isVirtual = rows.length >= VIRTUAL_FROM;
  const virtual = useWindowVirtualizer({
    count: rows.length,
    enabled: isVirtual,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 20,
    scrollMargin: offset,
  });
  const items = virtual.getVirtualItems();
  const shown = isVirtual ? items.map(({ index }) => index) : rows.map((_, index) => index);
  const above = isVirtual ? (items[0]?.start ?? offset) - offset : 0;
  const below = isVirtual ? virtual.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset) : 0;
  const toggle = (key: string) =>
    setOpen((now) => {
      const next = new Set(now);
      if (!next.delete(key)) next.add(key);
      return next;
    });

  return (
    <table ref={body} className={styles.table} aria-label="Scrape targets" aria-rowcount={rows.length + 1}>
      <thead>
        <tr>
          {COLUMNS.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <Spacer height={above} />
        {shown.map((index) => {
          const row = rows[index];
          if (row === undefined) return null;
          const measured = isVirtual ? { ref: virtual.measureElement, 'data-index': index } : {};
          if (row.kind === 'pool') return <PoolRow key={row.key} pool={row.pool} rowProps={measured} />;
          return (
            <TargetRow
              key={row.key}
              target={row.target}
              samples={samples.get(targetKey(row.target.labels))}
              nowMs={nowMs}
              isOpen={open.has(row.key)}
              onToggle={() => toggle(row.key)}
              rowProps={measured}
            />
          );
        })}
        <Spacer height={below} />
      </tbody>
    </table>
  );
}

function rowsOf(pools: readonly TargetPool[]): readonly Row[] {
  return pools.flatMap((pool): Row[] => [
    { kind: 'pool', key: `pool ${pool.name}`, pool },
    ...pool.targets.map((target): Row => ({ kind: 'target', key: `${pool.name} ${target.scrapeUrl} ${targetKey(target.labels)}`, target })),
  ]);
}

/** Props that let the virtual list measure a row. */
export interface MeasuredRow {
  readonly ref?: (element: HTMLTableRowElement | null) => void;
  readonly 'data-index'?: number;
}

function PoolRow({ pool, rowProps }: { pool: TargetPool; rowProps: MeasuredRow }): JSX.Element {
  const query = `up{job=${JSON.stringify(pool.name)}}`;
  return (
    <tr {...rowProps} className={styles.pool}>
      <th scope="rowgroup" colSpan={COLUMNS.length}>
        <span className={styles.poolHead}>
          <span className={styles.poolName}>{pool.name}</span>
          <PoolHealth pool={pool} />
          <Link className={styles.poolLink} href={exploreLink([query])}>
            Explore<span className="visually-hidden"> the targets of {pool.name}</span>
          </Link>
        </span>
      </th>
    </tr>
  );
}

function PoolHealth({ pool: { total, up, down, unknown } }: { pool: TargetPool }): JSX.Element {
  if (down > 0) return <Status tone="bad">{`${formatCount(down)} of ${formatCount(total)} down`}</Status>;
  if (unknown > 0) return <Status tone="idle" icon="pending">{`${formatCount(unknown)} of ${formatCount(total)} not scraped yet`}</Status>;
  return <Status tone="ok">{`${formatCount(up)} of ${formatCount(total)} up`}</Status>;
}

function Spacer({ height }: { height: number }): JSX.Element | null {
  if (height <= 0) return null;
  return (
    <tr className={styles.spacer}>
      <td colSpan={COLUMNS.length} style={{ height }} />
    </tr>
  );
}
