import type { InhibitRule } from '../config/alertmanager.ts';
import type { Labels } from '../model/labels.ts';
import { isResolved, type KnownAlert } from './inbox.ts';
import { compileAll } from './match.ts';

/** The alert that inhibits a label set, if one does. */
export type InhibitionCheck = (labels: Labels) => KnownAlert | undefined;

/** Looks at the alerts that fire at `nowMs` once, for any number of checks. */
export type Inhibitor = (alerts: readonly KnownAlert[], nowMs: number) => InhibitionCheck;

/** Prepares the rules. Throws AppError `matcher.bad_regexp`. */
export function compileInhibitor(rules: readonly InhibitRule[]): Inhibitor {
  const compiled = rules.map(compileRule);
  return (alerts, nowMs) => {
    const firing = compiled.length === 0 ? [] : alerts.filter((alert) => !isResolved(alert, nowMs));
    const checks = compiled.map((rule) => rule(firing));
    return (labels) => {
      for (const check of checks) {
        const source = check(labels);
        if (source) return source;
      }
      return undefined;
    };
  };
}

function compileRule(rule: InhibitRule): (firing: readonly KnownAlert[]) => InhibitionCheck {
  const isSource = compileAll(rule.sourceMatchers);
  const isTarget = compileAll(rule.targetMatchers);
  const keyOf = (labels: Labels) => JSON.stringify(rule.equal.map((name) => labels.get(name)));
  return (firing) => {
    const sources = new Map<string, KnownAlert[]>();
    for (const alert of firing) {
      if (!isSource(alert.labels)) continue;
      const key = keyOf(alert.labels);
      const same = sources.get(key);
      if (same) same.push(alert);
      else sources.set(key, [alert]);
    }
    return (labels) => {
      if (!isTarget(labels)) return undefined;
      const same = sources.get(keyOf(labels)) ?? [];
      // What is source and target at once is not inhibited by others of its kind.
      return isSource(labels) ? same.find((source) => !isTarget(source.labels)) : same[0];
    };
  };
}
