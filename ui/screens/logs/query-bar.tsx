import { type JSX, useCallback, useId, useMemo } from 'react';
import type { CompletionWindow } from '../../editor/completion-client.ts';
import { placeError } from '../../editor/error-position.ts';
import { LogqlEditor } from '../../editor/logql-editor.tsx';
import { Button } from '../../kit/button.tsx';
import { Status } from '../../kit/status.tsx';
import { FilterBar } from './filter-bar.tsx';
import styles from './logs-screen.module.css';
import { withLevels } from './query-text.ts';
import type { LogLinesState } from './use-log-lines.ts';
import type { Logs } from './use-logs.ts';

/** The query in words of LogQL, and below it by clicks; what the server could not read is marked in it. */
export function QueryBar({ logs, lines }: { logs: Logs; lines: LogLinesState }): JSX.Element {
  const id = useId();
  const { text, query, url, time } = logs;
  // The error belongs to what was run; once the text is another, its place means nothing.
  const failed = lines.error !== undefined && text === query && lines.failedQuery === withLevels(query, url.level);
  const error = useMemo(() => (failed && lines.error ? placeError(query, lines.error.message) : undefined), [failed, lines.error, query]);
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
