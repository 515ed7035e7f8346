import type { Config, Problem } from './config/config.ts';
import { type LoadOptions, loadConfig } from './config/load.ts';
import { sortProblems } from './config/problem.ts';
import type { LanguageChecks } from './config/rule-groups.ts';
import type { CommandLineFlags } from './config/server.ts';
import { checkDashboardQueries } from './dashboards/check-queries.ts';
import { parseExpr } from './promql/parse/parse.ts';
import { checkTemplate } from './template/template.ts';

/** The parsers of this server, for what stands in configurations. */
export const languageChecks: LanguageChecks = {
  checkExpr: (expr, features) => {
    parseExpr(expr, features);
  },
  checkTemplate,
};

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
