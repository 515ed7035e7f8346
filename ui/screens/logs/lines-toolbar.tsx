import type { JSX } from 'react';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { Segments } from '../../kit/field.tsx';
import { Status } from '../../kit/status.tsx';
import type { LogDirection } from './log-pages.ts';
import styles from './logs-screen.module.css';
import type { LogLinesState } from './use-log-lines.ts';
import type { Logs } from './use-logs.ts';

/** What was found, and how it is shown. */
export function LinesToolbar({ logs, lines }: { logs: Logs; lines: LogLinesState }): JSX.Element {
  const { url, setUrl, direction, isLive, setLive, time } = logs;
  const order = (dir: LogDirection) => {
    // Only the newest first can be tailed.
    if (dir === 'forward' && time.refresh !== '') time.setRefresh('');
    setUrl({ dir, line: '' });
  };
  return (
    <div className={styles.toolbar}>
      <span className={styles.stats}>{lines.page && statsText(lines)}</span>
      {lines.error !== undefined && lines.page !== undefined && lines.failedQuery === lines.query && (
        <Status tone="warn">Not refreshed: {lines.error.message}</Status>
      )}
      <span className={styles.spread} />
      <IconButton small icon="info" label="Keys: / query, j and k from line to line, Enter opens, Escape closes" />
      <Button small aria-pressed={isLive} icon={isLive ? 'pause' : 'play'} onClick={() => setLive(!isLive)}>
        Live
      </Button>
      <Button small aria-pressed={url.wrap} onClick={() => setUrl({ wrap: !url.wrap }, { replace: true })}>
        Wrap
      </Button>
      <Button small aria-pressed={url.raw} onClick={() => setUrl({ raw: !url.raw }, { replace: true })}>
        Raw
      </Button>
      <Segments<LogDirection>
        label="Order"
        value={direction}
        onChange={order}
        options={[
          { value: 'backward', label: 'Newest first' },
          { value: 'forward', label: 'Oldest first' },
        ]}
      />
    </div>
  );
}

/** "500 lines and more, 12,041 read in 34 ms". */
function statsText({ page, cost }: LogLinesState): string {
  if (page === undefined) return '';
  const count = `${formatCount(page.lines.length)} ${page.lines.length === 1 ? 'line' : 'lines'}`;
  const took = cost ? `, ${formatCount(cost.linesProcessed)} read in ${formatDuration(Math.max(1, Math.round(cost.elapsedMs)))}` : '';
  return `${count}${page.isCut ? ' loaded' : ''}${took}`;
}
