import type { z } from 'zod';
import { isLabelName } from '../model/label-name.ts';
import type { RelabelAction, RelabelRule } from '../relabel/rule.ts';
import type { ConfigFile } from './config-file.ts';
import { checkedText, labelName, listOf, regexp, section, text, wholeNumber } from './fields.ts';
import type { YamlPath } from './yaml-file.ts';

const ACTIONS: readonly RelabelAction[] = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
];
const NEEDS_TARGET = new Set<string>(['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal']);
const DEFAULTS = { separator: ';', regex: '(.*)', replacement: '$1' };

const relabelRule = section({
  source_labels: listOf(labelName()),
  separator: text().default(DEFAULTS.separator),
  target_label: text().default(''),
  regex: regexp().default(DEFAULTS.regex),
  modulus: wholeNumber().default(0),
  replacement: text().default(DEFAULTS.replacement),
  action: checkedText(actionFault).default('replace'),
});

/** A list of relabelling rules: `relabel_configs`, `metric_relabel_configs`, `alert_relabel_configs`. */
export const relabelRules = listOf(relabelRule);

/** Cross-checks of the relabelling rules at `path`, as upstream's. */
export function checkRelabelRules(file: ConfigFile, path: YamlPath): void {
  for (const rule of file.items(path)) for (const [key, message] of ruleFaults(file, rule)) file.error([...rule, key], message);
}

/** From the file's rules to the contract. */
export function toRelabelRules(rules: z.output<typeof relabelRules>): RelabelRule[] {
  return rules.map((rule) => ({
    action: rule.action.toLowerCase() as RelabelAction,
    sourceLabels: rule.source_labels,
    separator: rule.separator,
    regex: rule.regex,
    modulus: rule.modulus,
    targetLabel: rule.target_label,
    replacement: rule.replacement,
  }));
}

function actionFault(action: string): string | undefined {
  return (ACTIONS as readonly string[]).includes(action.toLowerCase())
    ? undefined
    : `unknown relabel action "${action}" (use one of ${ACTIONS.join(', ')})`;
}

function ruleFaults(file: ConfigFile, rule: YamlPath): [key: string, message: string][] {
  const value = (key: string) => file.text([...rule, key]);
  const action = (value('action') ?? 'replace').toLowerCase();
  const target = value('target_label') ?? '';
  const faults: [string, string][] = [];
  if (action === 'hashmod' && !(Number(value('modulus') ?? 0) > 0)) {
    faults.push(['modulus', 'relabel configuration for hashmod requires non-zero modulus']);
  }
  if (NEEDS_TARGET.has(action) && target === '') {
    faults.push(['target_label', `relabel configuration for ${action} action requires 'target_label' value`]);
  } else if (NEEDS_TARGET.has(action) && !isLabelName(target)) {
    faults.push(['target_label', `"${target}" is invalid 'target_label' for ${action} action`]);
  }
  const replacement = value('replacement') ?? DEFAULTS.replacement;
  if ((action === 'lowercase' || action === 'uppercase') && replacement !== DEFAULTS.replacement) {
    faults.push(['replacement', `'replacement' can not be set for ${action} action`]);
  }
  if (action === 'labelmap' && !isLabelName(replacement)) {
    faults.push(['replacement', `"${replacement}" is invalid 'replacement' for labelmap action`]);
  }
  const isSet = (key: keyof typeof DEFAULTS) => (value(key) ?? DEFAULTS[key]) !== DEFAULTS[key];
  const hasModulus = Number(value('modulus') ?? 0) > 0;
  if ((action === 'keepequal' || action === 'dropequal') && (isSet('regex') || isSet('separator') || isSet('replacement') || hasModulus)) {
    faults.push(['action', `${action} action requires only 'source_labels' and 'target_label', and no other fields`]);
  }
  const hasOthers =
    file.items([...rule, 'source_labels']).length > 0 || target !== '' || isSet('separator') || isSet('replacement') || hasModulus;
  if ((action === 'labeldrop' || action === 'labelkeep') && hasOthers) {
    faults.push(['action', `${action} action requires only 'regex', and no other fields`]);
  }
  return faults;
}
