import { dirname, join, relative } from 'node:path';
import { folderOf, folderSlug, openSloPath, type Project, type ProjectFile, projectFiles } from '@alidade/sdk/code';
import type { Slo } from '@alidade/sdk/schema';
import type { LanguageFeatures } from '../../model/language-features.ts';
import { type AlertmanagerConfig, readAlertmanager } from '../alertmanager.ts';
import type { Problem } from '../config.ts';
import { ConfigFile } from '../config-file.ts';
import { type DatasourceConfig, type DefinedDashboard, readDatasources } from '../grafana.ts';
import type { MapPath } from '../map-path.ts';
import { type PrometheusConfig, readPrometheus } from '../prometheus.ts';
import { type LanguageChecks, type RuleGroupConfig, readRuleGroups } from '../rule-groups.ts';
import { definitionPlace } from './definition-place.ts';
import type { LoadedProject } from './load-project.ts';
import { formatProjectFile } from './project-text.ts';

/** What a project takes from its surroundings. */
export interface ProjectContext {
  /** Paths in the files of a program, of which relative ones are below `baseDir`. */
  readonly mapPath: (program: 'prometheus' | 'alertmanager', baseDir: string) => MapPath;
  readonly env: NodeJS.ProcessEnv;
  readonly features: LanguageFeatures;
  /** Names of Prometheus' features that are turned on. */
  readonly enabled: ReadonlySet<string>;
  readonly checks: LanguageChecks;
}

/** A project as the files that it stands for would be read: same texts, same checks, same defaults. */
export interface ReadProject {
  /** The project file. */
  readonly file: string;
  readonly prometheus?: PrometheusConfig;
  readonly alertmanager?: AlertmanagerConfig;
  readonly datasources: readonly DatasourceConfig[];
  readonly dashboards: readonly DefinedDashboard[];
  readonly slos: readonly Slo[];
  /** Absolute paths that the project is written to by `alidade generate` without `--out`. */
  readonly generated: ReadonlySet<string>;
}

/** Reads a project through its texts, so that TypeScript and YAML are validated by one code. Problems name the definition. */
export async function readProject(
  { file, project, problems: faults }: LoadedProject,
  context: ProjectContext,
): Promise<{ read?: ReadProject; problems: readonly Problem[] }> {
  if (!project) return { problems: faults };
  return await new ProjectReader(file, project, context).read();
}

class ProjectReader {
  readonly #file: string;
  readonly #dir: string;
  readonly #project: Project;
  readonly #context: ProjectContext;
  readonly #files: readonly ProjectFile[];
  readonly #problems: Problem[] = [];

  constructor(file: string, project: Project, context: ProjectContext) {
    this.#file = file;
    this.#dir = dirname(file);
    this.#project = project;
    this.#context = context;
    this.#files = projectFiles(project);
  }

  async read(): Promise<{ read: ReadProject; problems: readonly Problem[] }> {
    const prometheus = await this.#prometheus();
    const alertmanager = await this.#alertmanager();
    this.#warnOfLogRules();
    const read: ReadProject = {
      file: this.#file,
      ...(prometheus && { prometheus }),
      ...(alertmanager && { alertmanager }),
      datasources: this.#datasources(),
      dashboards: this.#dashboards(),
      slos: this.#project.slos,
      generated: new Set([...this.#files.map(({ path }) => path), openSloPath(this.#project)].map((path) => join(this.#dir, path))),
    };
    return { read, problems: this.#problems };
  }

  async #prometheus(): Promise<PrometheusConfig | undefined> {
    const found = this.#text('prometheus/prometheus.yml');
    if (!found) return undefined;
    const { mapPath, env, enabled } = this.#context;
    const baseDir = dirname(found.path);
    const { file, settings } = await readPrometheus(this.#file, found.text, {
      mapPath: mapPath('prometheus', baseDir),
      env,
      features: enabled,
    });
    this.#take(file, found.content);
    const { ruleQueryOffsetMs, rulePatterns: _ours, ...prometheus } = settings;
    return { ...prometheus, ruleGroups: this.#ruleGroups(prometheus.evaluationIntervalMs, ruleQueryOffsetMs) };
  }

  #ruleGroups(intervalMs: number, queryOffsetMs: number): RuleGroupConfig[] {
    const { features, checks } = this.#context;
    return (
      this.#files
        // What follows from objectives is generated where all objectives are known.
        .filter(({ path }) => path === `prometheus/rules/${this.#project.name}.yml`)
        .flatMap((rules) => {
          const file = new ConfigFile(this.#file, formatProjectFile(rules, this.#file));
          const groups = readRuleGroups(file, { intervalMs, queryOffsetMs, features }, checks) ?? [];
          this.#take(file, rules.content);
          return groups;
        })
    );
  }

  async #alertmanager(): Promise<AlertmanagerConfig | undefined> {
    const found = this.#text('alertmanager/alertmanager.yml');
    if (!found) return undefined;
    const { file, config } = await readAlertmanager(this.#file, found.text, this.#context.mapPath('alertmanager', dirname(found.path)));
    this.#take(file, found.content);
    return config;
  }

  #warnOfLogRules(): void {
    const count = (this.#project.logRuleGroups ?? []).flatMap(({ rules }) => rules).length;
    if (count === 0) return;
    const message = `${count} rules on log lines are written for Loki's ruler (alidade generate) but not evaluated here yet`;
    this.#problems.push({ severity: 'warning', file: this.#file, line: 0, path: 'logRules', message });
  }

  #datasources(): readonly DatasourceConfig[] {
    const found = this.#text(`grafana/provisioning/datasources/${this.#project.name}.yml`);
    if (!found) return [];
    const { file, datasources } = readDatasources(this.#file, found.text, { mapPath: (path) => path, env: this.#context.env });
    this.#take(file, found.content);
    return datasources;
  }

  #dashboards(): DefinedDashboard[] {
    return this.#project.dashboards.map((dashboard) => {
      const folder = folderOf(dashboard, this.#project);
      const written = join(this.#dir, 'grafana/dashboards', folderSlug(folder), `${dashboard.uid}.json`);
      return { folder, file: this.#file, written, json: dashboard.json };
    });
  }

  #text(path: string): { readonly path: string; readonly content: unknown; readonly text: string } | undefined {
    const found = this.#files.find((file) => file.path === path);
    if (!found) return undefined;
    return { path: join(this.#dir, path), content: found.content, text: formatProjectFile(found, relative(this.#dir, this.#file)) };
  }

  /** Takes over the problems of a text: they lead to a definition, as the text's lines exist nowhere. */
  #take(file: ConfigFile, content: unknown): void {
    for (const problem of file.problems) {
      const { place, value } = definitionPlace(content, problem.path);
      const text = problem.path.endsWith('.expr') && typeof value === 'string' ? `; the expression is: ${value}` : '';
      this.#problems.push({ ...problem, line: 0, path: place, message: problem.message + text });
    }
  }
}
