import { useQuery } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import styles from './app.module.css';
import { ApiError } from './data/client.ts';
import { statusQuery } from './data/server.ts';
import { Button } from './kit/button.tsx';
import { Dialog } from './kit/dialog.tsx';
import { Status } from './kit/status.tsx';
import { Table } from './kit/table.tsx';

/** One line above every screen when the server is gone or runs on an older configuration. */
export function Notices(): JSX.Element | null {
  const { data, error } = useQuery(statusQuery());
  const [open, setOpen] = useState(false);
  if (error instanceof ApiError && error.status === 0) {
    return (
      <div className={styles.notice} data-tone="bad" role="alert">
        <Status tone="bad">No connection</Status>
        Alidade does not answer. What you see is from before; this page goes on trying.
      </div>
    );
  }
  if (!data?.config.stale) return null;
  const { problems } = data.config;
  return (
    <div className={styles.notice} role="status">
      <Status tone="warn">Configuration refused</Status>
      The newest files have errors; the previous configuration goes on running.
      <Button small onClick={() => setOpen(true)}>
        Show {problems.length === 1 ? 'the problem' : `${problems.length} problems`}
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title="Problems in the configuration"
        text="Nothing was applied. Mend the files and they are read again by themselves."
        width={860}
      >
        <Table
          label="Problems in the configuration"
          ground="raised"
          rows={problems}
          rowKey={(problem) => `${problem.file}:${problem.line}:${problem.path}:${problem.message}`}
          columns={[
            { id: 'severity', head: 'Severity', cell: ({ severity }) => <Severity severity={severity} />, width: '96px' },
            { id: 'place', head: 'Place', cell: ({ file, line }) => <code>{line > 0 ? `${file}:${line}` : file}</code> },
            { id: 'message', head: 'Problem', cell: ({ path, message }) => (path === '' ? message : `${path}: ${message}`) },
          ]}
        />
      </Dialog>
    </div>
  );
}

function Severity({ severity }: { severity: 'error' | 'warning' }): JSX.Element {
  return severity === 'error' ? <Status tone="bad">Error</Status> : <Status tone="warn">Warning</Status>;
}
