import { type JSX, useId, useMemo } from 'react';
import type { CompletionWindow } from '../../editor/completion-client.ts';
import { placeError } from '../../editor/error-position.ts';
import { PromqlEditor } from '../../editor/promql-editor.tsx';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { IconButton } from '../../kit/button.tsx';
import { Status } from '../../kit/status.tsx';
import styles from './query-row.module.css';
import type { QueryRow } from './query-rows.ts';
import type { Answer, RowResult } from './use-query-results.ts';

export interface QueryRowActions {
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
  readonly onHide: () => void;
  readonly onDuplicate: () => void;
  readonly onRemove: () => void;
  readonly onFocus: () => void;
}

/** One query: its letter, its editor, what to do with it; below, what the server had to say. */
export function QueryRowView({
  row,
  letter,
  result,
  window,
  autoFocus,
  actions,
}: {
  row: QueryRow;
  letter: string;
  result: RowResult | undefined;
  window: CompletionWindow;
  autoFocus: boolean;
  actions: QueryRowActions;
}): JSX.Element {
  const id = useId();
  // The error belongs to what was run; once the text is another, its place means nothing.
  const error = useMemo(
    () => (result?.error === undefined || result.expr !== row.text ? undefined : placeError(result.expr, result.error)),
    [result, row.text],
  );
  return (
    <div className={styles.row} data-hidden={row.isHidden} onFocusCapture={actions.onFocus}>
      <span className={styles.letter} aria-hidden="true">
        {letter}
      </span>
      <div className={styles.main}>
        <PromqlEditor
          value={row.text}
          label={`Query ${letter}`}
          placeholder="Metric name or PromQL expression"
          onChange={actions.onChange}
          onRun={actions.onRun}
          window={window}
          autoFocus={autoFocus}
          isInvalid={error !== undefined}
          errorSpan={error?.span}
          describedBy={error ? id : undefined}
        />
        <div id={id} className={styles.notes}>
          {row.isHidden ? (
            <span className={styles.stats}>hidden, not run</span>
          ) : (
            <Notes result={result} error={error?.message} isChanged={row.text !== row.ran} />
          )}
        </div>
      </div>
      <div className={styles.actions}>
        <IconButton
          icon={row.isHidden ? 'minor' : 'eye'}
          label={row.isHidden ? `Show query ${letter}` : `Hide query ${letter}`}
          aria-pressed={row.isHidden}
          onClick={actions.onHide}
        />
        <IconButton icon="copy" label={`Duplicate query ${letter}`} onClick={actions.onDuplicate} />
        <IconButton icon="close" label={`Remove query ${letter}`} onClick={actions.onRemove} />
      </div>
    </div>
  );
}

/** What the icon and the word before a note say already. */
const PREFIX = /^PromQL (?:info|warning): /;

function Notes({
  result,
  error,
  isChanged,
}: {
  result: RowResult | undefined;
  error: string | undefined;
  isChanged: boolean;
}): JSX.Element | null {
  if (error !== undefined) {
    return (
      <p className={styles.note} role="alert">
        <Status tone="bad">Not run</Status>
        <span className={styles.message}>{error}</span>
      </p>
    );
  }
  if (isChanged) return <span className={styles.stats}>Enter runs it</span>;
  if (result?.answer === undefined) return result?.isLoading ? <span className={styles.stats}>running …</span> : null;
  const { data } = result.answer;
  const { warnings, infos } = data;
  return (
    <>
      <span className={styles.stats}>{statsText(data)}</span>
      {warnings.map((text) => (
        <p key={text} className={styles.note}>
          <Status tone="warn">Warning</Status>
          <span className={styles.message}>{text.replace(PREFIX, '')}</span>
        </p>
      ))}
      {infos.map((text) => (
        <p key={text} className={styles.note}>
          <Status tone="info">Note</Status>
          <span className={styles.message}>{text.replace(PREFIX, '')}</span>
        </p>
      ))}
    </>
  );
}

/** "12 series in 34 ms, step 15 s". */
function statsText(answer: Answer): string {
  const took = formatDuration(Math.max(1, Math.round(answer.elapsedMs)));
  if (answer.kind === 'range') {
    const count = answer.series.length + answer.histograms;
    const histograms = answer.histograms > 0 ? `, ${answer.histograms} of histograms, which a graph cannot show` : '';
    return `${formatCount(count)} series in ${took}, step ${formatDuration(answer.span.stepMs)}${histograms}`;
  }
  if (answer.type === 'scalar' || answer.type === 'string') return `one ${answer.type} in ${took}`;
  return `${formatCount(answer.rows.length)} series in ${took}`;
}
