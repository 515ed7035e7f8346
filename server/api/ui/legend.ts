import type { Labels } from '../../model/labels.ts';

const REFERENCE = /\{\{\s*(.+?)\s*\}\}/g;

/** The name of a series: Grafana's `{{label}}` filled in, or the series in PromQL's notation, or the query when it has no labels. */
export function seriesName(legendFormat: string, labels: Labels, expr: string): string {
  if (legendFormat !== '') return legendFormat.replace(REFERENCE, (_match, name: string) => labels.get(name));
  return labels.size === 0 ? expr : labels.toString();
}
