import type { JSX } from 'react';
import styles from './pie.module.css';
import { useSize } from './use-size.ts';

export interface PieSlice {
  readonly key: string;
  readonly name: string;
  readonly value: number;
  readonly color: string;
  /** Text of the value, for tooltip and readers. */
  readonly text: string;
}

/** A pie, or a ring with `donut`. Slices begin at twelve o'clock and run clockwise in the order given. `label` shows a slice's share on it. */
export function Pie({
  slices,
  donut,
  emphasis,
  label,
  onPoint,
}: {
  slices: readonly PieSlice[];
  donut: boolean;
  emphasis: string | undefined;
  label: string;
  onPoint: (key: string | undefined) => void;
}): JSX.Element {
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const radius = Math.max(0, Math.min(width, height) / 2 - 6);
  const total = slices.reduce((sum, { value }) => sum + Math.max(0, value), 0);
  let angle = 0;
  const arcs = slices.map((slice) => {
    const start = angle;
    angle += total > 0 ? (Math.max(0, slice.value) / total) * 2 * Math.PI : 0;
    return { slice, path: arcPath(start, angle, radius, donut ? radius * 0.62 : 0) };
  });
  return (
    <div ref={box} className={styles.pie}>
      <svg width={width} height={height} role="img" aria-label={label}>
        <g transform={`translate(${width / 2} ${height / 2})`}>
          {arcs.map(({ slice, path }) => (
            <path
              key={slice.key}
              className={styles.slice}
              d={path}
              fill={slice.color}
              opacity={emphasis === undefined || emphasis === slice.key ? 1 : 0.25}
              onPointerEnter={() => onPoint(slice.key)}
              onPointerLeave={() => onPoint(undefined)}
            >
              <title>{`${slice.name}: ${slice.text} (${shareText(slice.value, total)})`}</title>
            </path>
          ))}
        </g>
      </svg>
    </div>
  );
}

/** "37 %", with a decimal below ten; '' when there is nothing to share. */
export function shareText(value: number, total: number): string {
  if (total <= 0) return '';
  const share = (Math.max(0, value) / total) * 100;
  return `${share > 0 && share < 9.95 ? share.toFixed(1) : Math.round(share)}%`;
}

function arcPath(start: number, end: number, outer: number, inner: number): string {
  if (end <= start) return '';
  const isWhole = end - start >= 2 * Math.PI - 1e-9;
  const point = (angle: number, radius: number) => `${(Math.sin(angle) * radius).toFixed(2)} ${(-Math.cos(angle) * radius).toFixed(2)}`;
  if (isWhole) return ring(outer) + (inner > 0 ? ring(inner, true) : '');
  const large = end - start > Math.PI ? 1 : 0;
  const out = `A${outer} ${outer} 0 ${large} 1 ${point(end, outer)}`;
  if (inner === 0) return `M0 0L${point(start, outer)}${out}Z`;
  return `M${point(start, outer)}${out}L${point(end, inner)}A${inner} ${inner} 0 ${large} 0 ${point(start, inner)}Z`;
}

function ring(radius: number, reversed = false): string {
  const sweep = reversed ? 0 : 1;
  return `M0 ${-radius}A${radius} ${radius} 0 1 ${sweep} 0 ${radius}A${radius} ${radius} 0 1 ${sweep} 0 ${-radius}Z`;
}
