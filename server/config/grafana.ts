import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { ConfigFile } from './config-file.ts';
import { expandVariables } from './expand-variables.ts';
import { duration, filledText, flag, text } from './fields.ts';
import type { MapPath } from './map-path.ts';
import type { YamlPath } from './yaml-file.ts';

/** A data source of Grafana's provisioning. In Alidade all of them answer from the same store. */
export interface DatasourceConfig {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly isDefault: boolean;
  /** `jsonData.timeInterval`: the smallest step of its queries; 0 = none. */
  readonly timeIntervalMs: number;
}

/** A folder of dashboard files from Grafana's provisioning, or found by convention. */
export interface DashboardFolderConfig {
  /** Title of the folder, '' = General. */
  readonly folder: string;
  readonly folderUid: string;
  /** Host path after container paths were mapped. */
  readonly path: string;
  readonly fromFilesStructure: boolean;
}

/** A dashboard that a project file defines. */
export interface DefinedDashboard {
  /** Title of the folder. */
  readonly folder: string;
  /** The project file. */
  readonly file: string;
  /** Where `alidade generate` writes it. */
  readonly written: string;
  /** Grafana's JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Dashboards and data sources by configuration. */
export interface GrafanaConfig {
  readonly datasources: readonly DatasourceConfig[];
  readonly dashboardFolders: readonly DashboardFolderConfig[];
  /** Single dashboard files that were found by convention (bare JSON). */
  readonly dashboardFiles: readonly string[];
  /** Dashboards of project files; they come before files. */
  readonly dashboards?: readonly DefinedDashboard[];
}

/** What Grafana's provisioning files need to know. */
export interface ProvisioningContext {
  readonly mapPath: MapPath;
  readonly env: NodeJS.ProcessEnv;
}

/** Reads one file of `provisioning/datasources`. As in Grafana, keys that it does not know are no fault. */
export function readDatasources(
  path: string,
  source: string,
  context: ProvisioningContext,
): { file: ConfigFile; datasources: DatasourceConfig[] } {
  const file = new ConfigFile(path, source);
  const datasources = file.items(['datasources']).flatMap((item) => {
    const name = filled(file, [...item, 'name'], context);
    const type = filled(file, [...item, 'type'], context);
    if (name === undefined || type === undefined) return [];
    const isDefault = optional(file, [...item, 'isDefault'], flag(), false);
    const timeIntervalMs = optional(file, [...item, 'jsonData', 'timeInterval'], duration(), 0);
    const uid = expanded(file, [...item, 'uid'], context);
    return [{ uid: uid === '' ? uidOfName(name) : uid, name, type, isDefault, timeIntervalMs }];
  });
  return { file, datasources };
}

/** Reads one file of `provisioning/dashboards`. */
export function readDashboardProviders(
  path: string,
  source: string,
  context: ProvisioningContext,
): { file: ConfigFile; folders: DashboardFolderConfig[] } {
  const file = new ConfigFile(path, source);
  // Before apiVersion 1 the file was a bare list with `folder` below `options`.
  const list = Array.isArray(file.get([])) ? [] : ['providers'];
  const folders = file.items(list).flatMap((item) => {
    const type = expanded(file, [...item, 'type'], context);
    if (type !== '' && type !== 'file') {
      file.error([...item, 'type'], `dashboard provider type "${type}" is not known; only "file" is`);
      return [];
    }
    const pathKey = !file.has([...item, 'options', 'path']) && file.has([...item, 'options', 'folder']) ? 'folder' : 'path';
    const folderPath = filled(file, [...item, 'options', pathKey], context);
    const folder = expanded(file, [...item, 'folder'], context);
    const folderUid = expanded(file, [...item, 'folderUid'], context);
    const fromFilesStructure = optional(file, [...item, 'options', 'foldersFromFilesStructure'], flag(), false);
    if (fromFilesStructure && (folder !== '' || folderUid !== '')) {
      file.error(item, "'folder' and 'folderUid' should be empty using 'foldersFromFilesStructure' option");
    }
    return folderPath === undefined ? [] : [{ folder, folderUid, path: context.mapPath(folderPath), fromFilesStructure }];
  });
  return { file, folders };
}

/** The uid that Grafana gives to a provisioned data source without one: exported dashboards refer to it. */
export function uidOfName(name: string): string {
  return `P${createHash('sha256').update(name, 'utf8').digest('hex').slice(0, 16).toUpperCase()}`;
}

function expanded(file: ConfigFile, path: YamlPath, { env }: ProvisioningContext): string {
  const written = file.read(text().default(''), path) ?? '';
  return expandVariables(written, env, (name) =>
    file.warn(path, `empty environment variable "${name}"; set it, or write $$ for a dollar sign`),
  );
}

function filled(file: ConfigFile, path: YamlPath, context: ProvisioningContext): string | undefined {
  if (file.read(filledText(), path) === undefined) return undefined;
  return expanded(file, path, context);
}

function optional<T>(file: ConfigFile, path: YamlPath, schema: z.ZodType<T>, fallback: T): T {
  return file.has(path) ? (file.read(schema, path) ?? fallback) : fallback;
}
