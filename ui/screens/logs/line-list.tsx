// The lines, of which only those in sight are drawn. New lines in front leave what is being read where it is.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type JSX, type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { formatCount } from '../../format/number.ts';
import { Button } from '../../kit/button.tsx';
import { Icon } from '../../kit/icon.tsx';
import { rowTracks } from './columns.ts';
import { type LineActions, LineDetails } from './line-details.tsx';
import styles from './line-list.module.css';
import { type LineLook, LineRow } from './line-row.tsx';
import type { ReadLine } from './log-line.ts';
import { useLineKeys } from './use-line-keys.ts';

const ROW_PX = 22;
const END = 'end';

/** The list. `end` stands below the last line; `onEnd` is called when it comes into sight. */
export function LineList({
  lines,
  look,
  pinned,
  openKey,
  onOpen,
  actions,
  end,
  onEnd,
}: {
  lines: readonly ReadLine[];
  look: LineLook;
  /** Columns that the reader chose, and may remove. */
  pinned: readonly string[];
  openKey: string;
  onOpen: (key: string) => void;
  actions: LineActions;
  end: ReactNode;
  onEnd: () => void;
}): JSX.Element {
  const scroll = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: lines.length + 1,
    getScrollElement: () => scroll.current,
    estimateSize: (index) => (index === lines.length ? 44 : ROW_PX),
    getItemKey: useCallback((index: number) => lines[index]?.key ?? END, [lines]),
    overscan: 20,
  });
  const items = virtual.getVirtualItems();
  const fresh = useKeptPlace(lines, scroll, virtual);
  const [activeKey, setActive] = useLineKeys({ lines, openKey, onOpen, onMove: (index) => virtual.scrollToIndex(index) });
  useOpenedInSight(lines, openKey, virtual.scrollToIndex);
  const isEndInSight = items.at(-1)?.index === lines.length;
  useEffect(() => {
    if (isEndInSight) onEnd();
  }, [isEndInSight, onEnd]);
  const toggle = useCallback(
    (key: string) => {
      setActive(key);
      onOpen(openKey === key ? '' : key);
    },
    [setActive, onOpen, openKey],
  );
  const tracks = useMemo(() => rowTracks(lines, look.columns, look.hasDate), [lines, look.columns, look.hasDate]);
  const style = { '--tracks': tracks } as CSSProperties;
  return (
    <div className={styles.box} data-wrapped={look.isWrapped} style={style}>
      {look.columns.length > 0 && <Heads columns={look.columns} pinned={pinned} onColumn={actions.onColumn} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
      <section ref={scroll} className={styles.scroll} aria-label="Log lines" tabIndex={0}>
        <ol className={styles.space} style={{ height: virtual.getTotalSize() }}>
          {items.map(({ key, index, start }) => {
            const line = lines[index];
            return (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className={styles.item}
                style={{ transform: `translateY(${start}px)` }}
              >
                {line ? (
                  <>
                    <LineRow line={line} look={look} isOpen={line.key === openKey} isActive={line.key === activeKey} onToggle={toggle} />
                    {line.key === openKey && <LineDetails line={line} columns={pinned} actions={actions} />}
                  </>
                ) : (
                  <div className={styles.end}>{end}</div>
                )}
              </li>
            );
          })}
        </ol>
      </section>
      {fresh > 0 && (
        <div className={styles.fresh}>
          <Button small icon="arrow-up" onClick={() => virtual.scrollToOffset(0)}>
            {formatCount(fresh)} new
          </Button>
        </div>
      )}
    </div>
  );
}

function Heads({
  columns,
  pinned,
  onColumn,
}: {
  columns: readonly string[];
  pinned: readonly string[];
  onColumn: (name: string) => void;
}): JSX.Element {
  return (
    <div className={styles.head}>
      <span />
      <span />
      <span>Time</span>
      <span>Level</span>
      {columns.map((name) => (
        <span key={name} className={styles.columnHead}>
          <span title={name}>{name}</span>
          {pinned.includes(name) && (
            <button type="button" className={styles.removeColumn} aria-label={`Remove the column ${name}`} onClick={() => onColumn(name)}>
              <Icon name="close" size={12} />
            </button>
          )}
        </span>
      ))}
      <span>Line</span>
    </div>
  );
}

type Virtual = ReturnType<typeof useVirtualizer<HTMLElement, Element>>;

/** Keeps the first line in sight where it is when lines come in before it; answers how many came since the reader left the top. */
function useKeptPlace(lines: readonly ReadLine[], scroll: React.RefObject<HTMLElement | null>, virtual: Virtual): number {
  const before = useRef<{ lines: readonly ReadLine[]; top: string | undefined }>({ lines, top: lines[0]?.key });
  const [fresh, setFresh] = useState(0);
  useLayoutEffect(() => {
    const { lines: old, top } = before.current;
    before.current.lines = lines;
    const element = scroll.current;
    const first = old[0];
    const added = first === undefined || first === lines[0] ? 0 : lines.findIndex(({ key }) => key === first.key);
    if (element === null || element.scrollTop < ROW_PX || added < 0) {
      before.current.top = lines[0]?.key;
      setFresh(0);
      return;
    }
    if (added > 0) element.scrollTop += heightOf(virtual, added);
    const since = lines.findIndex(({ key }) => key === top);
    setFresh(Math.max(0, since));
  }, [lines, scroll, virtual]);
  const isAtTop = (virtual.scrollOffset ?? 0) < ROW_PX;
  useEffect(() => {
    if (!isAtTop) return;
    before.current.top = before.current.lines[0]?.key;
    setFresh(0);
  }, [isAtTop]);
  return fresh;
}

/** Height of the first `count` rows as far as they are measured. */
function heightOf(virtual: Virtual, count: number): number {
  return virtual.measurementsCache[count]?.start ?? count * ROW_PX;
}

/** A link to a line shows that line. */
function useOpenedInSight(
  lines: readonly ReadLine[],
  openKey: string,
  scrollTo: (index: number, options: { align: 'center' }) => void,
): void {
  const shown = useRef('');
  useEffect(() => {
    if (openKey === '') shown.current = '';
    if (openKey === '' || shown.current === openKey) return;
    const index = lines.findIndex(({ key }) => key === openKey);
    if (index < 0) return;
    const isFirst = shown.current === '';
    shown.current = openKey;
    // Only what a link opened may be far away; what was clicked is in sight.
    if (isFirst && index > 20) scrollTo(index, { align: 'center' });
  }, [lines, openKey, scrollTo]);
}
