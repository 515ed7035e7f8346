import type { RuleGroup } from '../schema/rule-file.ts';
import type { Slo } from '../schema/slo.ts';
import { sloGroupName } from '../slo/rules.ts';
import { type AlertingOptions, alertmanagerConfig } from './alerting.ts';
import type { Dashboard } from './dashboards/dashboard.ts';
import { type Datasource, prometheusSource } from './datasources.ts';
import { CodeError } from './errors.ts';
import { snakeKeys } from './keys.ts';
import type { ScrapeOptions } from './scrape.ts';

/** Everything that is defined for a service, or for many. */
export interface ProjectOptions {
  /** Lower-case letters, digits and hyphens; names the generated files. */
  readonly name: string;
  /** Title of the folder of its dashboards; default: the name. */
  readonly folder?: string;
  readonly dashboards?: readonly Dashboard[];
  readonly rules?: readonly RuleGroup[];
  /** Rules on log lines, in LogQL, for Loki's ruler. */
  readonly logRules?: readonly RuleGroup[];
  /** Objectives; their recording rules and alerts are generated. */
  readonly slos?: readonly Slo[];
  readonly alerting?: AlertingOptions;
  readonly scrape?: ScrapeOptions;
  /** Grafana's data sources; default: Prometheus. */
  readonly datasources?: readonly Datasource[];
}

/** A project in the shapes of the programs that read it: plain data, as JSON and YAML have it. */
export interface Project {
  readonly name: string;
  readonly folder: string;
  readonly dashboards: readonly Dashboard[];
  readonly ruleGroups: readonly RuleGroup[];
  /** Rules in LogQL. */
  readonly logRuleGroups?: readonly RuleGroup[];
  readonly slos: readonly Slo[];
  /** alertmanager.yml. */
  readonly alertmanager?: Readonly<Record<string, unknown>>;
  /** prometheus.yml without its `rule_files`. */
  readonly prometheus?: Readonly<Record<string, unknown>>;
  readonly datasources: readonly Datasource[];
}

/** A project: what a `*.alidade.ts` file exports by default. Throws `code.invalid_project` where names are used twice. */
export function defineProject(options: ProjectOptions): Project {
  const {
    name,
    folder = name,
    dashboards = [],
    rules = [],
    logRules = [],
    slos = [],
    alerting,
    scrape,
    datasources = [prometheusSource()],
  } = options;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    throw new CodeError('code.invalid_project', `project "${name}": its name names files; use lower-case letters, digits and hyphens`);
  refuseTwice(
    name,
    'dashboard uid',
    dashboards.map(({ uid }) => uid),
  );
  refuseTwice(
    name,
    'rule group',
    [...rules, ...logRules].map((group) => group.name),
  );
  refuseTwice(
    name,
    'objective',
    slos.map((slo) => `${slo.service}/${slo.name}`),
  );
  refuseTwice(name, 'rule group of objectives (by service and name)', slos.map(sloGroupName));
  refuseTwice(
    name,
    'scrape job',
    (scrape?.jobs ?? []).map((job) => job.job_name),
  );
  refuseTwice(
    name,
    'data source',
    datasources.map(({ uid }) => uid),
  );
  return {
    name,
    folder,
    dashboards,
    ruleGroups: rules,
    ...(logRules.length > 0 && { logRuleGroups: logRules }),
    slos,
    datasources,
    ...(alerting && { alertmanager: alertmanagerConfig(alerting) }),
    ...(scrape && { prometheus: prometheusConfig(scrape) }),
  };
}

function prometheusConfig(options: ScrapeOptions): Record<string, unknown> {
  const { jobs = [], alertmanagers = [], remoteWrite = [], ...global } = options;
  const writes = remoteWrite.map(({ writeRelabel, ...rest }) => ({ ...rest, ...(writeRelabel && { writeRelabelConfigs: writeRelabel }) }));
  return {
    ...(Object.keys(global).length > 0 && { global: snakeKeys(global) }),
    ...(alertmanagers.length > 0 && { alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] } }),
    ...(jobs.length > 0 && { scrape_configs: jobs }),
    ...(writes.length > 0 && { remote_write: snakeKeys(writes) }),
  };
}

function refuseTwice(project: string, what: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new CodeError('code.invalid_project', `project "${project}": ${what} "${twice}" is defined twice; give one of them another name`);
}
