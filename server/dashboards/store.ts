// Dashboards from files: the folders and files of the configuration, read again on every load and swapped in at once.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { DashboardAnswer, DashboardSummary } from '@alidade/sdk/schema';
import type { Problem } from '../config/config.ts';
import type { DashboardFolderConfig, DatasourceConfig, DefinedDashboard, GrafanaConfig } from '../config/grafana.ts';
import { isAppError, messageOf } from '../model/app-error.ts';
import { type ReadDashboard, readDashboard } from './dashboard.ts';
import { dashboardError } from './errors.ts';
import { locateJsonError } from './json-error.ts';

const MAX_FILE_BYTES = 10 * 1024 * 1024;
const MAX_FILES = 5_000;
const MAX_DEPTH = 16;

interface DashboardFile {
  readonly path: string;
  readonly folder: string;
  /** Names the file within its configuration, so that a generated uid survives a move of the whole tree. */
  readonly identity: string;
}

/** The dashboards that exist now. `load` reads them; a file that cannot be shown is a problem and the rest goes on. */
export class DashboardStore {
  #answers: ReadonlyMap<string, DashboardAnswer> = new Map();
  /** Grafana's JSON of those that projects define: no file holds it. */
  #defined: ReadonlyMap<string, DefinedDashboard['json']> = new Map();

  /** Reads all files and answers what is wrong with them; never throws for a file. */
  async load(config: GrafanaConfig): Promise<Problem[]> {
    const problems: Problem[] = [];
    const answers = new Map<string, DashboardAnswer>();
    const sources = new Map<string, DefinedDashboard['json']>();
    for (const defined of config.dashboards ?? []) {
      const answer = readDefined(defined, config.datasources, problems);
      if (!answer) continue;
      answers.set(answer.summary.uid, answer);
      sources.set(answer.summary.uid, defined.json);
    }
    for (const file of await findFiles(config, problems)) {
      const read = await readFileOrProblem(file, config.datasources, problems);
      if (!read) continue;
      const answer = toAnswer(read, file);
      const other = answers.get(answer.summary.uid);
      if (other)
        problems.push(
          problemOf(
            file.path,
            `dashboard uid "${answer.summary.uid}" is also in ${other.summary.file}; give one of them another uid`,
            'warning',
          ),
        );
      const kept = other ? withUid(answer, uidOf(file)) : answer;
      answers.set(kept.summary.uid, kept);
    }
    this.#answers = answers;
    this.#defined = sources;
    return problems;
  }

  /** By folder, then title. */
  list(): DashboardSummary[] {
    const summaries = [...this.#answers.values()].map((answer) => answer.summary);
    return summaries.sort((a, b) => a.folder.localeCompare(b.folder) || a.title.localeCompare(b.title));
  }

  /** All of them, in no order. */
  answers(): DashboardAnswer[] {
    return [...this.#answers.values()];
  }

  get(uid: string): DashboardAnswer | undefined {
    return this.#answers.get(uid);
  }

  /** The JSON of a dashboard as its file or its project has it, with the uid under which it is found; undefined without one. Throws when the file cannot be read. */
  async source(uid: string): Promise<Record<string, unknown> | undefined> {
    const defined = this.#defined.get(uid);
    if (defined) return { ...defined, uid };
    const file = this.#answers.get(uid)?.summary.file;
    if (file === undefined) return undefined;
    const json = JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, '')) as Record<string, unknown>;
    // What was exported from Grafana for sharing has the dashboard inside.
    const dashboard = (json.dashboard as Record<string, unknown> | undefined) ?? json;
    return { ...dashboard, uid };
  }
}

/** A dashboard of a project file. */
function readDefined(
  { folder, file, json }: DefinedDashboard,
  datasources: readonly DatasourceConfig[],
  problems: Problem[],
): DashboardAnswer | undefined {
  try {
    const read = readDashboard(json, { datasources, uid: '', title: '' });
    return toAnswer(read, { path: file, folder, identity: file });
  } catch (error) {
    problems.push(problemOf(file, `dashboard "${json.title}" ${messageOf(error)}`, 'error'));
    return undefined;
  }
}

