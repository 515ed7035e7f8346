import type { TraceView } from '@alidade/sdk/schema';
import type { JSX, ReactNode } from 'react';
import { Swatch } from '../../charts/swatch.tsx';
import { dateTimeText } from '../../format/date.ts';
import { formatAgo, formatLatency } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { IconButton } from '../../kit/button.tsx';
import { Status } from '../../kit/status.tsx';
import { useCopy } from '../../kit/use-copy.ts';
import type { SpanTree } from './span-tree.ts';
import styles from './trace-page.module.css';

/** The figures of a trace, and its services with their colours: a click finds their spans. */
export function TraceFacts({
  view,
  tree,
  colors,
  onFind,
}: {
  view: TraceView;
  tree: SpanTree;
  colors: ReadonlyMap<string, string>;
  onFind: (find: string) => void;
}): JSX.Element {
  const copy = useCopy();
  return (
    <div className={styles.facts}>
      <dl className={styles.figures}>
        <Fact name="Started">
          {dateTimeText(tree.startMs)} <span className={styles.quiet}>{formatAgo(tree.startMs, Date.now())}</span>
        </Fact>
        <Fact name="Duration">
          <strong>{formatLatency(tree.endMs - tree.startMs)}</strong>
        </Fact>
        <Fact name="Spans">
          {formatCount(view.spans.length)} <span className={styles.quiet}>{tree.levels === 1 ? 'one level' : `${tree.levels} levels`}</span>
        </Fact>
        <Fact name="Errors">
          {tree.errors === 0 ? (
            <Status tone="ok">None</Status>
          ) : (
            <Status tone="bad">{tree.errors === 1 ? '1 span failed' : `${formatCount(tree.errors)} spans failed`}</Status>
          )}
        </Fact>
        <Fact name="Trace id">
          <code className={styles.id}>{view.traceId}</code>
          <IconButton small icon="copy" label="Copy the trace id" onClick={() => copy(view.traceId, 'Trace id')} />
        </Fact>
      </dl>
      <ul className={styles.services} aria-label="Services">
        {tree.services.map(({ service, spans }) => (
          <li key={service}>
            <button type="button" className={styles.service} title={`Find the spans of ${service}`} onClick={() => onFind(service)}>
              <Swatch color={colors.get(service) ?? 'var(--ink-3)'} />
              {service === '' ? 'no name' : service} <span className={styles.quiet}>{formatCount(spans)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): JSX.Element {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
