// Where the parts of a project stand when it is written out: the layout of the upstream programs' own examples, which Alidade finds by itself.
import { sloRules } from '../slo/rules.ts';
import type { Dashboard } from './dashboards/dashboard.ts';
import type { Project } from './project.ts';

/** A file of a project: what it holds as JSON and YAML have it. */
export interface ProjectFile {
  /** Relative, with slashes; its ending says whether it is YAML or JSON. */
  readonly path: string;
  readonly content: unknown;
}

/** Where Grafana's container has the dashboards. */
const DASHBOARDS_IN_CONTAINER = '/var/lib/grafana/dashboards';

/** All files of a project but those of objectives in other tools' formats, by path. */
export function projectFiles(project: Project): ProjectFile[] {
  const files = [...prometheusFiles(project), ...alertmanagerFiles(project), ...lokiFiles(project), ...grafanaFiles(project)];
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The rule files: what was written, and what follows from objectives. */
export function ruleFiles({ name, ruleGroups, slos }: Project): ProjectFile[] {
  const ofSlos = slos.flatMap(sloRules);
  return [
    ...(ruleGroups.length === 0 ? [] : [{ path: `prometheus/rules/${name}.yml`, content: { groups: ruleGroups } }]),
    ...(ofSlos.length === 0 ? [] : [{ path: `prometheus/rules/${name}-slo.yml`, content: { groups: ofSlos } }]),
  ];
}

/** Where the objectives of a project are written in OpenSLO, which Alidade reads too. */
export function openSloPath({ name }: Project): string {
  return `slo/${name}.yml`;
}

/** The folder of a dashboard as part of a path. */
export function folderSlug(title: string): string {
  return (
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'general'
  );
}

function prometheusFiles(project: Project): ProjectFile[] {
  const rules = ruleFiles(project);
  if (!project.prometheus && rules.length === 0) return [];
  const { global, alerting, ...rest } = project.prometheus ?? {};
  const content = {
    ...(global !== undefined && { global }),
    ...(alerting !== undefined && { alerting }),
    ...(rules.length > 0 && { rule_files: rules.map(({ path }) => path.replace(/^prometheus\//, '')) }),
    ...rest,
  };
  return [{ path: 'prometheus/prometheus.yml', content }, ...rules];
}

function alertmanagerFiles({ alertmanager }: Project): ProjectFile[] {
  return alertmanager ? [{ path: 'alertmanager/alertmanager.yml', content: alertmanager }] : [];
}

/** Rules on log lines, where Loki's ruler looks when it has one tenant. */
function lokiFiles({ name, logRuleGroups = [] }: Project): ProjectFile[] {
  return logRuleGroups.length === 0 ? [] : [{ path: `loki/rules/fake/${name}.yml`, content: { groups: logRuleGroups } }];
}

function grafanaFiles(project: Project): ProjectFile[] {
  const { name, dashboards } = project;
  const datasources = project.datasources.map((source) => ({ access: 'proxy', editable: false, ...source }));
  return [
    ...(datasources.length === 0
      ? []
      : [{ path: `grafana/provisioning/datasources/${name}.yml`, content: { apiVersion: 1, datasources } }]),
    ...(dashboards.length === 0 ? [] : [{ path: `grafana/provisioning/dashboards/${name}.yml`, content: providers(project) }]),
    ...dashboards.map((dashboard) => ({
      path: `grafana/dashboards/${folderSlug(folderOf(dashboard, project))}/${dashboard.uid}.json`,
      content: dashboard.json,
    })),
  ];
}

/** The title of the folder that a dashboard stands in. */
export function folderOf(dashboard: Dashboard, project: Project): string {
  return dashboard.folder || project.folder;
}

function providers(project: Project): unknown {
  const folders = [...new Set(project.dashboards.map((dashboard) => folderOf(dashboard, project)))].sort();
  return {
    apiVersion: 1,
    providers: folders.map((folder) => ({
      name: `${project.name}: ${folder}`,
      folder,
      type: 'file',
      disableDeletion: false,
      allowUiUpdates: false,
      options: { path: `${DASHBOARDS_IN_CONTAINER}/${folderSlug(folder)}` },
    })),
  };
}
