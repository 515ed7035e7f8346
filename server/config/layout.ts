// Which files a folder has, by the conventions of the upstream stack's examples: each program's file lies at the top or in a folder of its own.
import { type Dirent, existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const PREFIXES = ['', 'config/', 'monitoring/', 'etc/'];
const PROMETHEUS = ['prometheus.yml', 'prometheus.yaml', 'prometheus/prometheus.yml', 'prometheus/prometheus.yaml'];
const ALERTMANAGER = [
  'alertmanager.yml',
  'alertmanager.yaml',
  'alertmanager/alertmanager.yml',
  'alertmanager/alertmanager.yaml',
  'alertmanager/config.yml',
  'prometheus/alertmanager.yml',
];
const PROVISIONING = ['grafana/provisioning', 'provisioning'];
const DASHBOARDS = ['grafana/dashboards', 'dashboards'];
const COMPOSE = ['docker-compose.yml', 'docker-compose.yaml', 'compose.yml', 'compose.yaml'];
const PROJECT = /\.alidade\.[cm]?[jt]s$/;
const ALIDADE = ['alidade.yaml', 'alidade.yml'];

/** Programs of the documents' stacks whose own files do nothing here yet. */
const OTHERS: readonly (readonly [program: string, files: readonly string[]])[] = [
  [
    'Promtail',
    [
      'promtail.yaml',
      'promtail.yml',
      'promtail-config.yml',
      'promtail-config.yaml',
      'promtail/promtail.yaml',
      'promtail/promtail.yml',
      'promtail/config.yml',
    ],
  ],
  ['Loki', ['loki.yaml', 'loki.yml', 'loki-config.yml', 'loki-config.yaml', 'loki/loki.yaml', 'loki/loki.yml', 'loki/config.yml']],
  ['Tempo', ['tempo.yaml', 'tempo.yml', 'tempo/tempo.yaml', 'tempo/tempo.yml']],
  ['Jaeger', ['jaeger.yml', 'jaeger.yaml', 'jaeger/jaeger.yml', 'jaeger/jaeger.yaml']],
  ['Logstash', ['logstash.conf', 'elk/logstash.conf', 'logstash/logstash.conf']],
  ['Elasticsearch', ['elasticsearch.yml', 'elk/elasticsearch.yml', 'elasticsearch/elasticsearch.yml']],
  ['Kibana', ['kibana.yml', 'elk/kibana.yml', 'kibana/kibana.yml']],
  ['OpenTelemetry Collector', ['otel-collector-config.yaml', 'otel-collector.yaml', 'otel/otel-collector-config.yaml']],
];

/** Absolute paths; '' = not found. */
export interface Layout {
  readonly prometheusFile: string;
  readonly alertmanagerFile: string;
  readonly provisioningDir: string;
  readonly dashboardsDir: string;
}

/** What stands at the conventional places below `dir`. */
export function findLayout(dir: string): Layout {
  return {
    prometheusFile: first(dir, PROMETHEUS),
    alertmanagerFile: first(dir, ALERTMANAGER),
    provisioningDir: first(dir, PROVISIONING),
    dashboardsDir: first(dir, DASHBOARDS),
  };
}

/** Path of alidade.yaml in `dir`, or ''. */
export function findAlidadeFile(dir: string): string {
  return first(dir, ALIDADE, ['']);
}

/** Project files (`*.alidade.ts`) directly in `dir`, sorted. */
export async function findProjectFiles(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((): string[] => []);
  return names
    .filter((name) => PROJECT.test(name))
    .sort()
    .map((name) => join(dir, name));
}

/** Whether a path is that of a project file. */
export function isProjectFile(path: string): boolean {
  return PROJECT.test(path);
}

/** Path of the docker-compose file in `dir`, or ''. */
export function findComposeFile(dir: string): string {
  return first(dir, COMPOSE, ['']);
}

/** Files of programs that are known but not read yet. */
export function findOtherFiles(dir: string): { readonly program: string; readonly file: string }[] {
  return OTHERS.flatMap(([program, files]) => {
    const file = first(dir, files);
    return file === '' ? [] : [{ program, file }];
  });
}

/** Dashboard files (`*.json`) below a folder, sorted, at most `limit`. Links are not followed. */
export async function findDashboardFiles(folder: string, limit = 10_000): Promise<string[]> {
  const found: string[] = [];
  const folders = [folder];
  for (const current of folders) {
    const entries = await readdir(current, { withFileTypes: true }).catch((): Dirent[] => []);
    for (const entry of entries) {
      // A volume of Kubernetes has each file twice: by its name, which is a link, and below `..` and a date.
      if (entry.name.startsWith('..')) continue;
      const path = join(current, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.name.endsWith('.json') && found.length < limit) found.push(path);
    }
  }
  return found.sort();
}

function first(dir: string, names: readonly string[], prefixes: readonly string[] = PREFIXES): string {
  for (const prefix of prefixes) {
    for (const name of names) {
      const path = join(dir, prefix + name);
      if (existsSync(path)) return path;
    }
  }
  return '';
}
