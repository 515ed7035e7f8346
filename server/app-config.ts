import type { Config, Problem, RetentionConfig } from './config/config.ts';
import { type LoadOptions, loadConfig } from './config/load.ts';
import { sortProblems } from './config/problem.ts';
import type { LanguageChecks } from './config/rule-groups.ts';
import type { CommandLineFlags } from './config/server.ts';
import { checkDashboardQueries } from './dashboards/check-queries.ts';
import { parseSelector } from './logql/parse/parser.ts';
import { AppError } from './model/app-error.ts';
import type { Matcher } from './model/matcher.ts';
import { parseExpr } from './promql/parse/parse.ts';
import type { Retention } from './storage/options.ts';
import type { SpanFilter } from './storage/store.ts';
import { checkTemplate } from './template/template.ts';
import { compileTraceql } from './traceql/query.ts';

/** The parsers of this server, for what stands in configurations. */
export const languageChecks: LanguageChecks = {
  checkExpr: (expr, features) => {
    parseExpr(expr, features);
  },
  checkTemplate,
  checkRetention: (signal, match) => void compileRetention[signal](match),
};

/** What rules of retention select, by the language of their signal. */
const compileRetention = { metrics: seriesMatchers, logs: parseSelector, traces: traceFilters } as const;

/** Retention as the store takes it. */
export function storeRetention({ rules, ...bounds }: RetentionConfig): Retention {
  const { metrics, logs, traces } = rules;
  return {
    ...bounds,
    rules: {
      metrics: metrics.map(({ match, ageMs }) => ({ matchers: seriesMatchers(match), ageMs })),
      logs: logs.map(({ match, ageMs }) => ({ matchers: parseSelector(match), ageMs })),
      traces: traces.map(({ match, ageMs }) => ({ filters: traceFilters(match), ageMs })),
    },
  };
}

function seriesMatchers(match: string): readonly Matcher[] {
  const expr = parseExpr(match);
  if (expr.kind === 'selector') return expr.matchers;
  throw new AppError('app.bad_retention', `"${match}" is not a series selector (write {__name__=~"debug_.*"})`);
}

/** Only what the store decides alone: a rule deletes what a search would find. */
function traceFilters(match: string): readonly SpanFilter[] {
  const { filters, isExact, isNever, traceId, minTraceDurationNs, maxTraceDurationNs } = compileTraceql(match).plan;
  const isOther = isNever || traceId !== undefined || minTraceDurationNs !== undefined || maxTraceDurationNs !== undefined;
  if (isExact && !isOther && filters.length > 0) return filters;
  throw new AppError('app.bad_retention', `"${match}" cannot be decided by single spans; write comparisons of attributes in one { … }`);
}

/** Reads the configuration of `dir` and checks the languages in it. `config` is absent when there are errors. */
export async function loadChecked(
  dir: string | undefined,
  flags: CommandLineFlags,
): Promise<{ config?: Config; problems: Problem[]; watch: readonly string[] }> {
  const options: LoadOptions = { ...(dir === undefined ? {} : { dir }), flags, ...languageChecks };
  const { config, problems, watch } = await loadConfig(options);
  if (!config) return { problems, watch };
  const dashboards = config.grafana.dashboards ?? [];
  const faults = dashboards.flatMap((dashboard) => checkDashboardQueries(dashboard, config.server.query.features));
  return faults.length === 0 ? { config, problems, watch } : { problems: sortProblems([...problems, ...faults]), watch };
}
