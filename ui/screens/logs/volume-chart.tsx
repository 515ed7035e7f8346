import type { LogLevel, LogVolume } from '@alidade/sdk/schema';
import { type JSX, useMemo, useState } from 'react';
import type { AxisOptions } from '../../charts/chart-series.ts';
import { DataTable } from '../../charts/data-table.tsx';
import { TimeChart } from '../../charts/time-chart.tsx';
import type { AbsoluteRange } from '../../data/time-range.ts';
import { clockText, dateText } from '../../format/date.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { levelLook } from './levels.ts';
import { bucketTimes, levelCounts, toggleLevel, volumeSeries } from './volume.ts';
import styles from './volume-chart.module.css';

const AXIS: AxisOptions = {
  unit: 'short',
  decimals: undefined,
  min: 0,
  max: undefined,
  softMin: undefined,
  softMax: undefined,
  logBase: 0,
  label: '',
};

/** Lines over time by level. The legend filters by level, a drag across the bars zooms in. */
export function VolumeChart({
  volume,
  range,
  wanted,
  onWanted,
  onZoom,
}: {
  volume: LogVolume;
  range: AbsoluteRange;
  wanted: readonly LogLevel[];
  onWanted: (levels: readonly LogLevel[]) => void;
  onZoom: (range: AbsoluteRange) => void;
}): JSX.Element {
  const [isTable, setTable] = useState(false);
  const [emphasis, setEmphasis] = useState<string>();
  const series = useMemo(() => volumeSeries(volume, wanted), [volume, wanted]);
  const times = useMemo(() => bucketTimes(volume), [volume]);
  const counts = useMemo(() => levelCounts(volume), [volume]);
  const { stepMs } = volume;
  return (
    <section className={styles.volume} aria-label="Lines over time">
      <div className={styles.head}>
        <ul className={styles.legend} aria-label="Levels">
          {counts.map(({ level, count }) => (
            <li key={level}>
              <button
                type="button"
                className={styles.level}
                aria-pressed={wanted.includes(level)}
                data-faded={wanted.length > 0 && !wanted.includes(level)}
                title={`Click for ${level} alone, Ctrl+click to add it`}
                onClick={(event) => onWanted(toggleLevel(wanted, level, event.ctrlKey || event.metaKey || event.shiftKey))}
                onPointerEnter={() => setEmphasis(level)}
                onPointerLeave={() => setEmphasis(undefined)}
              >
                <span className={styles.swatch} style={{ background: levelLook(level).color }} aria-hidden="true" />
                {levelLook(level).word}
                <span className={styles.count}>{formatCount(count)}</span>
              </button>
            </li>
          ))}
          {wanted.length > 0 && (
            <li>
              <Button small look="quiet" icon="close" onClick={() => onWanted([])}>
                All levels
              </Button>
            </li>
          )}
        </ul>
        <span className={styles.step}>lines per {formatDuration(stepMs)}</span>
        <IconButton small icon="table" label="As a table" onClick={() => setTable(true)} />
      </div>
      <div className={styles.chart}>
        <TimeChart
          label={`Lines over time: ${counts.map(({ level, count }) => `${formatCount(count)} ${level}`).join(', ') || 'none'}`}
          times={times}
          series={series}
          range={range}
          left={AXIS}
          emphasis={emphasis}
          timeText={(middleMs) => spanText(middleMs - stepMs / 2, stepMs)}
          onZoom={onZoom}
        />
      </div>
      <Dialog flush open={isTable} onClose={() => setTable(false)} title="Lines over time" text={`by level, per ${formatDuration(stepMs)}`}>
        <DataTable
          label="Lines over time"
          times={times.map((middleMs) => middleMs - stepMs / 2)}
          series={series}
          height={560}
          ground="raised"
        />
      </Dialog>
    </section>
  );
}

/** "2026-01-31 13:05:00 to 13:05:30": what a bar stands for. */
function spanText(startMs: number, stepMs: number): string {
  const millis = stepMs < 1_000;
  return `${dateText(startMs)} ${clockText(startMs, millis)} to ${clockText(startMs + stepMs, millis)}`;
}
