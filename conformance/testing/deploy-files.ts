// What stands in deploy/, parsed.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { KubernetesObject } from './kubernetes-schema.ts';
import { root } from './processes.ts';

export const DEPLOY = join(root, 'deploy');
/** The project that deploy/ is generated from. */
export const PROJECT = join(root, 'examples/churn-lab');

export const PROMTOOL = join(root, '.cache/peers/prometheus-3/usr/bin/promtool');
export const AMTOOL = join(root, '.cache/peers/alertmanager/usr/bin/amtool');
export const hasPeers = existsSync(PROMTOOL) && existsSync(AMTOOL);

/** Paths of all files below a folder of deploy/, sorted. */
export function deployPaths(folder: string): string[] {
  return readdirSync(join(DEPLOY, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A YAML file of deploy/. */
export function deployYaml(path: string): Record<string, unknown> {
  return parse(readFileSync(join(DEPLOY, path), 'utf8')) as Record<string, unknown>;
}

/** All objects below a folder of deploy/kubernetes, but kustomizations. */
export function manifests(folder = ''): KubernetesObject[] {
  return deployPaths(join('kubernetes', folder))
    .filter((path) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml'))
    .flatMap((path) => parseAllDocuments(readFileSync(path, 'utf8')).map((document) => (document as { toJS(): KubernetesObject }).toJS()));
}

/** The data of a ConfigMap. */
export function configMapData(name: string): Readonly<Record<string, string>> {
  const found = manifests().find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  return (found?.data ?? {}) as Record<string, string>;
}

/** Writes texts below a folder, by their path. */
export function writeTexts(folder: string, texts: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Writes a volume as the kubelet does: the files below `..` and a date, `..data` as a link to that, and links to what is in there. */
export function writeVolume(folder: string, texts: Readonly<Record<string, string>>): void {
  const dated = '..2026_11_22_03_10_00.123456';
  writeTexts(join(folder, dated), texts);
  symlinkSync(dated, join(folder, '..data'));
  const names = new Set(Object.keys(texts).map((path) => path.split('/')[0] ?? ''));
  for (const name of names) symlinkSync(join('..data', name), join(folder, name));
}
