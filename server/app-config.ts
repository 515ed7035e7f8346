import type { Config, Problem } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import type { LanguageChecks } from './config/rule-groups.ts';
import type { CommandLineFlags } from './config/server.ts';
import { parseExpr } from './promql/parse/parse.ts';
import { checkTemplate } from './template/template.ts';

/** Reads the configuration of `dir` and checks the languages in it. `config` is absent when there are errors. */
export function loadChecked(dir: string | undefined, flags: CommandLineFlags): Promise<{ config?: Config; problems: Problem[] }> {
  const checkExpr: LanguageChecks['checkExpr'] = (expr, features) => {
    parseExpr(expr, features);
  };
  return loadConfig({ ...(dir === undefined ? {} : { dir }), flags, checkExpr, checkTemplate });
}
