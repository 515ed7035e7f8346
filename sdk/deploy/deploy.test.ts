import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { ProjectFile } from '../code/files.ts';
import { composeFiles } from './compose/compose.ts';
import { programOf } from './config/targets.ts';
import { definitionsOf } from './definitions.ts';
import { DeployError } from './errors.ts';
import { type DeployFile, formatDeployFile, formatYaml } from './files.ts';
import { helmFiles } from './helm/helm.ts';
import { kubernetesFiles } from './kubernetes/kubernetes.ts';
import { deploySettings } from './options.ts';
import { secretFiles } from './secrets.ts';

const FILES: readonly ProjectFile[] = [
  {
    path: 'prometheus/prometheus.yml',
    content: {
      global: { scrape_interval: '15s', external_labels: { team: 'ml' } },
      scrape_configs: [
        { job_name: 'ml-api', static_configs: [{ targets: ['localhost:5000'], labels: { service: 'churn' } }] },
        { job_name: 'self', static_configs: [{ targets: ['localhost:9090'] }] },
        { job_name: 'elsewhere', file_sd_configs: [{ files: ['targets/*.yml'] }] },
      ],
    },
  },
  { path: 'prometheus/rules/a.yml', content: { groups: [{ name: 'g', rules: [{ record: 'x:y', expr: 'up' }] }] } },
  { path: 'alertmanager/alertmanager.yml', content: { route: { receiver: 'x' }, receivers: [{ name: 'x' }] } },
  { path: 'grafana/dashboards/ml/One_Two.json', content: { title: 'One' } },
];
const DEFINITIONS = definitionsOf(FILES);
const told = (alertmanager: Record<string, unknown>) => ({ ...DEFINITIONS, alertmanager });

function textOf(files: readonly DeployFile[], path: string): string {
  const file = files.find((one) => one.path === path);
  if (!file) throw new Error(`${path} is not among ${files.map((one) => one.path).join(', ')}`);
  return formatDeployFile(file, 'test.alidade.ts');
}

interface Job {
  readonly job_name: string;
  readonly relabel_configs?: readonly { readonly target_label?: string; readonly replacement?: string; readonly regex?: string }[];
  readonly [key: string]: unknown;
}

function jobsIn(text: string): readonly Job[] {
  return (parse(text) as { scrape_configs: readonly Job[] }).scrape_configs;
}

function configMapText(files: readonly DeployFile[], path: string, name: string, key: string): string {
  const documents = parseAllDocuments(textOf(files, path)).map((document) => (document as { toJS(): unknown }).toJS());
  const found = (documents as { kind: string; metadata: { name: string }; data: Record<string, string> }[]).find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name,
  );
  return found?.data[key] ?? '';
}

describe('targets', () => {
  it('are programs, whatever the definitions call them', () => {
    expect(programOf('localhost:5000')).toEqual({ program: 'app', port: 5000 });
    expect(programOf('ml-api:8000')).toEqual({ program: 'app', port: 8000 });
    expect(programOf('127.0.0.1:9100')).toEqual({ program: 'node-exporter', port: 9100 });
    expect(programOf('db.example.org')).toEqual({ program: 'db.example.org', port: 80 });
  });

  it('are host names in Compose', () => {
    const [api, self, elsewhere] = jobsIn(textOf(composeFiles(DEFINITIONS), 'prometheus/prometheus.yml'));
    expect(api).toMatchObject({ job_name: 'ml-api', static_configs: [{ targets: ['app:5000'], labels: { service: 'churn' } }] });
    expect(self).toMatchObject({ static_configs: [{ targets: ['prometheus:9090'] }] });
    expect(elsewhere).toMatchObject({ file_sd_configs: [{ files: ['targets/*.yml'] }] });
  });

  it('are discovered endpoints in Kubernetes, with the same job and labels', () => {
    const text = configMapText(kubernetesFiles(DEFINITIONS), 'prometheus/prometheus.yaml', 'prometheus-config', 'prometheus.yml');
    const api = jobsIn(text).find((job) => job.job_name === 'ml-api');
    expect(api).toMatchObject({ kubernetes_sd_configs: [{ role: 'endpointslice', namespaces: { names: ['ml'] } }] });
    expect(api).not.toHaveProperty('static_configs');
    expect(api?.relabel_configs?.[0]).toMatchObject({ action: 'keep', regex: 'prediction-api;5000' });
    expect(api?.relabel_configs).toContainEqual(expect.objectContaining({ target_label: 'service', replacement: 'churn' }));
    // One job for each program: what the definitions scrape is not scraped again.
    expect(jobsIn(text).filter((job) => /^(app|prometheus)$/.test(job.job_name))).toEqual([]);
  });

  it('are of Alidade what it does not stand in for, and itself with its token', () => {
    const jobs = jobsIn(textOf(composeFiles(DEFINITIONS), 'prometheus/alidade.yml'));
    expect(jobs[0]).toMatchObject({
      job_name: 'self',
      authorization: { credentials_file: '/run/secrets/alidade_token' },
      static_configs: [{ targets: ['localhost:9090'] }],
    });
    expect(jobs.map((job) => job.job_name)).toEqual(['self', 'ml-api', 'elsewhere', 'node-exporter']);
  });
});

