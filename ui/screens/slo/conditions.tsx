import type { SloBurnConditionStatus, SloStatus } from '@alidade/sdk/schema';
import type { JSX } from 'react';
import { Status } from '../../kit/status.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { burnOver, burnText, shareText } from './slo-words.ts';

/** The pairs of windows that alert, and how they burn now. */
export function Conditions({ status }: { status: SloStatus }): JSX.Element {
  const omitted = new Set<string>(status.slo.alerts?.omit);
  const rate = (window: string) => `${window}: ${burnText(burnOver(status, window))}`;
  const columns: Column<SloBurnConditionStatus>[] = [
    { id: 'severity', head: 'Tells', cell: ({ severity }) => (severity === 'page' ? 'at once (critical)' : 'by a ticket (warning)') },
    {
      id: 'share',
      head: 'When spent',
      align: 'end',
      cell: ({ budgetShare, longWindow }) => `${shareText(budgetShare)} of the budget in ${longWindow}`,
    },
    { id: 'factor', head: 'Burn rate above', align: 'end', cell: ({ factor }) => burnText(factor) },
    { id: 'long', head: 'Long window now', align: 'end', cell: ({ longWindow }) => rate(longWindow) },
    { id: 'short', head: 'Short window now', align: 'end', cell: ({ shortWindow }) => rate(shortWindow) },
    {
      id: 'state',
      head: 'State',
      align: 'end',
      cell: ({ name, isBurning, longWindow }) =>
        omitted.has(name) ? (
          <Status tone="idle" icon="mute">
            Left out
          </Status>
        ) : isBurning ? (
          <Status tone="warn">Burning</Status>
        ) : burnOver(status, longWindow) === null ? (
          <Status tone="idle">Unknown</Status>
        ) : (
          <Status tone="ok">Quiet</Status>
        ),
    },
  ];
  return <Table label="Burn alerts" columns={columns} rows={status.conditions} rowKey={({ name }) => name} />;
}
