import type { JSX } from 'react';
import styles from './gauge.module.css';
import { useSize } from './use-size.ts';

export interface GaugeBand {
  /** In the unit of the value; clipped to the ends of the dial. */
  readonly from: number;
  readonly to: number;
  readonly color: string;
}

/** Degrees from twelve o'clock to each end of the dial. */
const HALF_SWEEP = 120;
const TICKS = 40;

/** A graduated dial: ticks, thresholds on the rim, the value as an arc and in words. Fills its parent. */
export function Gauge({
  value,
  min,
  max,
  text,
  name,
  color,
  bands,
  endTexts,
}: {
  value: number | null;
  min: number;
  max: number;
  text: string;
  name: string;
  color: string;
  bands: readonly GaugeBand[];
  endTexts: readonly [string, string] | undefined;
}): JSX.Element {
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const below = name === '' ? 4 : 20;
  const radius = Math.max(0, Math.min(width / 2 - 8, (height - below - 8) / 1.56));
  const share = value === null ? 0 : shareOf(value, min, max);
  const rim = radius - 2;
  const thickness = Math.max(6, Math.min(18, radius * 0.16));
  const middle = rim - 5 - thickness / 2;
  const size = Math.max(12, Math.min(40, radius * 0.38, (radius * 1.5) / Math.max(3, text.length * 0.58)));
  return (
    <div ref={box} className={styles.gauge}>
      <svg width={width} height={height} role="img" aria-label={`${name === '' ? '' : `${name}: `}${text}`}>
        {radius > 12 && (
          <g transform={`translate(${width / 2} ${radius + 6})`}>
            {bands.map((band) => (
              <path
                key={band.from}
                d={arc(rim, shareOf(band.from, min, max), shareOf(band.to, min, max))}
                fill="none"
                stroke={band.color}
                strokeWidth="2.5"
              />
            ))}
            <path d={arc(middle, 0, 1)} fill="none" stroke="var(--sunken)" strokeWidth={thickness} />
            {value !== null && <path d={arc(middle, 0, share)} fill="none" stroke={color} strokeWidth={thickness} />}
            <path d={ticks(middle - thickness / 2 - 2)} stroke="var(--line-strong)" strokeWidth="1" />
            <text className={styles.value} y={size * 0.35} fontSize={size} fill={color}>
              {text}
            </text>
            {endTexts && radius > 48 && (
              <>
                <text className={styles.end} {...at(0, middle - thickness - 8)}>
                  {endTexts[0]}
                </text>
                <text className={styles.end} {...at(1, middle - thickness - 8)}>
                  {endTexts[1]}
                </text>
              </>
            )}
          </g>
        )}
        {name !== '' && (
          <text className={styles.name} x={width / 2} y={Math.min(height - 6, radius * 1.56 + 18)}>
            {name}
          </text>
        )}
      </svg>
    </div>
  );
}

/** Where a value stands between the ends, 0 … 1. */
export function shareOf(value: number, min: number, max: number): number {
  if (Number.isNaN(value) || max <= min) return 0;
  return Math.min(1, Math.max(0, (value - min) / (max - min)));
}

function at(share: number, radius: number): { x: number; y: number } {
  const angle = ((share * 2 - 1) * HALF_SWEEP * Math.PI) / 180;
  return { x: round(Math.sin(angle) * radius), y: round(-Math.cos(angle) * radius) };
}

function arc(radius: number, from: number, to: number): string {
  if (to <= from || radius <= 0) return '';
  const start = at(from, radius);
  const end = at(to, radius);
  const isLarge = (to - from) * 2 * HALF_SWEEP > 180;
  return `M${start.x} ${start.y}A${round(radius)} ${round(radius)} 0 ${isLarge ? 1 : 0} 1 ${end.x} ${end.y}`;
}

/** Fine graduations on the inside, every fifth longer. */
function ticks(radius: number): string {
  return Array.from({ length: TICKS + 1 }, (_, tick) => {
    const outer = at(tick / TICKS, radius);
    const inner = at(tick / TICKS, radius - (tick % 5 === 0 ? 6 : 3));
    return `M${outer.x} ${outer.y}L${inner.x} ${inner.y}`;
  }).join('');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
