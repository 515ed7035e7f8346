import { type JSX, useMemo } from 'react';
import { DataTable } from '../../charts/data-table.tsx';
import { displayText } from '../../format/field.ts';
import { reduceValues } from '../../format/reducers.ts';
import { Icon } from '../../kit/icon.tsx';
import type { PanelKind, PanelProps } from '../panel-kind.ts';
import { panelSeries, reduceCalc } from '../panel-series.ts';
import styles from './unsupported.module.css';

/** Stands in for a panel type that is not drawn yet: says so, and shows the latest values of its queries. */
export const unsupportedPanel: PanelKind = { hasQueries: true, Content: UnsupportedPanel };

function UnsupportedPanel({ panel, frames, range }: PanelProps): JSX.Element {
  const { series } = useMemo(() => panelSeries(panel, frames), [panel, frames]);
  const calc = reduceCalc(panel);
  const latest = series.map((one) => ({
    key: one.key,
    name: one.name,
    values: [reduceValues(calc, one.values)],
    format: (value: number | null) => displayText(one.field, value),
  }));
  return (
    <div className={styles.box}>
      <p className={styles.note}>
        <Icon name="info" />
        <span>
          Panels of type “{panel.type}” are not drawn yet.
          {series.length > 0 && ' Its queries run; these are their latest values.'}
        </span>
      </p>
      {series.length > 0 && (
        <div className={styles.data}>
          <DataTable label={`${panel.title}: latest values`} times={[range.toMs]} series={latest} />
        </div>
      )}
    </div>
  );
}
