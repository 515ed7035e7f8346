import type { SloState, SloStatus } from '@alidade/sdk/schema';
import type { JSX } from 'react';
import { Link } from 'wouter';
import { Status } from '../../kit/status.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { BudgetBar } from './budget-bar.tsx';
import styles from './slo.module.css';
import { burnOver, burnText, exhaustionText, STATE_WORDS, shareText, sloLink } from './slo-words.ts';

/** By need, as the server lists them. */
const NEED: Readonly<Record<SloState, number>> = { exhausted: 0, burning: 1, 'no-data': 2, 'low-traffic': 3, ok: 4 };

const COLUMNS: readonly Column<SloStatus>[] = [
  {
    id: 'name',
    head: 'Objective',
    width: '24%',
    cell: (status) => <Name status={status} />,
    sortBy: ({ slo }) => `${slo.service} ${slo.name}`,
  },
  {
    id: 'state',
    head: 'State',
    width: '24%',
    cell: ({ state, reason }) => (
      <>
        <Status {...STATE_WORDS[state]}>{STATE_WORDS[state].word}</Status>
        <span className={styles.reason}>{reason}</span>
      </>
    ),
    sortBy: ({ state }) => NEED[state],
  },
  {
    id: 'success',
    head: 'Success / target',
    align: 'end',
    cell: (status) => (
      <>
        {shareText(status.successRate)}
        <span className={styles.under}>
          of {shareText(status.slo.target)} in {status.slo.window}
        </span>
      </>
    ),
    sortBy: ({ successRate }) => successRate ?? Number.NaN,
  },
  {
    id: 'budget',
    head: 'Budget left',
    width: '18%',
    cell: ({ budgetRemaining }) => <BudgetBar remaining={budgetRemaining} />,
    sortBy: ({ budgetRemaining }) => budgetRemaining ?? Number.NaN,
  },
  { id: 'burn1h', head: 'Burn rate, 1 h', align: 'end', cell: (status) => burnText(burnOver(status, '1h')), sortBy: byBurn('1h') },
  {
    id: 'burnLong',
    head: 'longest',
    align: 'end',
    cell: (status) => (
      <>
        {burnText(burnOver(status, longestOf(status)))}
        <span className={styles.under}>{longestOf(status)}</span>
      </>
    ),
    sortBy: (status) => burnOver(status, longestOf(status)) ?? Number.NaN,
  },
  {
    id: 'gone',
    head: 'Budget gone',
    align: 'end',
    cell: (status) => <Gone status={status} />,
    sortBy: ({ exhaustedInHours }) => exhaustedInHours ?? 1e12,
  },
];

/** One line for each objective. */
export function SloTable({ objectives }: { objectives: readonly SloStatus[] }): JSX.Element {
  return (
    <div className={styles.table}>
      <Table label="Objectives" columns={COLUMNS} rows={objectives} rowKey={({ slo }) => `${slo.service}/${slo.name}`} />
    </div>
  );
}

function byBurn(window: string): (status: SloStatus) => number {
  return (status) => burnOver(status, window) ?? Number.NaN;
}

function longestOf({ burnRates }: SloStatus): string {
  return burnRates.at(-1)?.window ?? '';
}

function Name({ status }: { status: SloStatus }): JSX.Element {
  const { slo } = status;
  return (
    <>
      <Link href={sloLink(slo)} className={styles.name}>
        {slo.title ?? slo.name}
      </Link>
      <span className={styles.under}>
        {slo.service}
        {slo.team !== undefined && `, team ${slo.team}`}
      </span>
    </>
  );
}

function Gone({ status }: { status: SloStatus }): JSX.Element {
  const gone = exhaustionText(status);
  if (!gone) return <span className={styles.none}>{status.budgetRemaining === null ? '–' : 'not burning'}</span>;
  return (
    <>
      {gone.left}
      {gone.date !== '' && <span className={styles.under}>{gone.date}</span>}
    </>
  );
}
