import type { ConfigProblem } from '@alidade/sdk/schema';
import { type JSX, useState } from 'react';
import { Button } from './kit/button.tsx';
import { Dialog } from './kit/dialog.tsx';
import { Status } from './kit/status.tsx';
import { Table } from './kit/table.tsx';

/** A button that counts what is wrong or not understood in the configuration, and the list behind it. */
export function ConfigProblems({ problems, isStale }: { problems: readonly ConfigProblem[]; isStale: boolean }): JSX.Element | null {
  const [open, setOpen] = useState(false);
  if (problems.length === 0) return null;
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const word = errors > 0 ? counted(errors, 'error') : counted(problems.length, 'warning');
  return (
    <>
      <Button small icon={errors > 0 ? 'critical' : 'warning'} onClick={() => setOpen(true)}>
        {word} in the configuration
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title="Problems in the configuration"
        text={
          isStale
            ? 'Nothing was applied. Mend the files and they are read again by themselves.'
            : 'The configuration runs; these parts of it do nothing or not all that they say.'
        }
        width={880}
      >
        <Table
          label="Problems in the configuration"
          ground="raised"
          rows={problems}
          rowKey={(problem) => `${problem.file}:${problem.line}:${problem.path}:${problem.message}`}
          columns={[
            { id: 'severity', head: 'Severity', cell: ({ severity }) => <Severity severity={severity} />, width: '104px' },
            { id: 'place', head: 'Place', cell: ({ file, line }) => <code>{line > 0 ? `${file}:${line}` : file}</code> },
            { id: 'message', head: 'Problem', cell: ({ path, message }) => (path === '' ? message : `${path}: ${message}`) },
          ]}
        />
      </Dialog>
    </>
  );
}

function counted(count: number, word: string): string {
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}

function Severity({ severity }: { severity: ConfigProblem['severity'] }): JSX.Element {
  return severity === 'error' ? <Status tone="bad">Error</Status> : <Status tone="warn">Warning</Status>;
}
