import { type CSSProperties, type JSX, useMemo, useState } from 'react';
import { chartExemplars } from '../../charts/exemplars.ts';
import { calcHeads, Legend, legendEntries, useHiddenSeries } from '../../charts/legend.tsx';
import { TimeChart } from '../../charts/time-chart.tsx';
import type { PanelKind, PanelProps } from '../panel-kind.ts';
import { optionGroup, optionNumber, optionText, optionTexts, panelSeries } from '../panel-series.ts';
import { axisOf, axisOptions, chartSeries, thresholdLayer } from './series-style.ts';
import styles from './timeseries.module.css';

/** Lines, areas, bars or points over time, with a legend. */
export const timeseriesPanel: PanelKind = { hasQueries: true, Content: TimeseriesPanel };

function TimeseriesPanel({ panel, frames, range, syncKey, onZoom, exemplars = NO_EXEMPLARS, onExemplar }: PanelProps): JSX.Element {
  const data = useMemo(() => panelSeries(panel, frames), [panel, frames]);
  const series = useMemo(() => data.series.map(chartSeries), [data]);
  const legend = legendOptions(panel.options);
  const entries = useMemo(() => legendEntries(series, legend.calcs), [series, legend.calcs]);
  const [hidden, toggle] = useHiddenSeries(useMemo(() => series.map(({ key }) => key), [series]));
  const [emphasis, setEmphasis] = useState<string>();
  const unit = series[0]?.unit;
  const drawn = useMemo(() => chartExemplars(exemplars, unit), [exemplars, unit]);
  const tooltip = optionText(optionGroup(panel.options, 'tooltip'), 'mode', 'multi');
  return (
    <div className={styles.panel} data-side={legend.side}>
      <div className={styles.plot}>
        <TimeChart
          label={`${panel.title}: ${series.length} series over time`}
          times={data.times}
          series={series}
          range={range}
          left={axisOf(data.series, 'left') ?? axisOptions(panel.fieldConfig.defaults)}
          right={axisOf(data.series, 'right')}
          thresholds={thresholdLayer(panel.fieldConfig.defaults)}
          hidden={hidden}
          emphasis={emphasis}
          syncKey={syncKey}
          tooltip={tooltip === 'none' ? 'none' : tooltip === 'single' && series.length > 24 ? 'nearest' : 'all'}
          exemplars={drawn}
          onExemplar={onExemplar}
          onZoom={onZoom}
        />
      </div>
      {legend.isShown && entries.length > 0 && (
        <div
          className={styles.legend}
          style={legend.width === undefined ? undefined : ({ '--legend-width': `${legend.width}px` } as CSSProperties)}
        >
          <Legend
            entries={entries}
            heads={calcHeads(legend.calcs)}
            mode={legend.mode}
            side={legend.side}
            hidden={hidden}
            onToggle={toggle}
            onPoint={setEmphasis}
          />
        </div>
      )}
    </div>
  );
}

const NO_CALCS: readonly string[] = [];
const NO_EXEMPLARS: NonNullable<PanelProps['exemplars']> = [];

function legendOptions(options: Readonly<Record<string, unknown>>) {
  const legend = optionGroup(options, 'legend');
  const display = optionText(legend, 'displayMode', 'list');
  const calcs = Array.isArray(legend.calcs) ? (legend.calcs as readonly string[]) : NO_CALCS;
  return {
    isShown: display !== 'hidden' && legend.showLegend !== false,
    mode: display === 'table' ? ('table' as const) : ('list' as const),
    side: legend.placement === 'right' ? ('right' as const) : ('bottom' as const),
    calcs: optionTexts({ calcs }, 'calcs', NO_CALCS).length === calcs.length ? calcs : NO_CALCS,
    width: optionNumber(legend, 'width'),
  };
}
