// The queries of dashboards that are defined in code, parsed before anybody looks at them. Variables are filled with placeholders: what the
// reader chooses is not known, but where a choice may stand is.
import type { Problem } from '../config/config.ts';
import type { DefinedDashboard } from '../config/grafana.ts';
import { parseQuery as parseLogql } from '../logql/parse/parser.ts';
import { messageOf } from '../model/app-error.ts';
import type { LanguageFeatures } from '../model/language-features.ts';
import { parseExpr } from '../promql/parse/parse.ts';
import { asRecord, asRecords, asText, type JsonRecord } from './loose-json.ts';

/** All queries of a dashboard that are not PromQL or LogQL by the type of their data source; problems name dashboard, panel and query. */
export function checkDashboardQueries({ json, file }: DefinedDashboard, features: LanguageFeatures): Problem[] {
  const problems: Problem[] = [];
  const variables = asRecords(asRecord(json.templating).list);
  const names = new Set(variables.map((variable) => asText(variable.name)));
  const intervals = new Set(variables.filter(({ type }) => type === 'interval').map(({ name }) => asText(name)));
  const check = (place: string, type: string, expr: string) => {
    const fault = unknownVariable(expr, names) ?? parseFault(expr, intervals, parsers(features)[type]);
    if (fault === undefined) return;
    const path = `dashboard "${asText(json.title)}": ${place}`;
    problems.push({ severity: 'error', file, line: 0, path, message: `${fault}; the query is: ${expr}` });
  };
  for (const panel of allPanels(json)) {
    for (const target of asRecords(panel.targets)) {
      const type = asText(asRecord(target.datasource).type) || asText(asRecord(panel.datasource).type);
      check(`panel "${asText(panel.title)}": query ${asText(target.refId)}`, type, asText(target.expr));
    }
  }
  for (const mark of asRecords(asRecord(json.annotations).list)) {
    check(`annotation "${asText(mark.name)}"`, asText(asRecord(mark.datasource).type), asText(mark.expr));
  }
  for (const variable of variables) {
    const selector = /^label_values\((.+),[^,]+\)$/.exec(asText(variable.definition))?.[1];
    if (selector !== undefined) check(`variable "${asText(variable.name)}"`, 'prometheus', selector);
  }
  return problems;
}

type Parse = (expr: string) => unknown;

function parsers(features: LanguageFeatures): Readonly<Record<string, Parse>> {
  return { prometheus: (expr) => parseExpr(expr, features), loki: parseLogql };
}

function allPanels(json: JsonRecord): JsonRecord[] {
  return asRecords(json.panels).flatMap((panel) => [panel, ...asRecords(panel.panels)]);
}

const REFERENCE = /\$([A-Za-z_]\w*)|\$\{(\w+)(?:\.[^:^}]+)?(?::[^}]+)?\}|\[\[(\w+?)(?::\w+)?\]\]/g;

function unknownVariable(expr: string, names: ReadonlySet<string>): string | undefined {
  for (const [text, plain, braced, bracketed] of expr.matchAll(REFERENCE)) {
    const name = plain ?? braced ?? bracketed ?? '';
    if (name.startsWith('__') || names.has(name)) continue;
    const known = names.size === 0 ? 'the dashboard has none' : `known are ${[...names].map((known) => `$${known}`).join(', ')}`;
    return `${text} is no variable of the dashboard; ${known}`;
  }
  return undefined;
}

/** What the parser says; undefined where one of the placeholders makes a good query, or where nobody here reads the language. */
function parseFault(expr: string, intervals: ReadonlySet<string>, parse: Parse | undefined): string | undefined {
  if (!parse) return undefined;
  let first: string | undefined;
  // A variable stands for a number, or for a name.
  for (const placeholder of ['1', 'x']) {
    try {
      parse(fillPlaceholders(expr, intervals, placeholder));
      return undefined;
    } catch (error) {
      first ??= messageOf(error);
    }
  }
  return first;
}

function fillPlaceholders(expr: string, intervals: ReadonlySet<string>, placeholder: string): string {
  return expr.replace(
    REFERENCE,
    (text, plain: string | undefined, braced: string | undefined, bracketed: string | undefined, at: number) => {
      const name = plain ?? braced ?? bracketed ?? '';
      // Before matchers or a range stands the name of a metric.
      if (/^\s*[{[]/.test(expr.slice(at + text.length))) return 'x';
      if (intervals.has(name) || /^__(rate_interval|interval|range|auto)$/.test(name)) return '5m';
      return name.startsWith('__') ? '300' : placeholder;
    },
  );
}
