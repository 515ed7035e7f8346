// The whole trace in one strip. Dragging across it zooms the waterfall into that part of time.
import { type JSX, type PointerEvent, useEffect, useRef, useState } from 'react';
import { offsetText, offsetTicks } from '../../charts/scale.ts';
import { useSize } from '../../charts/use-size.ts';
import { resolvedColor } from '../../format/color.ts';
import { tokenValue, useTheme } from '../../kit/theme.ts';
import styles from './minimap.module.css';
import type { SpanTree } from './span-tree.ts';
import type { TraceZoom } from './trace-url.ts';

const HEIGHT_PX = 48;
const DRAG_PX = 3;
/** Room that the text of a tick needs. */
const LABEL_PX = 64;

/** `zoom` undefined = all of it. A click without a drag, or a double click, shows all again. */
export function Minimap({
  tree,
  colors,
  zoom,
  onZoom,
}: {
  tree: SpanTree;
  colors: ReadonlyMap<string, string>;
  zoom: TraceZoom | undefined;
  onZoom: (zoom: TraceZoom | undefined) => void;
}): JSX.Element {
  const [box, { width }] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const [drag, setDrag] = useState<readonly [from: number, to: number]>();
  const spanMs = Math.max(tree.endMs - tree.startMs, Number.EPSILON);

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are tokens of the theme
  useEffect(() => {
    if (canvas.current !== null && width > 0) drawSpans(canvas.current, tree, colors, width);
  }, [tree, colors, width, theme]);

  const at = (event: PointerEvent<HTMLElement>) => {
    const { left, width: full } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / full));
  };
  const onUp = () => {
    if (drag === undefined) return;
    const [from, to] = [Math.min(...drag), Math.max(...drag)];
    setDrag(undefined);
    onZoom((to - from) * width < DRAG_PX ? undefined : { fromMs: from * spanMs, toMs: to * spanMs });
  };
  const shown = drag
    ? { from: Math.min(...drag), to: Math.max(...drag) }
    : zoom && { from: zoom.fromMs / spanMs, to: Math.min(1, zoom.toMs / spanMs) };
  const { step, offsets } = offsetTicks(0, spanMs, Math.max(2, Math.floor(width / 130)));
  return (
    <div className={styles.minimap}>
      <div
        ref={box}
        className={styles.strip}
        role="img"
        aria-label="The whole trace. Drag across a part of it to zoom in."
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag([at(event), at(event)]);
        }}
        onPointerMove={(event) => drag && setDrag([drag[0], at(event)])}
        onPointerUp={onUp}
        onPointerCancel={() => setDrag(undefined)}
      >
        <canvas ref={canvas} className={styles.canvas} style={{ height: HEIGHT_PX }} />
        {shown && (
          <>
            <span className={styles.shade} style={{ left: 0, width: percent(shown.from) }} />
            <span className={styles.shade} style={{ left: percent(shown.to), right: 0 }} />
            <span className={styles.window} style={{ left: percent(shown.from), width: percent(shown.to - shown.from) }} />
          </>
        )}
      </div>
      <div className={styles.rule} aria-hidden="true">
        {offsets.map((offset) => (
          <span
            key={offset}
            className={styles.tick}
            data-last={(1 - offset / spanMs) * width < LABEL_PX}
            style={{ left: percent(offset / spanMs) }}
          >
            {offsetText(offset, step, spanMs)}
          </span>
        ))}
      </div>
    </div>
  );
}

function percent(share: number): string {
  return `${share * 100}%`;
}

/** Each span is a line at its height in the tree; failed ones are drawn last, over the others. */
function drawSpans(
  canvas: HTMLCanvasElement,
  { nodes, startMs, endMs }: SpanTree,
  colors: ReadonlyMap<string, string>,
  width: number,
): void {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEIGHT_PX * ratio);
  const ctx = canvas.getContext('2d');
  if (ctx === null) return;
  ctx.clearRect(0, 0, canvas.width, canvas.height);
  const resolved = new Map([...colors].map(([service, color]) => [service, resolvedColor(color)]));
  const room = 3 * ratio;
  const line = Math.min(4 * ratio, Math.max(1, (canvas.height - 2 * room) / nodes.length));
  const draw = (node: SpanTree['nodes'][number], color: string, thickness: number) => {
    const from = ((node.span.startMs - startMs) / Math.max(endMs - startMs, Number.EPSILON)) * canvas.width;
    const length = Math.max(ratio, (node.span.durationMs / Math.max(endMs - startMs, Number.EPSILON)) * canvas.width);
    const top = room + (node.index / nodes.length) * (canvas.height - 2 * room);
    ctx.fillStyle = color;
    ctx.fillRect(from, top, length, Math.max(1, thickness * (line > 3 ? 0.75 : 1)));
  };
  for (const node of nodes) draw(node, resolved.get(node.span.service) ?? tokenValue('ink-3'), line);
  const bad = tokenValue('bad');
  for (const node of nodes) if (node.span.status === 'error') draw(node, bad, Math.max(line, 2 * ratio));
}
