import { createHash } from 'node:crypto';
import type { RE2JS } from 're2js';
import { isLabelName } from '../model/label-name.ts';
import type { Labels } from '../model/labels.ts';
import { compileAnchored } from '../model/matcher.ts';
import { simpleTest } from '../model/simple-regexp.ts';
import { relabelError } from './errors.ts';
import { expandTemplate, hasReference } from './expand.ts';
import { LabelBuilder } from './label-builder.ts';
import type { RelabelRule } from './rule.ts';

/** Applies one rule; false drops the target or series. */
type Step = (labels: LabelBuilder) => boolean;

const DEFAULT_REGEX = '(.*)';

// Rules live as long as their configuration, so the cache dies with it.
const compiled = new WeakMap<RelabelRule, Step>();

/**
 * Applies relabelling rules in order, exactly as Prometheus 3: `undefined` means dropped.
 * Throws AppError `matcher.bad_regexp` or `relabel.bad_modulus` for rules that the configuration did not check.
 */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  if (rules.length === 0) return labels;
  const builder = new LabelBuilder(labels);
  for (const rule of rules) if (!stepOf(rule)(builder)) return undefined;
  return builder.build();
}

function stepOf(rule: RelabelRule): Step {
  let step = compiled.get(rule);
  if (!step) {
    step = compileRule(rule);
    compiled.set(rule, step);
  }
  return step;
}

function compileRule(rule: RelabelRule): Step {
  const { targetLabel } = rule;
  const isMatch = testOf(rule.regex);
  const source = sourceOf(rule);
  switch (rule.action) {
    case 'keep':
      return (labels) => isMatch(source(labels));
    case 'drop':
      return (labels) => !isMatch(source(labels));
    case 'keepequal':
      return (labels) => labels.get(targetLabel) === source(labels);
    case 'dropequal':
      return (labels) => labels.get(targetLabel) !== source(labels);
    case 'replace':
      return replaceStep(rule, compileAnchored(rule.regex), source);
    case 'hashmod':
      return hashmodStep(rule, source);
    case 'lowercase':
      return always((labels) => labels.set(targetLabel, mapCase(source(labels), 'toLowerCase')));
    case 'uppercase':
      return always((labels) => labels.set(targetLabel, mapCase(source(labels), 'toUpperCase')));
    case 'labelmap':
      return labelmapStep(rule, compileAnchored(rule.regex));
    case 'labeldrop':
      return eachName((labels, name) => isMatch(name) && labels.delete(name));
    case 'labelkeep':
      return eachName((labels, name) => !isMatch(name) && labels.delete(name));
  }
}

/** Lists of names, as of metrics to drop, may be so long that compiling them takes seconds. */
function testOf(regex: string): (text: string) => boolean {
  const simple = simpleTest(regex);
  if (simple) return simple;
  const pattern = compileAnchored(regex);
  return (text) => pattern.matches(text);
}

function sourceOf({ sourceLabels, separator }: RelabelRule): (labels: LabelBuilder) => string {
  const [only] = sourceLabels;
  if (only !== undefined && sourceLabels.length === 1) return (labels) => labels.get(only);
  return (labels) => sourceLabels.map((name) => labels.get(name)).join(separator);
}

function replaceStep(rule: RelabelRule, pattern: RE2JS, source: (labels: LabelBuilder) => string): Step {
  const { targetLabel, replacement } = rule;
  // Adding or deleting a fixed label is the commonest rule: no match needed.
  const isFixed = rule.regex === DEFAULT_REGEX && !hasReference(targetLabel) && !hasReference(replacement);
  if (isFixed) return always((labels) => isLabelName(targetLabel) && labels.set(targetLabel, replacement));
  return always((labels) => {
    const match = pattern.matcher(source(labels));
    if (!match.matches()) return;
    const target = expandTemplate(targetLabel, match);
    if (isLabelName(target)) labels.set(target, expandTemplate(replacement, match));
  });
}

function hashmodStep(rule: RelabelRule, source: (labels: LabelBuilder) => string): Step {
  if (!(rule.modulus > 0)) throw relabelError('relabel.bad_modulus', `hashmod needs a modulus above 0, not ${rule.modulus}`);
  const modulus = BigInt(rule.modulus);
  return always((labels) => {
    // The last eight bytes, as upstream: stable shards across versions.
    const hash = createHash('md5').update(source(labels), 'utf8').digest().readBigUInt64BE(8);
    labels.set(rule.targetLabel, String(hash % modulus));
  });
}

function labelmapStep(rule: RelabelRule, pattern: RE2JS): Step {
  return always((labels) => {
    for (const [name, value] of labels.snapshot()) {
      const match = pattern.matcher(name);
      if (!match.matches()) continue;
      const target = expandTemplate(rule.replacement, match);
      if (isLabelName(target)) labels.set(target, value);
    }
  });
}

function always(change: (labels: LabelBuilder) => unknown): Step {
  return (labels) => {
    change(labels);
    return true;
  };
}

function eachName(change: (labels: LabelBuilder, name: string) => unknown): Step {
  return always((labels) => {
    for (const [name] of labels.snapshot()) change(labels, name);
  });
}

// Go maps rune by rune; JavaScript also applies mappings to several characters and by context (ß → SS, final sigma), which are undone here.
function mapCase(text: string, method: 'toLowerCase' | 'toUpperCase'): string {
  let mapped = '';
  for (const character of text) {
    const other = character === 'İ' && method === 'toLowerCase' ? 'i' : character[method]();
    mapped += [...other].length === 1 ? other : character;
  }
  return mapped;
}
