import type { FieldConfig } from '@alidade/sdk/schema';
import { type JSX, useMemo } from 'react';
import { Gauge, type GaugeBand } from '../../charts/gauge.tsx';
import { tileGrid } from '../../charts/tile-grid.ts';
import { useSize } from '../../charts/use-size.ts';
import { cssColor } from '../../format/color.ts';
import { displayValue, thresholdValue } from '../../format/field.ts';
import { reduceValues } from '../../format/reducers.ts';
import { formatUnit } from '../../format/units.ts';
import type { PanelKind, PanelProps } from '../panel-kind.ts';
import { type PanelSeries, panelSeries, reduceCalc } from '../panel-series.ts';
import styles from './gauge.module.css';

/** A dial for each series. */
export const gaugePanel: PanelKind = { hasQueries: true, Content: GaugePanel };

const MOST_GAUGES = 40;

function GaugePanel({ panel, frames }: PanelProps): JSX.Element {
  const [box, size] = useSize<HTMLDivElement>();
  const series = useMemo(() => panelSeries(panel, frames, 'thresholds').series.slice(0, MOST_GAUGES), [panel, frames]);
  const calc = reduceCalc(panel);
  const { columns, rows } = tileGrid(series.length, size, 'auto');
  return (
    <div
      ref={box}
      className={styles.gauges}
      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))` }}
    >
      {series.map((one) => (
        <Dial
          key={one.key}
          series={one}
          value={reduceValues(calc, one.values)}
          name={series.length > 1 ? one.name : ''}
          showsBands={panel.options.showThresholdMarkers !== false}
          showsEnds={panel.options.showThresholdLabels === true}
        />
      ))}
    </div>
  );
}

function Dial({
  series,
  value,
  name,
  showsBands,
  showsEnds,
}: {
  series: PanelSeries;
  value: number | null;
  name: string;
  showsBands: boolean;
  showsEnds: boolean;
}): JSX.Element {
  const { field } = series;
  const { min, max } = dialEnds(field);
  const shown = displayValue(field, value);
  return (
    <Gauge
      value={value}
      min={min}
      max={max}
      text={`${shown.prefix}${shown.text}${shown.suffix}`}
      name={name}
      color={shown.color === undefined ? series.color : cssColor(shown.color)}
      bands={showsBands ? bandsOf(field, max) : []}
      endTexts={showsEnds ? [formatUnit(field.unit, min), formatUnit(field.unit, max)] : undefined}
    />
  );
}

/** Ends that the file does not give: 0 to 100, to 1 for shares. */
export function dialEnds(field: FieldConfig): { readonly min: number; readonly max: number } {
  return { min: field.min ?? 0, max: field.max ?? (field.unit === 'percentunit' ? 1 : 100) };
}

function bandsOf(field: FieldConfig, max: number): GaugeBand[] {
  const { thresholds } = field;
  if (thresholds === undefined || thresholds.steps.length < 2) return [];
  return thresholds.steps.map((step, index) => {
    const next = thresholds.steps[index + 1];
    return {
      from: thresholdValue(field, thresholds, step),
      to: next ? thresholdValue(field, thresholds, next) : max,
      color: cssColor(step.color),
    };
  });
}
