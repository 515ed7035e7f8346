import { type JSX, useMemo, useState } from 'react';
import { Legend, useHiddenSeries } from '../../charts/legend.tsx';
import { Pie, type PieSlice, shareText } from '../../charts/pie.tsx';
import { cssColor } from '../../format/color.ts';
import { displayText, findMapping } from '../../format/field.ts';
import { reduceValues } from '../../format/reducers.ts';
import { EmptyState } from '../../kit/states.tsx';
import type { PanelKind, PanelProps } from '../panel-kind.ts';
import { optionGroup, optionText, optionTexts, panelSeries, reduceCalc } from '../panel-series.ts';
import styles from './piechart.module.css';

/** Shares of a whole. */
export const piechartPanel: PanelKind = { hasQueries: true, Content: PiechartPanel };

function PiechartPanel({ panel, frames }: PanelProps): JSX.Element {
  const calc = reduceCalc(panel);
  const slices = useMemo(() => slicesOf(panelSeries(panel, frames).series, calc), [panel, frames, calc]);
  const [hidden, toggle] = useHiddenSeries(useMemo(() => slices.map(({ key }) => key), [slices]));
  const [emphasis, setEmphasis] = useState<string>();
  const shown = slices.filter(({ key }) => !hidden.has(key));
  const total = shown.reduce((sum, { value }) => sum + Math.max(0, value), 0);
  const legend = optionGroup(panel.options, 'legend');
  const side = legend.placement === 'right' ? 'right' : 'bottom';
  const values = optionTexts(legend, 'values', []);
  const hasValue = values.includes('value');
  const hasPercent = values.includes('percent');
  if (slices.length > 0 && total <= 0 && shown.length === slices.length) {
    return (
      <EmptyState place="fill" title="Nothing to share out">
        All {slices.length} series are zero.
      </EmptyState>
    );
  }
  const entries = slices.map((slice) => {
    const isShown = !hidden.has(slice.key);
    const percent = { text: isShown ? shareText(slice.value, total) : '', sort: slice.value };
    return { ...slice, cells: [...(hasValue ? [{ text: slice.text, sort: slice.value }] : []), ...(hasPercent ? [percent] : [])] };
  });
  const hasLegend = optionText(legend, 'displayMode', 'list') !== 'hidden' && legend.showLegend !== false;
  return (
    <div className={styles.panel} data-side={side}>
      <div className={styles.plot}>
        <Pie
          slices={shown}
          donut={panel.options.pieType === 'donut'}
          emphasis={emphasis}
          label={`${panel.title}: ${shown.map(({ name, value, text }) => `${name} ${text} (${shareText(value, total)})`).join(', ')}`}
          onPoint={setEmphasis}
        />
      </div>
      {hasLegend && (
        <div className={styles.legend}>
          <Legend
            entries={entries}
            heads={[...(hasValue ? ['Value'] : []), ...(hasPercent ? ['Percent'] : [])]}
            mode={legend.displayMode === 'table' ? 'table' : 'list'}
            side={side}
            hidden={hidden}
            onToggle={toggle}
            onPoint={setEmphasis}
          />
        </div>
      )}
    </div>
  );
}

/** Largest first, as Grafana sorts them. */
function slicesOf(series: ReturnType<typeof panelSeries>['series'], calc: string): PieSlice[] {
  return series
    .flatMap((one) => {
      const value = reduceValues(calc, one.values);
      if (value === null) return [];
      const mapped = findMapping(one.field.mappings, value)?.color;
      return [
        {
          key: one.key,
          name: one.name,
          value,
          color: mapped === undefined ? one.color : cssColor(mapped),
          text: displayText(one.field, value),
        },
      ];
    })
    .toSorted((a, b) => b.value - a.value);
}
