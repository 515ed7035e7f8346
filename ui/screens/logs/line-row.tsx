import { type JSX, type MouseEvent, memo, useEffect, useMemo, useRef } from 'react';
import { clockText, dateText } from '../../format/date.ts';
import { Icon } from '../../kit/icon.tsx';
import { type Highlight, markHits } from './highlight.ts';
import { levelLook } from './levels.ts';
import styles from './line-list.module.css';
import type { Field, ReadLine } from './log-line.ts';

/** How lines are shown; the same object as long as nothing of it changes. */
export interface LineLook {
  readonly isWrapped: boolean;
  readonly isRaw: boolean;
  readonly hasDate: boolean;
  /** Names of fields that have a column, in order. */
  readonly columns: readonly string[];
  readonly highlights: readonly Highlight[];
}

/** Longer lines are cut in the list; opened, they are whole. */
const MOST_CHARACTERS = 4_000;

/** One line: level, time, columns, message. A click opens it; its button has the focus. */
export const LineRow = memo(function LineRow({
  line,
  look,
  isOpen,
  isActive,
  onToggle,
}: {
  line: ReadLine;
  look: LineLook;
  isOpen: boolean;
  isActive: boolean;
  onToggle: (key: string) => void;
}): JSX.Element {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isActive) button.current?.focus({ preventScroll: true });
  }, [isActive]);
  const { color, ink, word } = levelLook(line.level);
  const time = look.hasDate ? `${dateText(line.timeMs)} ${clockText(line.timeMs, true)}` : clockText(line.timeMs, true);
  const onClick = (event: MouseEvent) => {
    // Who marks text wants to copy it, not to open the line.
    if (event.target instanceof Element && event.target.closest('button') === null && String(getSelection()) !== '') return;
    onToggle(line.key);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same for keys and screen readers
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <div className={styles.row} data-open={isOpen} onClick={onClick}>
      <span className={styles.mark} style={{ background: color }} />
      <button
        ref={button}
        type="button"
        className={styles.toggle}
        aria-expanded={isOpen}
        aria-label={`${word}, ${time}: ${line.message === '' ? line.raw.slice(0, 120) : line.message.slice(0, 120)}`}
      >
        <Icon name={isOpen ? 'chevron-down' : 'chevron-right'} size={12} />
      </button>
      <time className={styles.time}>{time}</time>
      <span className={styles.level} style={{ color: ink }}>
        {word}
      </span>
      {look.columns.map((name) => (
        <Cell key={name} text={line.fields.find((field) => field.name === name)?.value} highlights={look.highlights} />
      ))}
      <Message line={line} look={look} />
    </div>
  );
});

function Cell({ text, highlights }: { text: string | undefined; highlights: readonly Highlight[] }): JSX.Element {
  return (
    <span className={styles.cell} title={text}>
      {text === undefined ? <span className={styles.absent}>–</span> : <Marked text={text} highlights={highlights} />}
    </span>
  );
}

function Message({ line, look }: { line: ReadLine; look: LineLook }): JSX.Element {
  const { highlights, isRaw, columns } = look;
  if (isRaw) {
    return (
      <span className={styles.message}>
        <Marked text={line.raw.slice(0, MOST_CHARACTERS)} highlights={highlights} />
      </span>
    );
  }
  const rest = line.rest.filter(({ name }) => !columns.includes(name));
  return (
    <span className={styles.message}>
      <Marked text={line.message.slice(0, MOST_CHARACTERS)} highlights={highlights} />
      {rest.map((field) => (
        <Pair key={field.name} field={field} highlights={highlights} />
      ))}
    </span>
  );
}

const MOST_PAIR_CHARACTERS = 400;

function Pair({ field, highlights }: { field: Field; highlights: readonly Highlight[] }): JSX.Element {
  return (
    <span className={styles.pair}>
      {' '}
      <span className={styles.name}>{field.name}=</span>
      <Marked text={field.value.slice(0, MOST_PAIR_CHARACTERS)} highlights={highlights} />
    </span>
  );
}

/** A text with what the query looked for marked in it. */
export function Marked({ text, highlights }: { text: string; highlights: readonly Highlight[] }): JSX.Element {
  const pieces = useMemo(() => markHits(text, highlights), [text, highlights]);
  if (pieces.length === 1 && !pieces[0]?.isHit) return <>{text}</>;
  return (
    <>
      {pieces.map(({ text: piece, isHit }, index) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
        isHit ? <mark key={index}>{piece}</mark> : piece,
      )}
    </>
  );
}
