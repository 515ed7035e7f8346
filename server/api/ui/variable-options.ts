// Choices of query variables: label_values, label_names, metrics and query_result, as Grafana's Prometheus data source knows them.
import type { DashboardAnswer, DashboardVariable } from '@alidade/sdk/schema';
import { RE2JS } from 're2js';
import { fillVariables } from '../../dashboards/variables.ts';
import { messageOf } from '../../model/app-error.ts';
import type { Matcher } from '../../model/matcher.ts';
import { parseSyntax } from '../../promql/parse/parser.ts';
import type { UiApiDeps } from './deps.ts';
import { uiError } from './errors.ts';

const MAX_OPTIONS = 1_000;
const TIMEOUT_MS = 10_000;
const SPAN_MS = 24 * 3_600_000;

/** The answer with the options of its query variables; one that fails leaves a note and the rest goes on. */
export async function withOptions(answer: DashboardAnswer, deps: UiApiDeps): Promise<DashboardAnswer> {
  if (!answer.dashboard.variables.some(isOpen)) return answer;
  const notes = [...answer.notes];
  const variables: DashboardVariable[] = [];
  // In order, because a query may use the variables before it.
  for (const variable of answer.dashboard.variables) {
    if (!isOpen(variable)) {
      variables.push(variable);
      continue;
    }
    try {
      variables.push(choose(variable, await optionsOf(variable, variables, deps)));
    } catch (error) {
      notes.push(`variable "${variable.name}": ${messageOf(error)}`);
      variables.push(variable);
    }
  }
  return { ...answer, dashboard: { ...answer.dashboard, variables }, notes };
}

function isOpen(variable: DashboardVariable): boolean {
  return variable.type === 'query' && variable.query !== undefined && variable.query !== '';
}

function choose(variable: DashboardVariable, options: string[]): DashboardVariable {
  const isChosen = variable.current.length > 0;
  const first = options.slice(0, 1);
  return { ...variable, options, current: isChosen ? variable.current : first };
}

async function optionsOf(variable: DashboardVariable, before: readonly DashboardVariable[], deps: UiApiDeps): Promise<string[]> {
  const query = fillVariables(variable.query ?? '', Object.fromEntries(before.map((other) => [other.name, standIn(other)])));
  const found = filtered(await ask(query, deps), variable.regex ?? '');
  return [...new Set(found)].slice(0, MAX_OPTIONS);
}

/** What a variable stands for before anybody has chosen. */
function standIn({ current, options, allValue, multi }: DashboardVariable): string | readonly string[] {
  if (current.includes('$__all')) return allValue ?? (options.length > 0 ? options : '.*');
  return multi || current.length > 1 ? current : (current[0] ?? '');
}

async function ask(query: string, { clock, metrics, engine }: UiApiDeps): Promise<string[]> {
  const endMs = clock.nowMs();
  const limits = { timeoutMs: TIMEOUT_MS };
  const span = { startMs: endMs - SPAN_MS, endMs, limit: MAX_OPTIONS };
  const [, name = '', inner = ''] = /^\s*(label_values|label_names|metrics|query_result)\s*\(([\s\S]*)\)\s*$/.exec(query) ?? [];
  if (name === 'label_names') return metrics.labelNames({ ...span, matcherSets: [] }, limits);
  if (name === 'metrics') {
    const wanted = compile(inner.trim());
    const names = await metrics.labelValues('__name__', { ...span, limit: 0, matcherSets: [] }, limits);
    return names.filter((metric) => wanted.matcher(metric).find());
  }
  if (name === 'label_values') {
    const [, selector = '', label = ''] = /^(?:([\s\S]*),)?\s*([^,\s]+)\s*$/.exec(inner) ?? [];
    return metrics.labelValues(label, { ...span, matcherSets: selector.trim() === '' ? [] : [matchersOf(selector)] }, limits);
  }
  const { value } = await engine.instant({ expr: name === 'query_result' ? inner : query, timeMs: endMs, timeoutMs: TIMEOUT_MS });
  if (value.type === 'scalar') return [String(value.value)];
  if (value.type !== 'vector') throw uiError('ui.unsupported', `the query "${query}" returns no instant vector`);
  return value.labels.map((labels, i) => `${labels.toString()} ${value.values[i]} ${value.timestampMs}`);
}

function matchersOf(selector: string): readonly Matcher[] {
  const expr = parseSyntax(selector);
  if (expr.kind !== 'selector') throw uiError('ui.bad_request', `"${selector}" is not a series selector`);
  return expr.matchers;
}

/** Keeps what the expression finds; its first group (or the one named "value") is the option. `/…/` around it is Grafana's habit. */
function filtered(options: readonly string[], regex: string): readonly string[] {
  const source = /^\/([\s\S]*)\/[a-z]*$/.exec(regex)?.[1] ?? regex;
  if (source === '') return options;
  const pattern = compile(source.replaceAll('(?<', '(?P<'));
  const hasValueGroup = source.includes('(?<value>');
  return options.flatMap((option) => {
    const matcher = pattern.matcher(option);
    if (!matcher.find()) return [];
    if (hasValueGroup) return matcher.group('value') ?? [];
    return matcher.groupCount() > 0 ? (matcher.group(1) ?? []) : option;
  });
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    throw uiError('ui.bad_request', `the regular expression "${source}" is invalid: ${messageOf(error)}`);
  }
}
