import { type JSX, useCallback, useId, useMemo } from 'react';
import type { CompletionWindow } from '../../editor/completion-client.ts';
import { placeError } from '../../editor/error-position.ts';
import { LogqlEditor } from '../../editor/logql-editor.tsx';
import { Button } from '../../kit/button.tsx';
import { Status } from '../../kit/status.tsx';
import { FilterBar } from './filter-bar.tsx';
import styles from './logs-screen.module.css';
import type { Logs } from './use-logs.ts';

/** The query in words of LogQL, and below it by clicks; where the server could not read what was run (`failure`) is marked. */
export function QueryBar({ logs, failure }: { logs: Logs; failure: Error | undefined }): JSX.Element {
  const id = useId();
  const { text, query, time } = logs;
  // The error belongs to what was run; once the text is another, its place means nothing.
  const isShown = failure !== undefined && text === query;
  const error = useMemo(() => (isShown ? placeError(query, failure.message) : undefined), [isShown, failure, query]);
  const isInvalid = error?.span !== undefined;
  const { absolute } = time;
  const window = useCallback<CompletionWindow>(() => absolute, [absolute]);
  return (
    <div className={styles.queryBar}>
      <div className={styles.queryLine}>
        <LogqlEditor
          value={text}
          label="LogQL query"
          placeholder={'LogQL, for instance {service="api"} |= "timeout"'}
          onChange={logs.edit}
          onRun={logs.run}
          window={window}
          isInvalid={isInvalid}
          errorSpan={error?.span}
          describedBy={isInvalid ? id : undefined}
        />
        <Button look={text.trim() === query ? 'plain' : 'primary'} icon="play" onClick={() => logs.run()}>
          Run
        </Button>
      </div>
      {isInvalid && (
        <p id={id} className={styles.note} role="alert">
          <Status tone="bad">Not run</Status>
          <code className={styles.message}>{error.message}</code>
        </p>
      )}
      <FilterBar logs={logs} />
    </div>
  );
}
