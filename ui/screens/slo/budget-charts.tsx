import type { SloDetail } from '@alidade/sdk/schema';
import { type JSX, useMemo, useState } from 'react';
import { type AxisOptions, type ChartSeries, PLAIN_STYLE, type SeriesStyle, type ThresholdLayer } from '../../charts/chart-series.ts';
import { DataTable } from '../../charts/data-table.tsx';
import { TimeChart } from '../../charts/time-chart.tsx';
import { IconButton } from '../../kit/button.tsx';
import styles from './slo.module.css';
import { burnText, shareText } from './slo-words.ts';

const BARE: AxisOptions = {
  unit: undefined,
  decimals: undefined,
  min: undefined,
  max: undefined,
  softMin: undefined,
  softMax: undefined,
  logBase: 0,
  label: '',
};
const SHARE: AxisOptions = { ...BARE, unit: 'percentunit', softMin: 0, softMax: 1 };
const TIMES: AxisOptions = { ...BARE, unit: 'short', min: 0, softMax: 2 };
const NEGATIVE: ThresholdLayer = {
  steps: [{ from: Number.NEGATIVE_INFINITY, to: 0, color: 'var(--bad)' }],
  line: false,
  dashed: false,
  area: true,
};
const TOO_FAST: ThresholdLayer = {
  steps: [{ from: 1, to: Number.POSITIVE_INFINITY, color: 'var(--warn)' }],
  line: true,
  dashed: true,
  area: false,
};

/** How the budget of the window was spent. */
export function BudgetChart({ detail }: { detail: SloDetail }): JSX.Element {
  const values = detail.budget;
  return (
    <HistoryChart
      detail={detail}
      name="Budget left"
      values={values}
      axis={SHARE}
      layer={NEGATIVE}
      format={(share) => shareText(share, 1)}
      fill={12}
    />
  );
}

/** How fast it burnt in each step. */
export function BurnChart({ detail }: { detail: SloDetail }): JSX.Element {
  return <HistoryChart detail={detail} name="Burn rate" values={detail.burn} axis={TIMES} layer={TOO_FAST} format={burnText} fill={0} />;
}

function HistoryChart({
  detail,
  name,
  values,
  axis,
  layer,
  format,
  fill,
}: {
  detail: SloDetail;
  name: string;
  values: readonly (number | null)[];
  axis: AxisOptions;
  layer: ThresholdLayer;
  format: (value: number | null) => string;
  fill: number;
}): JSX.Element {
  const [isTable, setTable] = useState(false);
  const { startMs, stepMs } = detail;
  const times = useMemo(() => values.map((_, i) => startMs + i * stepMs), [values, startMs, stepMs]);
  const series = useMemo((): ChartSeries[] => {
    const style: SeriesStyle = { ...PLAIN_STYLE, fillOpacity: fill, interpolation: 'stepBefore' };
    return [
      {
        key: name,
        name,
        labels: {},
        color: 'var(--series-1)',
        values,
        style,
        unit: axis.unit,
        decimals: undefined,
        format,
        hideFrom: { tooltip: false, legend: false, viz: false },
      },
    ];
  }, [name, values, axis, format, fill]);
  return (
    <div className={styles.chart}>
      <div className={styles.chartSwitch}>
        <IconButton
          icon={isTable ? 'explore' : 'table'}
          label={isTable ? 'Show as a chart' : 'Show as a table'}
          small
          onClick={() => setTable(!isTable)}
        />
      </div>
      {isTable ? (
        <DataTable label={name} times={times} series={series} height={208} ground="page" />
      ) : (
        <TimeChart
          label={`${name} over ${detail.status.slo.window}`}
          times={times}
          series={series}
          range={{ fromMs: startMs - stepMs, toMs: startMs + (values.length - 1) * stepMs }}
          left={axis}
          thresholds={layer}
          syncKey="slo"
        />
      )}
    </div>
  );
}
