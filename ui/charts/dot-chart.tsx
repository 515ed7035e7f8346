// Dots over time: one for each thing that happened. Failed ones are diamonds in another colour. A click opens, a drag zooms, arrow keys walk.
import { type JSX, type KeyboardEvent, type PointerEvent, type ReactNode, useMemo, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import type { AbsoluteRange } from '../data/time-range.ts';
import { tickText } from '../format/date.ts';
import styles from './dot-chart.module.css';
import { linearScale, logScale, timeTicks } from './scale.ts';
import timeStyles from './time-chart.module.css';
import { placeTooltip } from './tooltip-place.ts';
import { useSize } from './use-size.ts';

export interface Dot {
  readonly key: string;
  readonly timeMs: number;
  readonly value: number;
  readonly isBad: boolean;
}

const MARGIN = { top: 8, right: 12, bottom: 24, left: 60 };
const NEAR_PX = 14;
const DRAG_PX = 4;

/** Fills its parent. `tooltip` says what a dot is. */
export function DotChart<D extends Dot>({
  label,
  dots,
  range,
  scale,
  color,
  formatValue,
  tooltip,
  onOpen,
  onZoom,
}: {
  label: string;
  dots: readonly D[];
  range: AbsoluteRange;
  scale: 'linear' | 'log';
  color: string;
  formatValue: (value: number) => string;
  tooltip: (dot: D) => ReactNode;
  onOpen: (dot: D) => void;
  onZoom: (range: AbsoluteRange) => void;
}): JSX.Element {
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const [near, setNear] = useState<string>();
  const [drag, setDrag] = useState<readonly [from: number, to: number]>();
  const svg = useRef<SVGSVGElement>(null);
  const plot = { width: Math.max(0, width - MARGIN.left - MARGIN.right), height: Math.max(0, height - MARGIN.top - MARGIN.bottom) };
  const values = useMemo(() => dots.map(({ value }) => value), [dots]);
  const most = Math.max(2, Math.floor(plot.height / 28));
  const y = useMemo(() => (scale === 'log' ? logScale(values, most) : linearScale(values, most)), [values, scale, most]);
  const x = timeTicks(range.fromMs, range.toMs, Math.max(2, Math.floor(plot.width / 96)));
  const left = (timeMs: number) => MARGIN.left + ((timeMs - range.fromMs) / (range.toMs - range.fromMs)) * plot.width;
  const top = (value: number) => MARGIN.top + (1 - y.place(value)) * plot.height;
  const shown = useMemo(() => dots.filter(({ timeMs }) => timeMs >= range.fromMs && timeMs <= range.toMs), [dots, range]);
  const chosen = shown.find(({ key }) => key === near);

  const nearest = (event: PointerEvent): D | undefined => {
    const at = svg.current?.getBoundingClientRect();
    if (at === undefined) return undefined;
    let best: D | undefined;
    let distance = NEAR_PX;
    for (const dot of shown) {
      const away = Math.hypot(left(dot.timeMs) - (event.clientX - at.left), top(dot.value) - (event.clientY - at.top));
      if (away < distance) [best, distance] = [dot, away];
    }
    return best;
  };
  const offset = (event: PointerEvent) => {
    const at = svg.current?.getBoundingClientRect();
    return Math.min(MARGIN.left + plot.width, Math.max(MARGIN.left, event.clientX - (at?.left ?? 0)));
  };
  const onDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag([offset(event), offset(event)]);
  };
  const onMove = (event: PointerEvent) => {
    if (drag !== undefined) setDrag([drag[0], offset(event)]);
    else setNear(nearest(event)?.key);
  };
  const onUp = (event: PointerEvent) => {
    const dragged = drag;
    setDrag(undefined);
    if (dragged === undefined) return;
    const [from, to] = [Math.min(...dragged), Math.max(...dragged)];
    if (to - from >= DRAG_PX) {
      const time = (px: number) => range.fromMs + ((px - MARGIN.left) / plot.width) * (range.toMs - range.fromMs);
      onZoom({ fromMs: time(from), toMs: time(to) });
      return;
    }
    const dot = nearest(event);
    if (dot) onOpen(dot);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setNear(undefined);
    if (event.key === 'Enter' && chosen) onOpen(chosen);
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0 || shown.length === 0) return;
    event.preventDefault();
    const inTime = shown.toSorted((a, b) => a.timeMs - b.timeMs);
    const at = inTime.findIndex(({ key }) => key === near);
    const next = at < 0 ? (step > 0 ? 0 : inTime.length - 1) : Math.min(inTime.length - 1, Math.max(0, at + step));
    setNear(inTime[next]?.key);
  };
  return (
    <div
      ref={box}
      className={styles.chart}
      data-near={chosen !== undefined && drag === undefined}
      role="img"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys walk the dots and Enter opens one; the table says the same
      tabIndex={0}
      onPointerDown={onDown}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={() => setDrag(undefined)}
      onPointerLeave={() => drag === undefined && setNear(undefined)}
      onKeyDown={onKeyDown}
      onBlur={() => setNear(undefined)}
    >
      {plot.width > 0 && plot.height > 0 && (
        <svg ref={svg} width={width} height={height} aria-hidden="true">
          {y.ticks.map((tick) => (
            <g key={tick}>
              <line x1={MARGIN.left} x2={MARGIN.left + plot.width} y1={crisp(top(tick))} y2={crisp(top(tick))} stroke="var(--grid)" />
              <text className={styles.tick} x={MARGIN.left - 8} y={top(tick) + 4} textAnchor="end">
                {formatValue(tick)}
              </text>
            </g>
          ))}
          <line
            x1={MARGIN.left}
            x2={MARGIN.left + plot.width}
            y1={crisp(MARGIN.top + plot.height)}
            y2={crisp(MARGIN.top + plot.height)}
            stroke="var(--line-strong)"
          />
          {x.times.map((time) => (
            <g key={time}>
              <line
                x1={crisp(left(time))}
                x2={crisp(left(time))}
                y1={MARGIN.top + plot.height}
                y2={MARGIN.top + plot.height + 6}
                stroke="var(--line-strong)"
              />
              {left(time) < width - 16 && (
                <text className={styles.tick} x={left(time)} y={height - 4} textAnchor="middle">
                  {tickText(time, x.stepMs)}
                </text>
              )}
            </g>
          ))}
          {shown
            .filter(({ isBad }) => !isBad)
            .map((dot) => (
              <circle
                key={dot.key}
                className={styles.dot}
                style={{ '--dot': color } as React.CSSProperties}
                cx={left(dot.timeMs)}
                cy={top(dot.value)}
                r="3.5"
              />
            ))}
          {shown
            .filter(({ isBad }) => isBad)
            .map((dot) => (
              <path key={dot.key} className={styles.bad} d={diamond(left(dot.timeMs), top(dot.value), 5.5)} />
            ))}
          {chosen && <circle className={styles.ring} cx={left(chosen.timeMs)} cy={top(chosen.value)} r="8" />}
          {drag && (
            <rect
              className={styles.brush}
              x={crisp(Math.min(...drag))}
              width={Math.abs(drag[1] - drag[0])}
              y={MARGIN.top}
              height={plot.height}
            />
          )}
        </svg>
      )}
      {chosen && drag === undefined && (
        <DotTooltip at={svg.current?.getBoundingClientRect()} left={left(chosen.timeMs)} top={top(chosen.value)}>
          {tooltip(chosen)}
        </DotTooltip>
      )}
    </div>
  );
}

function DotTooltip({
  at,
  left,
  top,
  children,
}: {
  at: DOMRect | undefined;
  left: number;
  top: number;
  children: ReactNode;
}): JSX.Element | null {
  if (at === undefined) return null;
  return createPortal(
    <div
      ref={(element) => placeTooltip(element, { left: at.left + left, top: at.top + top })}
      className={timeStyles.tooltip}
      role="presentation"
    >
      {children}
    </div>,
    document.body,
  );
}

/** A rhombus around a point, as an SVG path. */
export function diamond(x: number, y: number, radius: number): string {
  return `M${x} ${y - radius}L${x + radius} ${y}L${x} ${y + radius}L${x - radius} ${y}Z`;
}

/** Hairlines fall on whole pixels. */
function crisp(at: number): number {
  return Math.round(at) + 0.5;
}
