// Advice as text to copy, in the words of Prometheus' files.
import type { AggregationRule, RelabelEntry } from '@alidade/sdk/schema';
import { stringify } from 'yaml';

/** Entries of `metric_relabel_configs`. */
export function relabelYaml(relabel: readonly RelabelEntry[]): string {
  return stringify({ metric_relabel_configs: relabel }, { lineWidth: 0 });
}

/** A rule file. */
export function ruleYaml(name: string, rules: readonly AggregationRule[]): string {
  return stringify({ groups: [{ name, rules }] }, { lineWidth: 0 });
}

/** Lines as comments. Names of metrics and labels may hold line breaks, which would end the comment: they become spaces. */
export function comment(...lines: readonly string[]): string {
  return lines.map((line) => `# ${line.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}\n`).join('');
}