describe('secrets', () => {
  it('are refused where they stand in a definition', () => {
    const receiver = { name: 'x', slack_configs: [{ channel: '#a', api_url: 'https://hooks.slack.com/services/T/B/x' }] };
    for (const files of [kubernetesFiles, composeFiles, helmFiles]) {
      expect(() => files(told({ route: { receiver: 'x' }, receivers: [receiver] }))).toThrow(DeployError);
      expect(() => files(told({ route: { receiver: 'x' }, receivers: [receiver] }))).toThrow(
        'alertmanager.yml: receivers[0].slack_configs[0].api_url: a secret must not stand in a generated file; write api_url_file with the path of a mounted file',
      );
    }
    expect(() => composeFiles({ ...DEFINITIONS, jobs: [{ job_name: 'x', basic_auth: { username: 'a', password: 'b' } }] })).toThrow(
      /password_file/,
    );
  });

  it('are mounted where definitions look for them', () => {
    const receiver = { name: 'x', slack_configs: [{ channel: '#a', api_url_file: '/etc/alertmanager/secrets/slack' }] };
    const definitions = told({ route: { receiver: 'x' }, receivers: [receiver] });
    expect(secretFiles(definitions.alertmanager)).toEqual(['/etc/alertmanager/secrets/slack']);
    expect(textOf(kubernetesFiles(definitions), 'alertmanager/alertmanager.yaml')).toContain('mountPath: /etc/alertmanager/secrets\n');
    expect(textOf(kubernetesFiles(definitions), 'alidade/alidade.yaml')).toContain('mountPath: /etc/alidade/alertmanager/secrets\n');
    expect(textOf(kubernetesFiles(definitions), 'SECRETS.md')).toContain('| `monitoring/alertmanager-secrets` | `slack` |');
    expect(textOf(composeFiles(definitions), 'lab.compose.yaml')).toContain('target: /etc/alertmanager/secrets/slack');
    const beside = told({ receivers: [{ name: 'x', slack_configs: [{ api_url_file: '/etc/alertmanager/slack' }] }] });
    expect(() => kubernetesFiles(beside)).toThrow(/use a folder of its own/);
  });
});

describe('files', () => {
  it('are the same each time, say where they come from, and sort what has no order', () => {
    expect(textOf(kubernetesFiles(DEFINITIONS), 'loki/loki.yaml')).toBe(textOf(kubernetesFiles(DEFINITIONS), 'loki/loki.yaml'));
    const first = (path: string, files: readonly DeployFile[]) => textOf(files, path).split('\n')[0];
    expect(first('loki/loki.yaml', kubernetesFiles(DEFINITIONS))).toMatch(/^# Generated by `alidade generate` from test\.alidade\.ts/);
    expect(first('alloy/config.alloy', composeFiles(DEFINITIONS))).toMatch(/^\/\/ Generated/);
    expect(first('SECRETS.md', kubernetesFiles(DEFINITIONS))).toMatch(/^<!-- Generated/);
    expect(formatYaml({ b: 1, labels: { z: '1', a: '2' }, a: undefined })).toBe('b: 1\nlabels:\n  a: "2"\n  z: "1"\n');
  });

  it('have names of Kubernetes whatever a dashboard is called', () => {
    expect(textOf(kubernetesFiles(DEFINITIONS), 'dashboards/One_Two.yaml')).toContain('name: grafana-dashboard-one-two\n');
  });

  it('work without definitions', () => {
    const nothing = definitionsOf([]);
    expect(kubernetesFiles(nothing).length).toBeGreaterThan(30);
    expect(textOf(composeFiles(nothing), 'alertmanager/alertmanager.yml')).toContain('receiver: nobody');
  });
});

it('options are checked before anything is written', () => {
  expect(() => deploySettings({ namespace: 'Monitoring' })).toThrow('namespace: "Monitoring" is no name of Kubernetes');
  expect(() => deploySettings({ predictionImage: 'registry/api:latest' })).toThrow(/not pinned/);
  expect(deploySettings({ images: { loki: 'mirror.example/loki:3.7.6' } }).image('loki')).toBe('mirror.example/loki:3.7.6');
});
