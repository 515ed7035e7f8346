import type { ProjectFile } from '../code/files.ts';

/** A list of addresses with labels, as `static_configs` has it. */
export interface StaticGroup {
  readonly targets: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** A scrape job as prometheus.yml has it. */
export interface ScrapeJob {
  readonly job_name: string;
  readonly static_configs?: readonly StaticGroup[];
  readonly relabel_configs?: readonly unknown[];
  readonly [key: string]: unknown;
}

/** A rule file. */
export interface RuleFile {
  /** Without folder and ending. */
  readonly name: string;
  readonly content: { readonly groups: readonly unknown[] };
}

/** A dashboard and where it stands below the folder of dashboards. */
export interface DashboardFile {
  readonly folder: string;
  readonly uid: string;
  readonly json: unknown;
}

/** What a deployment is made of: the contents of the files that `alidade generate` writes. */
export interface Definitions {
  readonly global: Readonly<Record<string, unknown>>;
  readonly jobs: readonly ScrapeJob[];
  readonly rules: readonly RuleFile[];
  /** For Loki's ruler. */
  readonly logRules: readonly RuleFile[];
  readonly alertmanager: Readonly<Record<string, unknown>>;
  readonly dashboards: readonly DashboardFile[];
  /** Provisioned folders: title and the last part of their path. */
  readonly folders: readonly { readonly title: string; readonly slug: string }[];
  readonly datasources: readonly { readonly uid: string; readonly [key: string]: unknown }[];
}

/** Used where no project says whom to tell. */
const NOBODY = { route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] };

/** Takes the files of projects apart. */
export function definitionsOf(files: readonly ProjectFile[]): Definitions {
  const prometheus = (contentOf(files, 'prometheus/prometheus.yml') ?? {}) as Record<string, unknown>;
  return {
    global: (prometheus.global ?? {}) as Record<string, unknown>,
    jobs: (prometheus.scrape_configs ?? []) as ScrapeJob[],
    rules: ruleFiles(files, /^prometheus\/rules\/(.+)\.ya?ml$/),
    logRules: ruleFiles(files, /^loki\/rules\/fake\/(.+)\.ya?ml$/),
    alertmanager: (contentOf(files, 'alertmanager/alertmanager.yml') ?? NOBODY) as Record<string, unknown>,
    dashboards: files.flatMap(({ path, content }) => {
      const [, folder, uid] = /^grafana\/dashboards\/([^/]+)\/([^/]+)\.json$/.exec(path) ?? [];
      return folder === undefined || uid === undefined ? [] : [{ folder, uid, json: content }];
    }),
    folders: foldersOf(files),
    datasources: files
      .filter(({ path }) => path.startsWith('grafana/provisioning/datasources/'))
      .flatMap(({ content }) => (content as { datasources: Definitions['datasources'] }).datasources),
  };
}

function ruleFiles(files: readonly ProjectFile[], pattern: RegExp): RuleFile[] {
  return files.flatMap(({ path, content }) => {
    const name = pattern.exec(path)?.[1];
    return name === undefined ? [] : [{ name, content: content as RuleFile['content'] }];
  });
}

function contentOf(files: readonly ProjectFile[], wanted: string): unknown {
  return files.find(({ path }) => path === wanted)?.content;
}

interface Provider {
  readonly folder: string;
  readonly options: { readonly path: string };
}

function foldersOf(files: readonly ProjectFile[]): Definitions['folders'] {
  const providers = files
    .filter(({ path }) => path.startsWith('grafana/provisioning/dashboards/'))
    .flatMap(({ content }) => (content as { providers: readonly Provider[] }).providers);
  const bySlug = new Map(providers.map(({ folder, options }) => [options.path.replace(/^.*\//, ''), folder]));
  return [...bySlug].map(([slug, title]) => ({ slug, title })).sort((a, b) => (a.slug < b.slug ? -1 : 1));
}
