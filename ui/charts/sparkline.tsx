import type { JSX } from 'react';
import { useSize } from './use-size.ts';

/** A line with a tinted area, without axes; gaps stay gaps. Fills its parent. Decorative: the value is told beside it. */
export function Sparkline({
  values,
  color,
  min,
}: {
  values: readonly (number | null | undefined)[];
  color: string;
  min?: number | undefined;
}): JSX.Element {
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const runs = sparkRuns(values, width, height, min);
  return (
    <div ref={box} style={{ width: '100%', height: '100%' }}>
      <svg width={width} height={height} aria-hidden="true" style={{ display: 'block' }}>
        {runs.map((run) => (
          <g key={run}>
            <path d={`${run}V${height}H${run.slice(1, run.indexOf(' '))}Z`} fill={color} opacity={0.14} />
            <path d={run} fill="none" stroke={color} strokeWidth={1.5} strokeLinejoin="round" />
          </g>
        ))}
      </svg>
    </div>
  );
}

/** SVG paths of the unbroken runs of samples. */
export function sparkRuns(values: readonly (number | null | undefined)[], width: number, height: number, floor?: number): string[] {
  const present = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  if (present.length === 0 || width === 0) return [];
  const low = Math.min(floor ?? Number.POSITIVE_INFINITY, ...minMax(present).slice(0, 1));
  const high = minMax(present)[1];
  const room = 3;
  const y = (value: number) =>
    high === low ? height * (low === 0 ? 1 : 0.5) - 1 : height - room - ((value - low) / (high - low)) * (height - 2 * room);
  const x = (index: number) => (values.length === 1 ? 0 : (index / (values.length - 1)) * width);
  const runs: string[] = [];
  let run = '';
  values.forEach((value, index) => {
    if (value === undefined) return;
    if (value === null || !Number.isFinite(value)) {
      if (run !== '') runs.push(run);
      run = '';
      return;
    }
    run += `${run === '' ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  if (run !== '') runs.push(run);
  return runs;
}

function minMax(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}
