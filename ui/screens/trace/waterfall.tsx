// The spans below each other, each a bar where it was in time. Only rows in sight are drawn, so that ten thousand are no more than fifty.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type JSX, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { offsetText, offsetTicks } from '../../charts/scale.ts';
import { useSize } from '../../charts/use-size.ts';
import { Status } from '../../kit/status.tsx';
import type { CriticalSegment } from './critical-path.ts';
import { SpanRow, type TimeWindow } from './span-row.tsx';
import type { SpanTree, TreeRow } from './span-tree.ts';
import type { TraceZoom } from './trace-url.ts';
import type { TraceViewState } from './use-trace-view.ts';
import styles from './waterfall.module.css';

const ROW_PX = 28;
const HEAD_PX = 28;
/** Room that the text of a tick needs. */
const LABEL_PX = 64;
/** Below this all rows are drawn: find-in-page then works. */
const VIRTUAL_FROM = 200;
const NAMES_PX = { least: 160, plain: 380, most: 900 } as const;

export function Waterfall({
  tree,
  colors,
  path,
  zoom,
  state,
}: {
  tree: SpanTree;
  colors: ReadonlyMap<string, string>;
  path: ReadonlyMap<number, readonly CriticalSegment[]>;
  zoom: TraceZoom | undefined;
  state: TraceViewState;
}): JSX.Element {
  const id = useId();
  const scroll = useRef<HTMLDivElement>(null);
  const [box, { width }] = useSize<HTMLDivElement>();
  const [chosenPx, setNamesPx] = useState<number>();
  const namesPx = Math.min(chosenPx ?? Math.min(NAMES_PX.plain, width * 0.42), Math.max(NAMES_PX.least, width - 160));
  const barsPx = Math.max(1, width - namesPx);
  const { rows, active } = state;
  const isVirtual = rows.length >= VIRTUAL_FROM;
  const virtual = useVirtualizer({
    count: rows.length,
    enabled: isVirtual,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 16,
    scrollPaddingStart: HEAD_PX,
  });
  const shown = isVirtual ? virtual.getVirtualItems().map(({ index }) => index) : rows.map((_, index) => index);
  const at = rows.findIndex((row) => row.kind === 'span' && row.node.index === active);
  const window = windowOf(tree, zoom);
  useKeepInSight(scroll, at);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const done = moveByKey(event.key, tree, state, at);
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const { step, offsets } = offsetTicks(window.fromMs - tree.startMs, window.toMs - tree.startMs, Math.max(2, Math.floor(barsPx / 130)));
  const place = (offset: number) => `${((tree.startMs + offset - window.fromMs) / (window.toMs - window.fromMs)) * 100}%`;
  return (
    <div ref={box} className={styles.box} style={{ '--names': `${namesPx}px` } as CSSProperties}>
      <div
        ref={scroll}
        className={styles.scroll}
        role="tree"
        aria-label={`${tree.nodes.length} spans. Arrow keys move and open, Enter shows details.`}
        aria-activedescendant={at >= 0 ? `${id}-${active}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <div className={styles.head}>
          <span className={styles.headName}>Span</span>
          <Handle namesPx={namesPx} onChange={(px) => setNamesPx(Math.min(NAMES_PX.most, Math.max(NAMES_PX.least, px)))} />
          <div className={styles.ticks} aria-hidden="true">
            {offsets.map((offset) => (
              <span
                key={offset}
                className={styles.tick}
                data-last={(1 - Number.parseFloat(place(offset)) / 100) * barsPx < LABEL_PX}
                style={{ left: place(offset) }}
              >
                {offsetText(offset, step, window.toMs - tree.startMs)}
              </span>
            ))}
          </div>
        </div>
        <div className={styles.rows} style={{ height: rows.length * ROW_PX }}>
          <div className={styles.grid} aria-hidden="true">
            {offsets.map((offset) => (
              <span key={offset} style={{ left: place(offset) }} />
            ))}
          </div>
          {shown.map((index) => {
            const row = rows[index] as TreeRow;
            const top = { transform: `translateY(${index * ROW_PX}px)` };
            if (row.kind === 'orphans') return <OrphanNote key="orphans" count={row.count} style={top} />;
            return (
              <SpanRow
                key={row.node.index}
                id={`${id}-${row.node.index}`}
                style={top}
                node={row.node}
                tree={tree}
                window={window}
                color={colors.get(row.node.span.service) ?? 'var(--ink-3)'}
                path={state.showsPath ? path.get(row.node.index) : undefined}
                isCollapsed={state.collapsed.has(row.node.index)}
                isChosen={row.node.index === state.chosen}
                isActive={row.node.index === active}
                isMatch={state.isMatch.has(row.node.index)}
                onChoose={state.choose}
                onToggle={state.toggle}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function windowOf(tree: SpanTree, zoom: TraceZoom | undefined): TimeWindow {
  const spanMs = Math.max(tree.endMs - tree.startMs, 0.001);
  const fromMs = zoom && zoom.fromMs < spanMs ? zoom.fromMs : 0;
  const toMs = zoom && fromMs === zoom.fromMs ? Math.min(zoom.toMs, spanMs) : spanMs;
  return { fromMs: tree.startMs + fromMs, toMs: tree.startMs + Math.max(toMs, fromMs + 0.001) };
}

/** Scrolls so that a row stands below the head and above the lower edge. */
function useKeepInSight(scroll: React.RefObject<HTMLDivElement | null>, at: number): void {
  useEffect(() => {
    const element = scroll.current;
    if (element === null || at < 0) return;
    const top = at * ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_PX + HEAD_PX > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW_PX + HEAD_PX - element.clientHeight + ROW_PX;
  }, [scroll, at]);
}

/** What a key does in the tree (ARIA's pattern); false when it does nothing. */
function moveByKey(key: string, tree: SpanTree, state: TraceViewState, at: number): boolean {
  const { rows, active, collapsed } = state;
  const node = tree.nodes[active];
  const go = (from: number, step: number) => {
    for (let index = from; index >= 0 && index < rows.length; index += step) {
      const row = rows[index];
      if (row?.kind === 'span') return state.activate(row.node.index);
    }
  };
  const isOpen = node !== undefined && node.children.length > 0 && !collapsed.has(active);
  if (key === 'ArrowDown') go(at + 1, 1);
  else if (key === 'ArrowUp') go(at < 0 ? 0 : at - 1, -1);
  else if (key === 'PageDown') go(Math.min(rows.length - 1, at + 20), 1);
  else if (key === 'PageUp') go(Math.max(0, at - 20), -1);
  else if (key === 'Home') go(0, 1);
  else if (key === 'End') go(rows.length - 1, -1);
  else if (key === 'ArrowLeft' && isOpen) state.toggle(active);
  else if (key === 'ArrowLeft' && node && node.parent >= 0) state.activate(node.parent);
  else if (key === 'ArrowRight' && node && collapsed.has(active)) state.toggle(active);
  else if (key === 'ArrowRight' && isOpen) go(at + 1, 1);
  else if (key === 'Enter' && node) state.choose(state.chosen === active ? -1 : active);
  else if (key === 'Escape' && state.chosen >= 0) state.choose(-1);
  else return false;
  return true;
}

function OrphanNote({ count, style }: { count: number; style: CSSProperties }): JSX.Element {
  return (
    <div className={styles.note} style={style} role="none">
      <Status tone="warn">Parent missing</Status>
      <span>
        {count === 1 ? 'The span below names a parent' : `The ${count} branches below name parents`} that did not arrive (yet): they are
        shown where they were in time.
      </span>
    </div>
  );
}

/** The edge between names and bars: drag it, or move it with the arrow keys. */
function Handle({ namesPx, onChange }: { namesPx: number; onChange: (px: number) => void }): JSX.Element {
  const from = useRef<{ readonly x: number; readonly px: number }>(undefined);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be dragged
    <div
      className={styles.handle}
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the names"
      aria-valuenow={Math.round(namesPx)}
      aria-valuemin={NAMES_PX.least}
      aria-valuemax={NAMES_PX.most}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, px: namesPx };
      }}
      onPointerMove={(event) => from.current && onChange(from.current.px + event.clientX - from.current.x)}
      onPointerUp={() => {
        from.current = undefined;
      }}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
        event.preventDefault();
        event.stopPropagation();
        onChange(namesPx + (event.key === 'ArrowLeft' ? -20 : 20));
      }}
    />
  );
}
