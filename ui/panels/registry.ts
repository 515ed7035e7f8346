// Every panel type: adding one is a folder named after Grafana's type and an entry here. Rows are laid out by the dashboard itself.
import { alertlistPanel } from './alertlist/alertlist.tsx';
import { gaugePanel } from './gauge/gauge.tsx';
import type { PanelKind } from './panel-kind.ts';
import { piechartPanel } from './piechart/piechart.tsx';
import { statPanel } from './stat/stat.tsx';
import { textPanel } from './text/text.tsx';
import { timeseriesPanel } from './timeseries/timeseries.tsx';
import { unsupportedPanel } from './unsupported/unsupported.tsx';

const KINDS: Readonly<Record<string, PanelKind>> = {
  alertlist: alertlistPanel,
  gauge: gaugePanel,
  graph: timeseriesPanel,
  piechart: piechartPanel,
  'grafana-piechart-panel': piechartPanel,
  singlestat: statPanel,
  stat: statPanel,
  text: textPanel,
  timeseries: timeseriesPanel,
};

/** The kind of a panel type, or the one that says it is not drawn yet. */
export function panelKind(type: string): PanelKind {
  return (Object.hasOwn(KINDS, type) ? KINDS[type] : undefined) ?? unsupportedPanel;
}
