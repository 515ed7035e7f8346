// Everything that is known to be asked: the query log, rules, panels and variables of dashboards, each parsed and in its normal form.
import type { DashboardAnswer, DashboardVariable } from '@alidade/sdk/schema';
import type { RuleConfig, RuleGroupConfig } from '../config/rule-groups.ts';
import { fillVariables } from '../dashboards/variables.ts';
import { messageOf } from '../model/app-error.ts';
import { formatDurationMs, parseDurationMs } from '../model/duration.ts';
import { type LanguageFeatures, NO_FEATURES } from '../model/language-features.ts';
import type { Expr } from '../promql/parse/ast.ts';
import { formatExpr } from '../promql/parse/format.ts';
import { parseExpr, parseQuery } from '../promql/parse/parse.ts';
import { labelReads, reachOf, type SelectorReads } from './label-reads.ts';
import { Pace } from './pace.ts';
import type { LoggedQuery } from './query-log.ts';
import { templateQueries } from './template-queries.ts';

/** Expressions looked at; what is beyond counts as unreadable. */
const MAX_QUERIES = 10_000;
const DEFAULT_RANGE_MS = 6 * 3_600_000;
/** Names that objectives have. */
const SLO_NAME = /(?:^|[_:\-\s])(?:sl[oi]s?|error[_-]?budget)(?:[_:\-\s]|$)/i;

/** One expression and what it reads. */
export interface StoredQuery {
  readonly expr: string;
  readonly parsed: Expr;
  /** Where it stands, in words; the first place of several. */
  readonly source: string;
  readonly origin: 'asked' | 'rule' | 'dashboard';
  /** How far back it looks. */
  readonly backMs: number;
  /** Times asked; 1 for what stands in files. */
  readonly count: number;
  /** An objective depends on it. */
  readonly isSlo: boolean;
  readonly selectors: readonly SelectorReads[];
}

/** What could not be parsed; it may read anything that it names. */
export interface UnreadableQuery {
  readonly expr: string;
  readonly source: string;
  readonly reason: string;
}

/** Whether something with this name belongs to an objective. */
export function isSloName(name: string): boolean {
  return SLO_NAME.test(name);
}

/** All stored queries, each expression once. */
export interface StoredQueries {
  readonly queries: readonly StoredQuery[];
  readonly unreadable: readonly UnreadableQuery[];
  readonly counts: { readonly asked: number; readonly rules: number; readonly dashboards: number };
}

/** Where expressions come from. */
export interface QuerySources {
  readonly asked: readonly LoggedQuery[];
  readonly ruleGroups: readonly RuleGroupConfig[];
  readonly dashboards: readonly DashboardAnswer[];
  readonly features?: LanguageFeatures | undefined;
}

interface Found {
  readonly expr: string;
  readonly source: string;
  readonly origin: StoredQuery['origin'];
  /** Its own reach comes on top of this. */
  readonly rangeMs: number;
  /** Where the log knows all of it. */
  readonly backMs?: number | undefined;
  readonly count: number;
  readonly isSlo: boolean;
}

/** Parses all expressions, giving way to other work. */
export async function collectQueries(sources: QuerySources, signal?: AbortSignal): Promise<StoredQueries> {
  const pace = new Pace(signal);
  const byExpr = new Map<string, StoredQuery>();
  const unreadable: UnreadableQuery[] = [];
  const counts = { asked: sources.asked.length, rules: 0, dashboards: 0 };
  let seen = 0;
  for (const found of everything(sources)) {
    await pace.rest();
    if (found.origin === 'rule') counts.rules++;
    else if (found.origin === 'dashboard') counts.dashboards++;
    if (++seen > MAX_QUERIES) {
      unreadable.push({ expr: found.expr, source: found.source, reason: `only the first ${MAX_QUERIES} are read` });
      continue;
    }
    try {
      const query = readQuery(found, sources.features ?? NO_FEATURES);
      const other = byExpr.get(query.expr);
      byExpr.set(query.expr, other ? joined(other, query) : query);
    } catch (error) {
      unreadable.push({ expr: found.expr, source: found.source, reason: messageOf(error) });
    }
  }
  return { queries: [...byExpr.values()], unreadable, counts };
}

function readQuery({ expr, source, origin, rangeMs, backMs, count, isSlo }: Found, features: LanguageFeatures): StoredQuery {
  const normal = formatExpr(parseExpr(expr, features));
  // With what info() reads spelt out.
  const parsed = parseQuery(expr, features, { stepMs: 60_000, rangeMs: 3_600_000 });
  return { expr: normal, parsed, source, origin, backMs: backMs ?? rangeMs + reachOf(parsed), count, isSlo, selectors: labelReads(parsed) };
}

