// What stands in place of lines: how to send some, what to try when none match, what went wrong.
import type { JSX } from 'react';
import { ApiError } from '../../data/client.ts';
import { describeRange, resolveRange, type TimeRange } from '../../data/time-range.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { EmptyState, ErrorState } from '../../kit/states.tsx';
import { useCopy } from '../../kit/use-copy.ts';
import styles from './log-states.module.css';
import type { Logs } from './use-logs.ts';

/** No stream has ever been seen: how to send the first lines. */
export function HowToSend(): JSX.Element {
  const { origin } = location;
  return (
    <EmptyState place="page" title="No logs have arrived yet">
      <p>Alidade takes logs as Loki does. Any Loki client works with this address; two ways to begin:</p>
      <Snippet title="One line, from a shell" text={curlLine(origin)} />
      <Snippet title="A Node service with pino and pino-loki" text={pinoLine(origin)} />
      <p>This page asks again by itself.</p>
    </EmptyState>
  );
}

function Snippet({ title, text }: { title: string; text: string }): JSX.Element {
  const copy = useCopy();
  return (
    <figure className={styles.snippet}>
      <figcaption>
        {title}
        <IconButton small icon="copy" label={`Copy: ${title}`} onClick={() => copy(text, 'Text')} />
      </figcaption>
      <pre>{text}</pre>
    </figure>
  );
}

/** One line of curl that pushes one line. */
export function curlLine(origin: string): string {
  const body = `{"streams":[{"stream":{"service":"demo"},"values":[["'$(date +%s%N)'","hello from curl"]]}]}`;
  return `curl -H 'Content-Type: application/json' ${origin}/loki/api/v1/push -d '${body}'`;
}

function pinoLine(origin: string): string {
  return `import pino from 'pino';\n\nconst log = pino({\n  transport: {\n    target: 'pino-loki',\n    options: { host: '${origin}', labels: { service: 'my-api' } },\n  },\n});\nlog.info('hello from pino');`;
}

const WIDER: readonly TimeRange[] = ['1h', '6h', '24h', '7d', '30d'].map((span) => ({ from: `now-${span}`, to: 'now' }));

/** Ranges that reach further back than `range` does, at most three. */
export function widerRanges(range: TimeRange, nowMs: number): readonly TimeRange[] {
  const { fromMs } = resolveRange(range, nowMs);
  return WIDER.filter((one) => resolveRange(one, nowMs).fromMs < fromMs - 1_000).slice(0, 3);
}

/** The streams are there, the lines are not. */
export function NoLines({ logs }: { logs: Logs }): JSX.Element {
  const { time, url, setUrl } = logs;
  const nowMs = Date.now();
  const wider = widerRanges(time.range, nowMs);
  return (
    <EmptyState
      title="No line matches"
      actions={
        <>
          {url.level.length > 0 && (
            <Button look="primary" onClick={() => setUrl({ level: [] })}>
              Show all levels
            </Button>
          )}
          {wider.map((range) => (
            <Button key={range.from} icon="clock" onClick={() => time.setRange(range)}>
              {describeRange(range, nowMs)}
            </Button>
          ))}
        </>
      }
    >
      {url.level.length > 0
        ? `Nothing of level ${url.level.join(' or ')} was logged ${inRange(time.range, nowMs)}.`
        : `Nothing that fits the query was logged ${inRange(time.range, nowMs)}. A filter may be too narrow, or a longer range may hold some.`}
    </EmptyState>
  );
}

/** "in the last hour", "from 2026-01-31 13:00 to 14:00". */
function inRange(range: TimeRange, nowMs: number): string {
  const text = describeRange(range, nowMs);
  if (text.startsWith('Last')) return `in the ${text.toLowerCase()}`;
  return text.includes(' to ') ? `from ${text}` : text.toLowerCase();
}

/** The question was not answered. `isPlaced`: the query says where, and the message stands below it. */
export function LinesFailed({
  error,
  isPlaced,
  isMetric = false,
  onRetry,
}: {
  error: Error;
  isPlaced: boolean;
  isMetric?: boolean;
  onRetry: () => void;
}): JSX.Element {
  const isQuery = error instanceof ApiError && error.status === 400;
  const isAway = error instanceof ApiError && error.status === 0;
  return (
    <ErrorState
      title={isQuery ? 'The query cannot be run' : isAway ? 'The server is away' : 'The lines could not be read'}
      {...(!isPlaced && { detail: error.message })}
      cure={isQuery ? <Cure isPlaced={isPlaced} isMetric={isMetric} /> : isAway ? AWAY : undefined}
      actions={
        isQuery ? undefined : (
          <Button icon="refresh" onClick={onRetry}>
            Ask again
          </Button>
        )
      }
    />
  );
}

const AWAY = 'It is asked again when you press the button, or by itself while the tail is live.';

function Cure({ isPlaced, isMetric }: { isPlaced: boolean; isMetric: boolean }): JSX.Element {
  return (
    <>
      {isPlaced && 'The place is marked in the query. '}
      {isMetric ? (
        <>
          A metric query counts lines over a time: <code>{'rate({service="api"} |= "text" [5m])'}</code>.
        </>
      ) : (
        <>
          A log query begins with a stream selector, <code>{'{service="api"}'}</code>. Filters follow: <code>|= "text"</code>,{' '}
          <code>| json | status="500"</code>.
        </>
      )}
    </>
  );
}
