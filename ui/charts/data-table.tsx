import { type JSX, useMemo } from 'react';
import { dateTimeText } from '../format/date.ts';
import { type Column, Table } from '../kit/table.tsx';

/** One series as a table shows it. */
export interface TableSeries {
  readonly key: string;
  readonly name: string;
  readonly values: readonly (number | null | undefined)[];
  readonly format: (value: number | null) => string;
}

interface Step {
  readonly timeMs: number;
  readonly index: number;
}

/** Any chart as a table: one row a step, newest first; with a single step one row a series. */
export function DataTable({
  label,
  times,
  series,
  height,
  ground = 'surface',
}: {
  label: string;
  times: readonly number[];
  series: readonly TableSeries[];
  height?: number;
  ground?: 'page' | 'surface' | 'raised';
}): JSX.Element {
  const rows = useMemo(() => times.map((timeMs, index): Step => ({ timeMs, index })).reverse(), [times]);
  const size = height === undefined ? {} : { height };
  if (times.length === 1) {
    return (
      <Table
        label={label}
        ground={ground}
        rows={series}
        rowKey={(one) => one.key}
        columns={[
          { id: 'name', head: 'Series', cell: (one) => one.name, sortBy: (one) => one.name },
          { id: 'value', head: 'Value', align: 'end', cell: (one) => cellText(one, 0), sortBy: (one) => one.values[0] ?? Number.NaN },
        ]}
        {...size}
      />
    );
  }
  const columns: Column<Step>[] = [
    {
      id: 'time',
      head: 'Time',
      cell: ({ timeMs }) => <span style={{ whiteSpace: 'nowrap' }}>{dateTimeText(timeMs)}</span>,
      sortBy: ({ timeMs }) => timeMs,
    },
    ...series.map(
      (one): Column<Step> => ({
        id: one.key,
        head: one.name,
        align: 'end',
        cell: ({ index }) => cellText(one, index),
        sortBy: ({ index }) => one.values[index] ?? Number.NaN,
      }),
    ),
  ];
  return <Table label={label} ground={ground} rows={rows} rowKey={({ timeMs }) => timeMs} columns={columns} {...size} />;
}

function cellText({ values, format }: TableSeries, index: number): string {
  const value = values[index];
  return value === null || value === undefined ? '' : format(value);
}
