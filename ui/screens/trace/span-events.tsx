import type { TraceSpan } from '@alidade/sdk/schema';
import { Fragment, type JSX } from 'react';
import { formatLatency } from '../../format/duration.ts';
import { IconButton } from '../../kit/button.tsx';
import { Status } from '../../kit/status.tsx';
import { useCopy } from '../../kit/use-copy.ts';
import styles from './span-details.module.css';
import { stackLines } from './stack-trace.ts';
import { valueText } from './value-text.ts';

type SpanEvent = TraceSpan['events'][number];

/** What happened during the span, on a line of its time and as a list; exceptions with their stack. */
export function SpanEvents({ span }: { span: TraceSpan }): JSX.Element {
  return (
    <section className={styles.section}>
      <h3>
        Events <span className={styles.quiet}>{span.events.length}</span>
      </h3>
      <div className={styles.timeline} aria-hidden="true">
        {span.events.map((event, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity of their own
          <span key={at} data-bad={event.name === 'exception'} style={{ left: `${placeOf(span, event) * 100}%` }} />
        ))}
      </div>
      <ol className={styles.events}>
        {span.events.map((event, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity of their own
          <li key={at}>
            <span className={styles.eventTime}>{formatLatency(Math.max(0, event.timeMs - span.startMs))}</span>
            <div className={styles.event}>{event.name === 'exception' ? <Exception event={event} /> : <PlainEvent event={event} />}</div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function placeOf(span: TraceSpan, { timeMs }: SpanEvent): number {
  return span.durationMs === 0 ? 0 : Math.min(1, Math.max(0, (timeMs - span.startMs) / span.durationMs));
}

function PlainEvent({ event, hide = [] }: { event: SpanEvent; hide?: readonly string[] }): JSX.Element {
  const names = Object.keys(event.attributes).filter((name) => !hide.includes(name));
  return (
    <>
      {hide.length === 0 && <span className={styles.eventName}>{event.name}</span>}
      {names.length > 0 && (
        <dl className={styles.eventAttributes}>
          {names.map((name) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{valueText(event.attributes[name] ?? '')}</dd>
            </Fragment>
          ))}
        </dl>
      )}
    </>
  );
}

const EXCEPTION = ['exception.type', 'exception.message', 'exception.stacktrace'];

function Exception({ event }: { event: SpanEvent }): JSX.Element {
  const copy = useCopy();
  const [type, message, stack] = EXCEPTION.map((name) => valueText(event.attributes[name] ?? ''));
  return (
    <>
      <p className={styles.exception}>
        <Status tone="bad">{type === '' ? 'Exception' : type}</Status>
        {stack !== undefined && stack !== '' && (
          <IconButton small icon="copy" label="Copy the stack trace" onClick={() => copy(stack, 'Stack trace')} />
        )}
        <span className={styles.exceptionText}>{message}</span>
      </p>
      {stack !== undefined && stack !== '' && (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre className={styles.stack} tabIndex={0}>
            {stackLines(stack).map(({ kind, text }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of one text
              <span key={at} data-kind={kind}>
                {text}
                {'\n'}
              </span>
            ))}
          </pre>
        </>
      )}
      <PlainEvent event={event} hide={EXCEPTION} />
    </>
  );
}
