import { type CSSProperties, type JSX, memo } from 'react';
import { formatLatency } from '../../format/duration.ts';
import { Icon } from '../../kit/icon.tsx';
import { Status } from '../../kit/status.tsx';
import type { CriticalSegment } from './critical-path.ts';
import { endOf, type SpanNode, type SpanTree } from './span-tree.ts';
import styles from './waterfall.module.css';

/** The part of time that is shown, Unix milliseconds. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

const INDENT_PX = 14;
/** Deeper levels are not set in further: the name must stay in sight. */
const MOST_INDENTS = 16;
const MOST_EVENTS = 24;

interface SpanRowProps {
  readonly id: string;
  readonly style: CSSProperties;
  readonly node: SpanNode;
  readonly tree: SpanTree;
  readonly window: TimeWindow;
  readonly color: string;
  readonly path: readonly CriticalSegment[] | undefined;
  readonly isCollapsed: boolean;
  readonly isChosen: boolean;
  readonly isActive: boolean;
  readonly isMatch: boolean;
  readonly onChoose: (index: number) => void;
  readonly onToggle: (index: number) => void;
}

/** One span: its name in the tree, its bar in time. */
export const SpanRow = memo(function SpanRow(props: SpanRowProps): JSX.Element {
  const { id, style, node, isChosen, isActive, isMatch, isCollapsed, onChoose } = props;
  const { span, index, children, depth } = node;
  const error = span.status === 'error' ? ', error' : '';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names its active item
    <div
      id={id}
      className={styles.row}
      style={style}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isChosen}
      aria-expanded={children.length === 0 ? undefined : !isCollapsed}
      aria-label={`${span.name}, ${span.service}, ${formatLatency(span.durationMs)}${error}`}
      data-active={isActive}
      data-match={isMatch}
      onClick={() => onChoose(isChosen ? -1 : index)}
    >
      <NameCell {...props} />
      <Bar {...props} />
    </div>
  );
});

function NameCell({ node, tree, color, isCollapsed, onToggle }: SpanRowProps): JSX.Element {
  const { span, depth, children, index, parent, errorsBelow, end } = node;
  const indent = Math.min(depth, MOST_INDENTS) * INDENT_PX;
  const isOtherService = tree.nodes[parent]?.span.service !== span.service;
  return (
    <div className={styles.name}>
      <span className={styles.guides} style={{ width: indent }} />
      {depth > MOST_INDENTS && <span className={styles.depth}>{depth + 1}</span>}
      {children.length > 0 ? (
        <button
          type="button"
          className={styles.toggle}
          tabIndex={-1}
          aria-label={isCollapsed ? `Expand ${span.name}` : `Collapse ${span.name}`}
          onClick={(event) => {
            event.stopPropagation();
            onToggle(index);
          }}
        >
          <Icon name={isCollapsed ? 'chevron-right' : 'chevron-down'} size={14} />
        </button>
      ) : (
        <span className={styles.leaf} />
      )}
      <span className={styles.mark} style={{ background: color }} />
      <span className={styles.text} title={`${span.service}: ${span.name}`}>
        {isOtherService && span.service !== '' && <span className={styles.service}>{span.service}</span>}
        <span className={styles.operation}>{span.name === '' ? 'no name' : span.name}</span>
        {isCollapsed && <span className={styles.below}>{end - index - 1} below</span>}
      </span>
      {span.status === 'error' && <Status tone="bad">Error</Status>}
      {span.status !== 'error' && isCollapsed && errorsBelow > 0 && (
        <Status tone="bad">{errorsBelow === 1 ? '1 error below' : `${errorsBelow} errors below`}</Status>
      )}
    </div>
  );
}

function Bar({ node, window, color, path }: SpanRowProps): JSX.Element {
  const { span } = node;
  const length = window.toMs - window.fromMs;
  const from = (span.startMs - window.fromMs) / length;
  const to = (endOf(span) - window.fromMs) / length;
  const isOut = to < 0 || from > 1;
  const side = to < 0.86 ? 'after' : from > 0.14 ? 'before' : 'inside';
  return (
    <div className={styles.track}>
      {!isOut && (
        <span
          className={styles.bar}
          data-error={span.status === 'error'}
          style={{ left: share(from), width: share(to - from), '--bar': color } as CSSProperties}
        />
      )}
      {path?.map(({ fromMs, toMs }) => (
        <span
          key={fromMs}
          className={styles.path}
          style={{ left: share((fromMs - window.fromMs) / length), width: share((toMs - fromMs) / length) }}
        />
      ))}
      {span.events.slice(0, MOST_EVENTS).map(({ timeMs, name }, at) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity of their own
          key={at}
          className={styles.event}
          data-bad={name === 'exception'}
          style={{ left: share((timeMs - window.fromMs) / length) }}
        />
      ))}
      <span
        className={styles.length}
        data-side={isOut ? (to < 0 ? 'start' : 'end') : side}
        style={isOut ? undefined : labelPlace(side, from, to)}
      >
        {isOut && to < 0 && '◂ '}
        {formatLatency(span.durationMs)}
        {isOut && to >= 0 && ' ▸'}
      </span>
    </div>
  );
}

function labelPlace(side: 'after' | 'before' | 'inside', from: number, to: number): CSSProperties {
  if (side === 'after') return { left: share(to) };
  return side === 'before' ? { right: share(1 - from) } : { right: share(Math.max(0, 1 - to)) };
}

function share(part: number): string {
  return `${part * 100}%`;
}
