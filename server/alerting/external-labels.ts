import type { Alert } from '../model/alert.ts';
import { Labels } from '../model/labels.ts';
import { relabel } from '../relabel/relabel.ts';
import type { RelabelRule } from '../relabel/rule.ts';

/**
 * Alerts of the rules as an Alertmanager gets them: external labels where an alert has no such label of its own, then
 * `alert_relabel_configs`, which may drop them.
 */
export function addExternalLabels(
  alerts: readonly Alert[],
  externalLabels: Readonly<Record<string, string>>,
  rules: readonly RelabelRule[],
): Alert[] {
  const external = Labels.from(externalLabels);
  return alerts.flatMap((alert) => {
    const labels = relabel(external.merge(alert.labels), rules);
    return labels ? [{ ...alert, labels }] : [];
  });
}