async function findFiles(config: GrafanaConfig, problems: Problem[]): Promise<DashboardFile[]> {
  const files = new Map<string, DashboardFile>();
  for (const folder of config.dashboardFolders) {
    for (const path of await listJsonFiles(folder.path, problems)) {
      if (!files.has(path)) files.set(path, fileInFolder(path, folder));
    }
  }
  for (const path of config.dashboardFiles) if (!files.has(path)) files.set(path, { path, folder: '', identity: basename(path) });
  for (const { written } of config.dashboards ?? []) files.delete(written);
  const all = [...files.values()];
  if (all.length <= MAX_FILES) return all;
  problems.push(
    problemOf(config.dashboardFolders[0]?.path ?? '', `${all.length} dashboard files; only the first ${MAX_FILES} are read`, 'warning'),
  );
  return all.slice(0, MAX_FILES);
}

function fileInFolder(path: string, config: DashboardFolderConfig): DashboardFile {
  const inside = relative(config.path, path);
  const subfolder = dirname(inside);
  const folder = config.fromFilesStructure && subfolder !== '.' ? basename(subfolder) : config.folder;
  return { path, folder, identity: `${config.folderUid || config.folder}/${inside}` };
}

async function listJsonFiles(root: string, problems: Problem[], depth = 0): Promise<string[]> {
  let entries: Awaited<ReturnType<typeof readDir>>;
  try {
    entries = await readDir(root);
  } catch (error) {
    problems.push(problemOf(root, `the folder of dashboards cannot be read: ${messageOf(error)}`, 'warning'));
    return [];
  }
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(root, entry.name);
    if (entry.isDirectory() && depth < MAX_DEPTH) found.push(...(await listJsonFiles(path, problems, depth + 1)));
    else if (!entry.isDirectory() && entry.name.endsWith('.json')) found.push(path);
  }
  return found;
}

function readDir(path: string) {
  return readdir(path, { withFileTypes: true });
}

async function readFileOrProblem(
  file: DashboardFile,
  datasources: readonly DatasourceConfig[],
  problems: Problem[],
): Promise<ReadDashboard | undefined> {
  try {
    const { size } = await stat(file.path);
    if (size > MAX_FILE_BYTES) throw dashboardError('dashboards.too_large', `is ${size} bytes large; at most ${MAX_FILE_BYTES} are read`);
    const text = (await readFile(file.path, 'utf8')).replace(/^\uFEFF/, '');
    const json = parseJson(text, file.path, problems);
    if (json === undefined) return undefined;
    return readDashboard(json, { datasources, uid: uidOf(file), title: basename(file.path, '.json') });
  } catch (error) {
    const isOurs = isAppError(error);
    problems.push(
      problemOf(file.path, isOurs ? `the file ${error.message}` : `the dashboard cannot be read: ${messageOf(error)}`, 'error'),
    );
    return undefined;
  }
}

function parseJson(text: string, file: string, problems: Problem[]): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const { line, column, message } = locateJsonError(text);
    problems.push({ severity: 'error', file, line, path: '', message: `column ${column}: not valid JSON: ${message}` });
    return undefined;
  }
}

function problemOf(file: string, message: string, severity: Problem['severity']): Problem {
  return { severity, file, line: 0, path: '', message };
}

function toAnswer({ dashboard, notes }: ReadDashboard, file: DashboardFile): DashboardAnswer {
  const { uid, title, tags, panels } = dashboard;
  const shown = panels.filter((panel) => panel.type !== 'row').length;
  return { summary: { uid, title, folder: file.folder, tags, file: file.path, panels: shown }, dashboard, notes };
}

function withUid({ summary, dashboard, notes }: DashboardAnswer, uid: string): DashboardAnswer {
  const note = `its uid "${summary.uid}" belongs to another dashboard; it is found under "${uid}"`;
  return { summary: { ...summary, uid }, dashboard: { ...dashboard, uid }, notes: [...notes, note] };
}

function uidOf({ identity }: DashboardFile): string {
  return createHash('sha256').update(identity).digest('hex').slice(0, 14);
}