function joined(a: StoredQuery, b: StoredQuery): StoredQuery {
  return { ...a, backMs: Math.max(a.backMs, b.backMs), count: a.count + b.count, isSlo: a.isSlo || b.isSlo };
}

function* everything({ asked, ruleGroups, dashboards }: QuerySources): Iterable<Found> {
  for (const group of ruleGroups) for (const rule of group.rules) yield* ofRule(rule, group);
  for (const { dashboard } of dashboards) yield* ofDashboard(dashboard);
  for (const { expr, count, backMs } of asked)
    yield { expr, source: `asked ${count === 1 ? 'once' : `${count} times`}`, origin: 'asked', rangeMs: 0, backMs, count, isSlo: false };
}

function* ofRule(rule: RuleConfig, group: RuleGroupConfig): Iterable<Found> {
  const name = rule.type === 'recording' ? rule.record : rule.alert;
  const isSlo = [name, group.name, ...Object.keys(rule.labels)].some((text) => SLO_NAME.test(text));
  const source = `${rule.type === 'recording' ? 'recording rule' : 'alert'} ${name} (${group.name})`;
  const common = { origin: 'rule', rangeMs: group.queryOffsetMs, count: 1, isSlo } as const;
  yield { ...common, expr: rule.expr, source };
  if (rule.type === 'recording') return;
  for (const [name, text] of [...Object.entries(rule.labels), ...Object.entries(rule.annotations)])
    for (const expr of templateQueries(text)) yield { ...common, expr, source: `${source}, template of ${name}` };
}

function* ofDashboard({ title, time, panels, variables, annotations = [] }: DashboardAnswer['dashboard']): Iterable<Found> {
  const rangeMs = rangeOf(time.from);
  const values = { ...timeValues(rangeMs), ...Object.fromEntries(variables.map((variable) => [variable.name, standIn(variable)])) };
  const common = { origin: 'dashboard', rangeMs, count: 1, isSlo: SLO_NAME.test(title) } as const;
  for (const panel of panels)
    for (const { expr } of panel.targets)
      yield { ...common, expr: fillVariables(expr, values), source: `dashboard ${title}, panel ${panel.title || panel.type}` };
  for (const { name, expr } of annotations)
    yield { ...common, expr: fillVariables(expr, values), source: `dashboard ${title}, annotation ${name}` };
  for (const variable of variables) {
    const expr = variable.query ? expressionOf(fillVariables(variable.query, values)) : undefined;
    if (expr !== undefined) yield { ...common, expr, source: `dashboard ${title}, variable ${variable.name}` };
  }
}

/** What a variable stands for: what is chosen, or any value at all. */
function standIn({ current, allValue }: DashboardVariable): string | readonly string[] {
  if (current.includes('$__all')) return allValue ?? '.*';
  return current.length > 1 ? current : (current[0] ?? '.*');
}

function timeValues(rangeMs: number): Record<string, string> {
  const range = formatDurationMs(Math.max(1_000, rangeMs));
  const [fromMs, seconds] = [String(rangeMs), String(Math.round(rangeMs / 1_000))];
  return {
    __interval: '1m',
    __interval_ms: '60000',
    __rate_interval: '5m',
    __rate_interval_ms: '300000',
    __range: range,
    __range_s: seconds,
    __range_ms: fromMs,
  };
}

/** `now-30d` → 30 days. */
function rangeOf(from: string): number {
  const [, duration = ''] = /^now-(\d+[smhdwy])/.exec(from) ?? [];
  return duration === '' ? DEFAULT_RANGE_MS : parseDurationMs(duration);
}

/** A question that sees what Grafana's function sees; undefined for those that look at names of metrics or labels only. */
function expressionOf(query: string): string | undefined {
  const [, name = '', inner = ''] = /^\s*(label_values|label_names|metrics|query_result)\s*\(([\s\S]*)\)\s*$/.exec(query) ?? [];
  if (name === 'label_names' || name === 'metrics') return undefined;
  if (name === 'query_result') return inner;
  if (name !== 'label_values') return query;
  const [, selector = '', label = ''] = /^(?:([\s\S]*),)?\s*([^,\s]+)\s*$/.exec(inner) ?? [];
  return selector.trim() === '' ? undefined : `group by (${label}) (${selector})`;
}
