import type { AttributeJson, TraceSpan } from '@alidade/sdk/schema';
import type { JSX, ReactNode } from 'react';
import { Link } from 'wouter';
import { traceLink } from '../../data/links.ts';
import { clockText, dateText } from '../../format/date.ts';
import { formatLatency } from '../../format/duration.ts';
import { IconButton, LinkButton } from '../../kit/button.tsx';
import { Status } from '../../kit/status.tsx';
import { useCopy } from '../../kit/use-copy.ts';
import { EMPTY_FORM, termOf, writeQuery } from '../traces/trace-query.ts';
import styles from './span-details.module.css';
import { SpanEvents } from './span-events.tsx';
import type { SpanNode, SpanTree } from './span-tree.ts';
import type { ScreenLinks } from './use-trace-links.ts';
import { valueText } from './value-text.ts';

/** Everything about one span, and where to go from it. */
export function SpanDetails({
  traceId,
  tree,
  node,
  color = 'var(--ink-3)',
  links,
  onChoose,
}: {
  traceId: string;
  tree: SpanTree;
  node: SpanNode;
  color: string | undefined;
  links: ScreenLinks;
  onChoose: (index: number) => void;
}): JSX.Element {
  const { span } = node;
  const copy = useCopy();
  return (
    <aside className={styles.panel} aria-label={`Span ${span.name}`}>
      <header className={styles.head}>
        <span className={styles.mark} style={{ background: color }} />
        <div className={styles.titles}>
          <h2 className={styles.title}>{span.name === '' ? 'no name' : span.name}</h2>
          <p className={styles.sub}>
            {span.service === '' ? 'no service name' : span.service}
            {span.kind !== 'unspecified' && `, ${span.kind}`}
          </p>
        </div>
        <IconButton
          small
          icon="copy"
          label="Copy the span as JSON"
          onClick={() => copy(JSON.stringify({ traceId, ...span }, null, 2), 'Span')}
        />
        <IconButton small icon="close" label="Close (Esc)" onClick={() => onChoose(-1)} />
      </header>
      <div className={styles.body}>
        {span.status === 'error' && (
          <div className={styles.failure}>
            <Status tone="bad">Error</Status>
            <span>{span.statusMessage === '' ? 'without a message' : span.statusMessage}</span>
          </div>
        )}
        <div className={styles.actions}>
          <LinkButton small icon="logs" href={links.logsOf(span)}>
            Logs of this span
          </LinkButton>
          <LinkButton small icon="explore" href={links.requestRateOf(span)}>
            Metrics at this minute
          </LinkButton>
        </div>
        <Facts tree={tree} node={node} onChoose={onChoose} />
        {span.events.length > 0 && <SpanEvents span={span} />}
        <Attributes title="Attributes" scope="span" attributes={span.attributes} find={links.find} />
        <Attributes title="Resource" scope="resource" attributes={span.resource} find={links.find} />
        <Links links={span.links} traceId={traceId} />
      </div>
    </aside>
  );
}

function Facts({ tree, node, onChoose }: { tree: SpanTree; node: SpanNode; onChoose: (index: number) => void }): JSX.Element {
  const { span } = node;
  const parent = tree.nodes[node.parent];
  const total = tree.endMs - tree.startMs;
  const skew = parent === undefined ? 0 : parent.span.startMs - span.startMs;
  const copy = useCopy();
  return (
    <dl className={styles.facts}>
      <Fact name="Duration">
        <strong>{formatLatency(span.durationMs)}</strong>
        {total > 0 && <span className={styles.quiet}>{shareText(span.durationMs / total)} of the trace</span>}
      </Fact>
      <Fact name="Own time">
        {formatLatency(node.selfMs)}
        <span className={styles.quiet}>{node.children.length === 0 ? 'it has no children' : 'while none of its children ran'}</span>
      </Fact>
      <Fact name="Starts at">
        {formatLatency(span.startMs - tree.startMs)}
        <span className={styles.quiet}>
          {dateText(span.startMs)} {clockText(span.startMs, true)}
        </span>
      </Fact>
      {skew > 0 && (
        <Fact name="Clocks">
          <Status tone="warn">Before its parent</Status>
          <span className={styles.quiet}>by {formatLatency(skew)}: their clocks differ</span>
        </Fact>
      )}
      <Fact name="Parent">
        {parent !== undefined ? (
          <button type="button" className={styles.linkish} onClick={() => onChoose(parent.index)}>
            {parent.span.name}
          </button>
        ) : span.parentSpanId === '' ? (
          <span className={styles.quiet}>none, it is a root</span>
        ) : (
          <>
            <code>{span.parentSpanId}</code>
            <Status tone="warn">Missing</Status>
          </>
        )}
      </Fact>
      <Fact name="Span id">
        <code>{span.spanId}</code>
        <IconButton small icon="copy" label="Copy the span id" onClick={() => copy(span.spanId, 'Span id')} />
      </Fact>
      {span.scope !== '' && (
        <Fact name="Scope">
          <code>{span.scope}</code>
        </Fact>
      )}
      {span.status === 'ok' && (
        <Fact name="Status">
          <Status tone="ok">Ok</Status>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): JSX.Element {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Attributes({
  title,
  scope,
  attributes,
  find,
}: {
  title: string;
  scope: 'span' | 'resource';
  attributes: TraceSpan['attributes'];
  find: (q: string) => string;
}): JSX.Element {
  const copy = useCopy();
  const names = Object.keys(attributes).sort();
  return (
    <section className={styles.section}>
      <h3>
        {title} <span className={styles.quiet}>{names.length === 0 ? 'none' : names.length}</span>
      </h3>
      {names.length > 0 && (
        <dl className={styles.attributes}>
          {names.map((name) => {
            const value = attributes[name] as AttributeJson;
            const term = termOf(scope, name, value);
            return (
              <div key={name} className={styles.attribute}>
                <dt>{name}</dt>
                <dd>
                  <span className={styles.value}>{valueText(value)}</span>
                  <span className={styles.tools}>
                    {term && (
                      <LinkButton
                        small
                        look="quiet"
                        href={find(writeQuery({ ...EMPTY_FORM, tags: [term] }))}
                        icon="filter"
                        title={`Find traces with this ${name}`}
                      >
                        <span className="visually-hidden">Find traces with this {name}</span>
                      </LinkButton>
                    )}
                    <IconButton small icon="copy" label={`Copy the value of ${name}`} onClick={() => copy(valueText(value), 'Value')} />
                  </span>
                </dd>
              </div>
            );
          })}
        </dl>
      )}
    </section>
  );
}

function Links({ links, traceId }: { links: TraceSpan['links']; traceId: string }): JSX.Element | null {
  if (links.length === 0) return null;
  return (
    <section className={styles.section}>
      <h3>
        Links <span className={styles.quiet}>{links.length}</span>
      </h3>
      <ul className={styles.links}>
        {links.map((link) => (
          <li key={`${link.traceId} ${link.spanId}`}>
            <Link href={traceLink(link.traceId, { spanId: link.spanId })}>
              <code>{link.traceId === traceId ? `this trace, span ${link.spanId}` : link.traceId}</code>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function shareText(share: number): string {
  return share >= 0.995 ? '100%' : share < 0.001 ? 'under 0.1%' : `${Number((share * 100).toPrecision(2))}%`;
}
