import { type JSX, useMemo } from 'react';
import { Swatch } from '../../charts/swatch.tsx';
import { useSize } from '../../charts/use-size.ts';
import { formatLatency } from '../../format/duration.ts';
import { EmptyState } from '../../kit/states.tsx';
import { Status } from '../../kit/status.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import styles from './span-table.module.css';
import type { SpanNode, SpanTree } from './span-tree.ts';

/** The spans as a table that sorts: by duration, by own time. While something is looked for, only what was found. */
export function SpanTable({
  tree,
  colors,
  chosen,
  matches,
  find,
  onChoose,
}: {
  tree: SpanTree;
  colors: ReadonlyMap<string, string>;
  chosen: number;
  matches: readonly number[];
  find: string;
  onChoose: (index: number) => void;
}): JSX.Element {
  const [box, { height }] = useSize<HTMLDivElement>();
  const rows = useMemo(
    () => (find.trim() === '' ? tree.nodes : matches.flatMap((index) => tree.nodes[index] ?? [])),
    [tree, matches, find],
  );
  const columns = useMemo(() => columnsOf(tree, colors, chosen, onChoose), [tree, colors, chosen, onChoose]);
  return (
    <div ref={box} className={styles.box}>
      {rows.length === 0 ? (
        <EmptyState title="No span matches">Looked for “{find}” in names, services, attributes and events.</EmptyState>
      ) : (
        <Table
          label="Spans"
          columns={columns}
          rows={rows}
          rowKey={({ index }) => index}
          height={height === 0 ? 480 : height}
          ground="page"
        />
      )}
    </div>
  );
}

function columnsOf(
  tree: SpanTree,
  colors: ReadonlyMap<string, string>,
  chosen: number,
  onChoose: (index: number) => void,
): Column<SpanNode>[] {
  return [
    {
      id: 'name',
      head: 'Span',
      sortBy: ({ span }) => span.name,
      cell: ({ span, index, isOrphan }) => (
        <button
          type="button"
          className={styles.name}
          aria-pressed={index === chosen}
          onClick={() => onChoose(index === chosen ? -1 : index)}
        >
          {span.name === '' ? 'no name' : span.name}
          {isOrphan && <span className={styles.quiet}> parent missing</span>}
        </button>
      ),
    },
    {
      id: 'service',
      head: 'Service',
      sortBy: ({ span }) => span.service,
      cell: ({ span }) => (
        <span className={styles.service}>
          <Swatch color={colors.get(span.service) ?? 'var(--ink-3)'} />
          {span.service}
        </span>
      ),
    },
    { id: 'kind', head: 'Kind', sortBy: ({ span }) => span.kind, cell: ({ span }) => <span className={styles.quiet}>{span.kind}</span> },
    {
      id: 'start',
      head: 'Starts at',
      align: 'end',
      sortBy: ({ span }) => span.startMs,
      cell: ({ span }) => formatLatency(span.startMs - tree.startMs),
    },
    {
      id: 'duration',
      head: 'Duration',
      align: 'end',
      sortBy: ({ span }) => span.durationMs,
      cell: ({ span }) => formatLatency(span.durationMs),
    },
    { id: 'self', head: 'Own time', align: 'end', sortBy: ({ selfMs }) => selfMs, cell: ({ selfMs }) => formatLatency(selfMs) },
    {
      id: 'status',
      head: <span className={styles.after}>Status</span>,
      sortBy: ({ span }) => span.status,
      cell: ({ span }) => (
        <span className={styles.after}>
          {span.status === 'error' ? (
            <Status tone="bad">Error</Status>
          ) : span.status === 'ok' ? (
            <Status tone="ok">Ok</Status>
          ) : (
            <span className={styles.quiet}>unset</span>
          )}
        </span>
      ),
    },
  ];
}
