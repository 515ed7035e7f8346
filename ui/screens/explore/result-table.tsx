import { type JSX, useMemo } from 'react';
import type { LabelMap } from '../../data/prometheus.ts';
import { clockText, dateTimeText } from '../../format/date.ts';
import { formatCount } from '../../format/number.ts';
import { reduceValues } from '../../format/reducers.ts';
import { type Column, Table } from '../../kit/table.tsx';
import type { InstantAnswer, InstantRow, RangeAnswer, RangeSeries } from './explore-query.ts';
import { HistogramCell } from './histogram-cell.tsx';
import styles from './result.module.css';
import type { LetteredAnswer } from './result-graph.tsx';
import { labelColumns } from './series-name.ts';

/** One table for each answer: a column for each label, then the values. */
export function ResultTables({ answers }: { answers: readonly LetteredAnswer<InstantAnswer | RangeAnswer>[] }): JSX.Element {
  return (
    <div className={styles.tables}>
      {answers.map(({ letter, expr, answer }) => (
        <section key={letter} aria-label={`Result of query ${letter}`}>
          {answers.length > 1 && (
            <h2 className={styles.tableHead}>
              {letter} <code>{expr}</code>
            </h2>
          )}
          {answer.kind === 'instant' ? <InstantTable answer={answer} /> : <RangeTable answer={answer} />}
        </section>
      ))}
    </div>
  );
}

const HEIGHT_PX = 640;
/** From here on only the rows in sight are drawn, all equally high. */
const MANY_ROWS = 150;

function InstantTable({ answer }: { answer: InstantAnswer }): JSX.Element {
  const columns = useMemo(() => [...labelsColumns(answer.rows), ...valueColumns(answer)], [answer]);
  if (answer.rows.length === 0) return <NoSeries at={`at ${dateTimeText(answer.timeMs)}`} />;
  return (
    <Table
      label="Result"
      rows={answer.rows}
      rowKey={({ labels }) => JSON.stringify(labels)}
      columns={columns}
      {...heightFor(answer.rows)}
    />
  );
}

function RangeTable({ answer }: { answer: RangeAnswer }): JSX.Element {
  const columns = useMemo(() => [...labelsColumns(answer.series), ...CALCS.map(([id, head]) => calcColumn(id, head))], [answer]);
  if (answer.series.length === 0) return <NoSeries at="in this range" />;
  return (
    <Table
      label="Result"
      rows={answer.series}
      rowKey={({ labels }) => JSON.stringify(labels)}
      columns={columns}
      {...heightFor(answer.series)}
    />
  );
}

/** Only long tables scroll by themselves; others are part of the page. */
function heightFor(rows: readonly unknown[]): { readonly height?: number } {
  return rows.length >= MANY_ROWS ? { height: HEIGHT_PX } : {};
}

function NoSeries({ at }: { at: string }): JSX.Element {
  return <p className={styles.none}>No series {at}. The metric or a label may be misspelt, or nothing was stored then.</p>;
}

function labelsColumns<Row extends { readonly labels: LabelMap }>(rows: readonly Row[]): Column<Row>[] {
  return labelColumns(rows.map(({ labels }) => labels)).map((name) => ({
    id: `label ${name}`,
    head: name === '__name__' ? 'Metric' : name,
    cell: ({ labels }) => labels[name] ?? '',
    sortBy: ({ labels }) => labels[name] ?? '',
  }));
}

function valueColumns({ type, rows }: InstantAnswer): Column<InstantRow>[] {
  if (type === 'matrix') {
    return [
      {
        id: 'count',
        head: 'Samples',
        align: 'end',
        sortBy: ({ samples = [] }) => samples.length,
        cell: ({ samples, text }) => text ?? formatCount(samples?.length ?? 0),
      },
      { id: 'first', head: 'First', align: 'end', cell: ({ samples }) => sampleText(samples?.[0]) },
      {
        id: 'last',
        head: 'Last',
        align: 'end',
        sortBy: ({ samples }) => samples?.at(-1)?.[1] ?? Number.NaN,
        cell: ({ samples }) => sampleText(samples?.at(-1)),
      },
    ];
  }
  return [
    {
      id: 'value',
      head: 'Value',
      align: 'end',
      sortBy: ({ value, histogram, text = '' }) => value ?? (histogram ? Number(histogram.count) : text),
      cell: ({ value, histogram, text }) =>
        histogram ? (
          <HistogramCell histogram={histogram} isDrawn={rows.length < MANY_ROWS} />
        ) : (
          <span className={styles.value}>{text ?? numberText(value)}</span>
        ),
    },
  ];
}

const CALCS = [
  ['lastNotNull', 'Last'],
  ['min', 'Min'],
  ['max', 'Max'],
  ['mean', 'Mean'],
] as const;

function calcColumn(id: string, head: string): Column<RangeSeries> {
  return {
    id,
    head,
    align: 'end',
    sortBy: ({ values }) => reduceValues(id, values) ?? Number.NaN,
    cell: ({ values }) => <span className={styles.value}>{numberText(reduceValues(id, values) ?? undefined)}</span>,
  };
}

function sampleText(sample: readonly [number, number] | undefined): string {
  return sample === undefined ? '' : `${numberText(sample[1])} at ${clockText(sample[0])}`;
}

/** The number as it is: a table is where one reads exact values. */
function numberText(value: number | undefined): string {
  if (value === undefined) return '';
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
