import { type Dirent, existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { messageOf } from '../model/app-error.ts';
import { type LanguageFeatures, NO_FEATURES } from '../model/language-features.ts';
import { isLoopback } from '../model/loopback.ts';
import { ADVICE_FILE, type AppliedAdvice, readAdviceFile, withAdvice } from './advice.ts';
import { type AlertmanagerConfig, readAlertmanager } from './alertmanager.ts';
import { type AlidadeSettings, parseListen, readAlidadeFile } from './alidade-file.ts';
import { type Compose, type ComposeRole, readCompose } from './compose.ts';
import type { Config, Problem } from './config.ts';
import { ConfigFile } from './config-file.ts';
import { pathMapper } from './container-paths.ts';
import { deepFreeze } from './deep-freeze.ts';
import { flag } from './fields.ts';
import { expandGlob, folderOfGlob } from './glob.ts';
import {
  type DashboardFolderConfig,
  type DatasourceConfig,
  type GrafanaConfig,
  readDashboardProviders,
  readDatasources,
} from './grafana.ts';
import { namesNodeExporter, namesPushgateway } from './host-collector.ts';
import {
  findAlidadeFile,
  findComposeFile,
  findDashboardFiles,
  findLayout,
  findOtherFiles,
  findProjectFiles,
  isProjectFile,
  type Layout,
} from './layout.ts';
import type { MapPath } from './map-path.ts';
import { sortProblems } from './problem.ts';
import { Projects } from './project/projects.ts';
import { EMPTY_PROMETHEUS, type PrometheusConfig, readPrometheus } from './prometheus.ts';
import { checkRetentionRules } from './retention.ts';
import { type LanguageChecks, type RuleGroupConfig, readRuleGroups } from './rule-groups.ts';
import { authFiles, buildServerConfig, type CommandLineFlags, hasCredentials, openAddressMessage } from './server.ts';
import { findSloFiles, isSloFile, readSlos, SLO_FOLDERS, type SloConfig, shortRetention, sloRuleGroups } from './slo-files.ts';

/** What `loadConfig` needs. The checks throw an AppError whose message begins with `line:column: ` where it has a place. */
export interface LoadOptions extends LanguageChecks {
  /** Folder of the configuration, or a single prometheus.yml or project file. Absent: an empty server. */
  readonly dir?: string;
  readonly flags: CommandLineFlags;
  readonly env?: NodeJS.ProcessEnv;
}

const EMPTY_ALIDADE: AlidadeSettings = { rules: [], slo: [], resolve: {}, enable_features: [] };
const EMPTY_LAYOUT: Layout = { prometheusFile: '', alertmanagerFile: '', provisioningDir: '', dashboardsDir: '' };

/**
 * Reads the whole configuration: finds the files, checks them and fills in defaults. All problems come back at once, sorted by place; with
 * an error among them there is no configuration, but `watch` names what was read, so that its mending is noticed. Never throws for what stands in files or flags.
 */
export async function loadConfig(options: LoadOptions): Promise<{ config?: Config; problems: Problem[]; watch: readonly string[] }> {
  return await new Loader(options).load();
}

class Loader {
  readonly #options: LoadOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #files: ConfigFile[] = [];
  readonly #problems: Problem[] = [];
  readonly #watch = new Set<string>();
  #dir = '';
  #alidade: AlidadeSettings = EMPTY_ALIDADE;
  #alidadeDir = '';
  #compose: Compose | undefined;
  #layout: Layout = EMPTY_LAYOUT;
  #projectFiles: readonly string[] = [];
  #projects = new Projects();
  #features: LanguageFeatures = NO_FEATURES;
  #enabled: ReadonlySet<string> = new Set();

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#env = options.env ?? process.env;
  }

  async load(): Promise<{ config?: Config; problems: Problem[]; watch: readonly string[] }> {
    if (this.#options.dir !== undefined) await this.#openDir(resolve(this.#options.dir));
    else this.#layout = { ...EMPTY_LAYOUT, alertmanagerFile: this.#typedAlertmanagerFile() };
    const { server, problems } = buildServerConfig({
      flags: this.#options.flags,
      alidade: this.#alidade,
      compose: this.#compose,
      dir: this.#alidadeDir || this.#dir,
      env: this.#env,
    });
    const { retention } = server;
    const [alidadeFile] = this.#files;
    if (this.#alidade.retention && alidadeFile && this.#options.checkRetention)
      checkRetentionRules(alidadeFile, this.#alidade.retention, (signal) => retention[`${signal}Ms`], this.#options.checkRetention);
    this.#features = server.query.features;
    this.#enabled = new Set(server.features);
    await this.#loadProjects();
    const slos = await this.#loadSlos();
    const joined = this.#withSloRules(this.#projects.joinPrometheus(await this.#loadPrometheus()), slos, retention.metricsMs);
    const { prometheus, advice } = await this.#loadAdvice(joined);
    const alertmanager = this.#projects.joinAlertmanager(await this.#loadAlertmanager());
    const grafana = await this.#loadGrafana();
    const all = sortProblems([...this.#files.flatMap((file) => file.problems), ...this.#problems, ...this.#projects.problems, ...problems]);
    const watch = [...this.#watch].filter((path) => !holdsData(path, server.dataDir)).sort();
    if (all.some((problem) => problem.severity === 'error')) return { problems: all, watch };
    const config: Config = {
      dir: this.#dir,
      server,
      prometheus,
      slos,
      advice,
      ...(alertmanager && { alertmanager }),
      grafana,
      pushgateway: { addJob: !namesPushgateway(prometheus.scrapeConfigs) },
      hostCollector: { addJob: !this.#isBare() && !namesNodeExporter(prometheus.scrapeConfigs) },
      watch,
      warnings: all,
    };
    return { config: deepFreeze(config), problems: all, watch };
  }

  /** Started for what others send, and for nothing else. */
  #isBare(): boolean {
    return this.#options.dir === undefined && this.#options.flags.demo === false;
  }

  async #openDir(path: string): Promise<void> {
    if (!existsSync(path)) return this.#fail(path, 'no such file or folder; name the folder that holds prometheus.yml');
    const isFile = statSync(path).isFile();
    this.#dir = isFile ? dirname(path) : path;
    await this.#openAlidadeFile(this.#dir);
    await this.#openCompose(this.#dir);
    this.#projectFiles = isFile && isProjectFile(path) ? [path] : await findProjectFiles(this.#dir);
    this.#layout = this.#chooseFiles(isFile && !isProjectFile(path) ? path : '');
    for (const { program, file } of findOtherFiles(this.#dir)) {
      this.#problems.push({
        severity: 'warning',
        file,
        line: 0,
        path: '',
        message: `${program}'s configuration is not supported yet; the file is not read`,
      });
    }
    if (!isFile && this.#isEmpty()) {
      this.#problems.push({
        severity: 'warning',
        file: this.#dir,
        line: 0,
        path: '',
        message: 'nothing to configure was found: no alidade.yaml, *.alidade.ts, prometheus.yml, alertmanager.yml or grafana folder',
      });
    }
  }

  async #openAlidadeFile(dir: string): Promise<void> {
    const path = findAlidadeFile(dir);
    if (path === '') return;
    const source = await this.#read(path);
    if (source === undefined) return;
    const file = new ConfigFile(path, source);
    this.#files.push(file);
    this.#alidade = readAlidadeFile(file) ?? EMPTY_ALIDADE;
    this.#alidadeDir = dir;
    for (const key of ['prometheus', 'alertmanager']) {
      const named = file.text([key]);
      if (named !== undefined && !existsSync(resolve(dir, named))) file.error([key], `file "${named}" does not exist`);
    }
    const { listen: typed, noAuth = flag().safeParse(file.get(['no_auth'])).data } = this.#options.flags;
    const listen = parseListen(file.text(['listen']) ?? '');
    const isRefused =
      listen !== undefined &&
      !isLoopback(listen.host) &&
      !noAuth &&
      !hasCredentials(this.#env, authFiles(this.#options.flags, this.#alidade, dir));
    if (typed === undefined && isRefused) file.error(['listen'], openAddressMessage(listen.host));
  }

  async #openCompose(dir: string): Promise<void> {
    const path = findComposeFile(dir);
    const source = path === '' ? undefined : await this.#read(path);
    if (source === undefined) return;
    this.#compose = readCompose(path, source, dir);
    const { file } = this.#compose;
    // The file is not ours: broken, it only tells us nothing.
    this.#problems.push(...file.problems.map((problem) => ({ ...problem, severity: 'warning' as const })));
    file.problems.length = 0;
    this.#files.push(file);
  }

  /** alidade.yaml over docker-compose over conventions. */
  #chooseFiles(prometheusFile: string): Layout {
    const found = findLayout(this.#dir);
    const { prometheus, alertmanager, grafana } = this.#alidade;
    const named = (path: string | undefined) => (path === undefined ? '' : resolve(this.#dir, path));
    return {
      prometheusFile: prometheusFile || named(prometheus) || this.#composeConfigFile('prometheus') || found.prometheusFile,
      alertmanagerFile:
        this.#typedAlertmanagerFile() || named(alertmanager) || this.#composeConfigFile('alertmanager') || found.alertmanagerFile,
      provisioningDir: named(grafana?.provisioning) || found.provisioningDir,
      dashboardsDir: found.dashboardsDir || join(this.#dir, 'grafana', 'dashboards'),
    };
  }

  /** `--alertmanager-config`, over everything that is found. */
  #typedAlertmanagerFile(): string {
    const typed = this.#options.flags.alertmanagerConfig;
    return typed === undefined ? '' : resolve(typed);
  }

  /** The host path of `--config.file` where a volume brings it into the container; '' otherwise. */
  #composeConfigFile(role: ComposeRole): string {
    const flag = this.#compose?.flags.find((item) => item.role === role && item.name === 'config.file');
    if (!flag) return '';
    const path = pathMapper(role, this.#dir, this.#compose?.mounts ?? [], EMPTY_LAYOUT)(flag.value);
    return path !== flag.value && existsSync(path) ? path : '';
  }

  #mapper(role: ComposeRole, baseDir: string): MapPath {
    return pathMapper(role, baseDir, this.#compose?.mounts ?? [], this.#layout);
  }

  async #loadProjects(): Promise<void> {
    this.#projects = await Projects.load(this.#projectFiles, {
      mapPath: (role, baseDir) => this.#mapper(role, baseDir),
      env: this.#env,
      features: this.#features,
      enabled: this.#enabled,
      checks: this.#options,
    });
    for (const path of this.#projects.files) this.#watch.add(path);
    this.#layout = await this.#projects.withoutGenerated(this.#layout);
  }

  async #loadPrometheus(): Promise<PrometheusConfig> {
    const path = this.#layout.prometheusFile;
    const source = path === '' ? undefined : await this.#read(path);
    if (source === undefined)
      return { ...EMPTY_PROMETHEUS, ruleGroups: await this.#loadRules(EMPTY_PROMETHEUS.evaluationIntervalMs, 0, []) };
    const { file, settings } = await readPrometheus(path, source, {
      mapPath: this.#mapper('prometheus', dirname(path)),
      env: this.#env,
      features: this.#enabled,
    });
    this.#files.push(file);
    const { ruleQueryOffsetMs, rulePatterns, ...prometheus } = settings;
    const ruleFiles: string[] = [];
    for (const [i, pattern] of rulePatterns.entries()) {
      const found = await this.#expand(pattern);
      ruleFiles.push(...found);
      if (found.length === 0)
        file.warn(['rule_files', i], `no file matches "${file.text(['rule_files', i])}" (${pattern}); no rules are loaded from it`);
    }
    return { ...prometheus, ruleGroups: await this.#loadRules(prometheus.evaluationIntervalMs, ruleQueryOffsetMs, ruleFiles) };
  }

  async #loadRules(intervalMs: number, queryOffsetMs: number, named: readonly string[]): Promise<RuleGroupConfig[]> {
    const own = await Promise.all(this.#alidade.rules.map((pattern) => this.#expand(resolve(this.#dir, pattern))));
    const groups: RuleGroupConfig[] = [];
    for (const path of new Set([...named, ...own.flat()])) {
      const source = await this.#read(path);
      if (source === undefined) continue;
      const file = new ConfigFile(path, source);
      this.#files.push(file);
      groups.push(...(readRuleGroups(file, { intervalMs, queryOffsetMs, features: this.#features }, this.#options) ?? []));
    }
    return groups;
  }

  async #loadSlos(): Promise<SloConfig[]> {
    if (this.#dir === '') return [];
    const { folders, files } = await findSloFiles(this.#dir);
    // Also where there is none yet: the first file is noticed.
    for (const folder of [...SLO_FOLDERS.map((name) => join(this.#dir, name)), ...folders]) this.#watch.add(folder);
    const named = await Promise.all(this.#alidade.slo.map((pattern) => this.#expand(resolve(this.#dir, pattern))));
    named.forEach((found, i) => {
      if (found.length === 0)
        this.#fail(resolve(this.#dir, this.#alidade.slo[i] ?? ''), 'no such file of objectives (slo of alidade.yaml)');
    });
    const slos: SloConfig[] = this.#projects.slos;
    for (const path of new Set([...files, ...named.flat()])) {
      const source = await this.#read(path);
      // What lies about there may be something else, as generated rules; what was named must be a file of objectives.
      if (source === undefined || this.#projects.isGenerated(path, source) || (files.includes(path) && !isSloFile(source))) continue;
      const read = readSlos(path, source);
      slos.push(...read.slos);
      this.#problems.push(...read.problems);
    }
    return slos;
  }

  #withSloRules(prometheus: PrometheusConfig, slos: readonly SloConfig[], retentionMs: number): PrometheusConfig {
    const defaults = { intervalMs: prometheus.evaluationIntervalMs, queryOffsetMs: 0, features: this.#features };
    const { groups, problems } = sloRuleGroups(slos, defaults, this.#options);
    this.#problems.push(...shortRetention(slos, retentionMs));
    this.#problems.push(...problems);
    // They may stand in a rule file already, generated for Prometheus: then they are there once.
    const known = new Set(prometheus.ruleGroups.map(({ name }) => name));
    return { ...prometheus, ruleGroups: [...prometheus.ruleGroups, ...groups.filter(({ name }) => !known.has(name))] };
  }

  /** What `alidade advise --apply` has written beside prometheus.yml. */
  async #loadAdvice(prometheus: PrometheusConfig): Promise<{ prometheus: PrometheusConfig; advice?: AppliedAdvice }> {
    if (this.#dir === '') return { prometheus };
    const path = join(this.#layout.prometheusFile === '' ? this.#dir : dirname(this.#layout.prometheusFile), ADVICE_FILE);
    this.#watch.add(path);
    const source = existsSync(path) ? await this.#read(path) : undefined;
    if (source === undefined) return { prometheus, advice: { file: path, rules: [] } };
    const { file, rules } = readAdviceFile(path, source);
    this.#files.push(file);
    const advice = { file: path, rules };
    return { prometheus: withAdvice(prometheus, advice, source), advice };
  }

  async #loadAlertmanager(): Promise<AlertmanagerConfig | undefined> {
    const path = this.#layout.alertmanagerFile || this.#typedAlertmanagerFile();
    const source = path === '' ? undefined : await this.#read(path);
    if (source === undefined) return undefined;
    const { file, config } = await readAlertmanager(path, source, this.#mapper('alertmanager', dirname(path)));
    this.#files.push(file);
    for (const template of config?.templates ?? []) this.#watch.add(template.file);
    return config;
  }

  async #loadGrafana(): Promise<GrafanaConfig> {
    const context = { mapPath: this.#mapper('grafana', this.#dir), env: this.#env };
    const datasources: DatasourceConfig[] = [];
    const dashboardFolders: DashboardFolderConfig[] = [];
    for (const [path, source] of await this.#provisioningFiles('datasources')) {
      const read = readDatasources(path, source, context);
      this.#files.push(read.file);
      datasources.push(...read.datasources);
    }
    for (const [path, source] of await this.#provisioningFiles('dashboards')) {
      const read = readDashboardProviders(path, source, context);
      this.#files.push(read.file);
      dashboardFolders.push(...read.folders);
      for (const folder of read.folders)
        if (!existsSync(folder.path))
          read.file.warn([], `dashboard folder "${folder.path}" does not exist yet; there are no dashboards in it`);
    }
    for (const folder of dashboardFolders) this.#watch.add(folder.path);
    return this.#projects.joinGrafana({ datasources, dashboardFolders, dashboardFiles: await this.#bareDashboards(dashboardFolders) });
  }

  async #provisioningFiles(kind: 'datasources' | 'dashboards'): Promise<[path: string, source: string][]> {
    if (this.#layout.provisioningDir === '') return [];
    const folder = join(this.#layout.provisioningDir, kind);
    const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
    if (entries.length > 0) this.#watch.add(folder);
    const names = entries.filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name)).map((entry) => entry.name);
    const read = await Promise.all(names.sort().map(async (name) => [join(folder, name), await this.#read(join(folder, name))] as const));
    return read.flatMap(([path, source]) => (source === undefined || this.#projects.isGenerated(path, source) ? [] : [[path, source]]));
  }

  /** Dashboards that lie about without a provisioning file that names their folder. */
  async #bareDashboards(folders: readonly DashboardFolderConfig[]): Promise<string[]> {
    const places = this.#alidade.grafana?.dashboards.map((path) => resolve(this.#dir, path)) ?? [];
    if (this.#layout.dashboardsDir !== '' && existsSync(this.#layout.dashboardsDir)) places.push(this.#layout.dashboardsDir);
    const found = new Set<string>();
    for (const place of places) {
      if (!existsSync(place)) this.#fail(place, 'no such dashboard file or folder (grafana.dashboards of alidade.yaml)');
      else {
        this.#watch.add(place);
        for (const file of statSync(place).isFile() ? [place] : await findDashboardFiles(place)) found.add(file);
      }
    }
    return [...found].filter((file) => !folders.some((folder) => file.startsWith(`${folder.path}/`))).sort();
  }

  async #expand(pattern: string): Promise<string[]> {
    const folder = folderOfGlob(pattern);
    if (existsSync(folder)) this.#watch.add(folder);
    return await expandGlob(pattern);
  }

  async #read(path: string): Promise<string | undefined> {
    this.#watch.add(path);
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      this.#fail(path, `cannot read the file: ${messageOf(error)}`);
      return undefined;
    }
  }

  #fail(file: string, message: string): void {
    this.#problems.push({ severity: 'error', file, line: 0, path: '', message });
  }

  #isEmpty(): boolean {
    const { prometheusFile, alertmanagerFile, provisioningDir, dashboardsDir } = this.#layout;
    return (
      [prometheusFile, alertmanagerFile, provisioningDir].every((path) => path === '') &&
      this.#projectFiles.length === 0 &&
      this.#alidadeDir === '' &&
      !existsSync(dashboardsDir) &&
      !SLO_FOLDERS.some((name) => existsSync(join(this.#dir, name)))
    );
  }
}

// Watching the store's own files would reload for ever. What lies below `.alidade` is never watched anyway.
function holdsData(folder: string, dataDir: string): boolean {
  const below = relative(folder, dataDir);
  return !below.startsWith('..') && !below.startsWith('.alidade');
}
