import { readFile } from 'node:fs/promises';
import type { AlertmanagerConfig } from '../alertmanager.ts';
import type { Problem } from '../config.ts';
import type { GrafanaConfig } from '../grafana.ts';
import type { Layout } from '../layout.ts';
import type { PrometheusConfig } from '../prometheus.ts';
import type { SloConfig } from '../slo-files.ts';
import { joinAlertmanager, joinPrometheus } from './join.ts';
import { loadProject } from './load-project.ts';
import { generatedFrom } from './project-text.ts';
import { type ProjectContext, type ReadProject, readProject } from './read-project.ts';

/** The projects of a folder, and how they join what its other files define. */
export class Projects {
  /** What is wrong with them, and with joining them. */
  readonly problems: Problem[] = [];
  /** The project files and what they import. */
  readonly files: string[] = [];
  readonly #projects: ReadProject[] = [];

  /** Runs and reads project files, one after the other. */
  static async load(files: readonly string[], context: ProjectContext): Promise<Projects> {
    const projects = new Projects();
    for (const file of files) {
      const loaded = await loadProject(file);
      const { read, problems } = await readProject(loaded, context);
      projects.files.push(...loaded.files);
      projects.problems.push(...problems);
      if (read) projects.#projects.push(read);
    }
    return projects;
  }

  get slos(): SloConfig[] {
    return this.#projects.flatMap(({ slos, file }) => slos.map((slo) => ({ slo, file })));
  }

  /** Whether a text is what a project here was written to: the project itself is read instead. */
  isGenerated(path: string, source: string): boolean {
    return this.#mayBeGenerated(path) && generatedFrom(source) !== '';
  }

  /** The layout without files that were generated from these projects. */
  async withoutGenerated(layout: Layout): Promise<Layout> {
    const isOurs = async (path: string) =>
      this.#mayBeGenerated(path) && this.isGenerated(path, await readFile(path, 'utf8').catch(() => ''));
    const { prometheusFile, alertmanagerFile } = layout;
    return {
      ...layout,
      prometheusFile: (await isOurs(prometheusFile)) ? '' : prometheusFile,
      alertmanagerFile: (await isOurs(alertmanagerFile)) ? '' : alertmanagerFile,
    };
  }

  joinPrometheus(base: PrometheusConfig): PrometheusConfig {
    const added = this.#projects.flatMap(({ prometheus }) => prometheus ?? []);
    const { config, problems } = joinPrometheus(base, added);
    this.problems.push(...problems);
    return config;
  }

  joinAlertmanager(base: AlertmanagerConfig | undefined): AlertmanagerConfig | undefined {
    const added = this.#projects.flatMap(({ alertmanager }) => alertmanager ?? []);
    const { config, problems } = joinAlertmanager(base, added);
    this.problems.push(...problems);
    return config;
  }

  joinGrafana(base: GrafanaConfig): GrafanaConfig {
    const dashboards = this.#projects.flatMap((project) => project.dashboards);
    const datasources = [...base.datasources];
    for (const source of this.#projects.flatMap((project) => project.datasources)) {
      if (datasources.every(({ uid }) => uid !== source.uid)) datasources.push(source);
    }
    return { ...base, datasources, ...(dashboards.length > 0 && { dashboards }) };
  }

  #mayBeGenerated(path: string): boolean {
    return this.#projects.some(({ generated }) => generated.has(path));
  }
}
