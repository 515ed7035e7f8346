import type { InhibitRule } from '../config/alertmanager.ts';
import type { Labels } from '../model/labels.ts';
import { isResolved, type KnownAlert } from './inbox.ts';
import { compileAll } from './match.ts';

/** Tells which alert, if any, inhibits a label set. */
export type Inhibitor = (labels: Labels, alerts: readonly KnownAlert[], nowMs: number) => KnownAlert | undefined;

/** Prepares the rules. Throws AppError `matcher.bad_regexp`. */
export function compileInhibitor(rules: readonly InhibitRule[]): Inhibitor {
  const compiled = rules.map((rule) => ({
    isSource: compileAll(rule.sourceMatchers),
    isTarget: compileAll(rule.targetMatchers),
    equal: rule.equal,
  }));
  return (labels, alerts, nowMs) => {
    for (const { isSource, isTarget, equal } of compiled) {
      if (!isTarget(labels)) continue;
      // What is source and target at once is not inhibited by others of its kind.
      const isBoth = isSource(labels);
      const source = alerts.find(
        (alert) =>
          !isResolved(alert, nowMs) &&
          isSource(alert.labels) &&
          equal.every((name) => alert.labels.get(name) === labels.get(name)) &&
          !(isBoth && isTarget(alert.labels)),
      );
      if (source) return source;
    }
    return undefined;
  };
}
