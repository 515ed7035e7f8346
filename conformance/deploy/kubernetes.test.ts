// The manifests of deploy/kubernetes: against the schemas of their kinds, against each other, and against what must not be in them.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  AMTOOL,
  configMapData,
  DEPLOY,
  deployPaths,
  deployYaml,
  hasPeers,
  manifests,
  PROMTOOL,
  writeTexts,
  writeVolume,
} from '../testing/deploy-files.ts';
import { type KubernetesObject, schemaFaults } from '../testing/kubernetes-schema.ts';
import { root } from '../testing/processes.ts';

const run = promisify(execFile);
const all = manifests();
const scratch = mkdtempSync(join(tmpdir(), 'alidade-deploy-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { name: string; value?: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }[];
  readonly ports?: readonly { name: string; containerPort: number }[];
  readonly securityContext: Record<string, unknown> & { capabilities: { drop: string[]; add?: string[] } };
  readonly resources: { requests: Record<string, string>; limits: Record<string, string> };
  readonly volumeMounts?: readonly { name: string; mountPath: string }[];
  readonly [probe: string]: unknown;
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly securityContext: Record<string, unknown> & { runAsUser: number };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Record<string, unknown>[];
  readonly hostNetwork?: boolean;
}

interface Workload {
  readonly object: KubernetesObject;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: PodSpec;
  readonly containers: readonly Container[];
}

const workloads: Workload[] = all
  .filter(({ kind }) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind))
  .map((object) => {
    const { template } = object.spec as { template: { metadata: { labels: Record<string, string> }; spec: PodSpec } };
    const containers = [...template.spec.containers, ...(template.spec.initContainers ?? [])];
    const { name, namespace = '' } = object.metadata;
    return { object, name, namespace, labels: template.metadata.labels, pod: template.spec, containers };
  });
const ofKind = (kind: string) => all.filter((object) => object.kind === kind);

describe('schemas', () => {
  it('know every key of every object', () => {
    expect(all.length).toBeGreaterThan(100);
    expect(all.flatMap(schemaFaults)).toEqual([]);
  });

  it('would say what is wrong', () => {
    const [set] = ofKind('StatefulSet');
    const copy = structuredClone(set) as unknown as {
      spec: { replicas: unknown; template: { spec: { containers: Record<string, unknown>[] } } };
    };
    copy.spec.replicas = 'two';
    expect(schemaFaults(copy as unknown as KubernetesObject).join()).toContain('replicas');
    copy.spec.replicas = 2;
    Object.assign(copy.spec.template.spec.containers[0] ?? {}, { readynessProbe: {} });
    expect(schemaFaults(copy as unknown as KubernetesObject)).toEqual([
      expect.stringContaining('no schema knows /spec/template/spec/containers/0/readynessProbe'),
    ]);
    const monitor = structuredClone(ofKind('ServiceMonitor')[0]) as unknown as { spec: { endpoints: { interval: unknown }[] } };
    for (const endpoint of monitor.spec.endpoints) endpoint.interval = 'often';
    expect(schemaFaults(monitor as unknown as KubernetesObject).join()).toContain('interval');
  });
});

describe('pods', () => {
  /** Who has more than all others, and why. */
  const ROOT: Readonly<Record<string, string>> = {
    promtail: 'the files of log lines belong to root',
    'gpu-exporter': 'the devices of the driver and the socket of the kubelet belong to root',
  };

  it.each(workloads)('$name is not root, writes to volumes only and is bounded', ({ name, pod, containers }) => {
    const isRoot = name in ROOT;
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: !isRoot, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod.securityContext.runAsUser === 0).toBe(isRoot);
    for (const container of containers) {
      expect(container.securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
      expect(container.securityContext.capabilities.drop).toEqual(['ALL']);
      expect(container.securityContext.capabilities.add ?? []).toEqual(name === 'promtail' ? ['DAC_READ_SEARCH'] : []);
      expect(container.securityContext).not.toHaveProperty('privileged');
      for (const bounds of [container.resources.requests, container.resources.limits])
        expect(Object.keys(bounds).sort()).toEqual(['cpu', 'memory']);
      expect(container.image).toMatch(/^[a-z0-9.-]+\/.+:[^:]+$/);
      expect(container.image).not.toMatch(/:latest$/);
    }
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) expect(pod.containers[0]).toHaveProperty(probe);
    const hostPaths = (pod.volumes ?? []).filter((volume) => 'hostPath' in volume);
    if (hostPaths.length > 0) expect(['node-exporter', 'promtail', 'gpu-exporter']).toContain(name);
  });

  it('has 3 replicas of the prediction API, 2 of Prometheus with 30 days and 50 GB, 2 of Alertmanager', () => {
    const replicas = (name: string) =>
      (workloads.find((one) => one.name === name)?.object.spec as { replicas: number } | undefined)?.replicas;
    expect([replicas('prediction-api'), replicas('prometheus'), replicas('alertmanager')]).toEqual([3, 2, 2]);
    const prometheus = JSON.stringify(workloads.find(({ name }) => name === 'prometheus')?.object);
    for (const part of ['--storage.tsdb.retention.time=30d', '--storage.tsdb.retention.size=50GB', '100Gi', 'fast-ssd'])
      expect(prometheus).toContain(part);
  });
});

describe('references', () => {
  const names = (kind: string) => new Set(ofKind(kind).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));

  it('of pods lead to accounts, ConfigMaps with these keys, and volumes', () => {
    const accounts = names('ServiceAccount');
    const missing: string[] = [];
    for (const { name, namespace, pod, containers, object } of workloads) {
      if (!accounts.has(`${namespace}/${pod.serviceAccountName}`)) missing.push(`${name}: account ${pod.serviceAccountName}`);
      for (const [map, key] of configMapKeys(pod.volumes)) {
        const data = ofKind('ConfigMap').find(({ metadata }) => metadata.name === map && metadata.namespace === namespace)?.data as
          | object
          | undefined;
        if (!data || (key !== undefined && !(key in data))) missing.push(`${name}: ConfigMap ${map} ${key ?? ''}`);
      }
      const claims = (object.spec as { volumeClaimTemplates?: { metadata: { name: string } }[] }).volumeClaimTemplates ?? [];
      const volumes = new Set([...(pod.volumes ?? []).map((volume) => volume.name), ...claims.map(({ metadata }) => metadata.name)]);
      for (const { name: volume } of containers.flatMap((container) => container.volumeMounts ?? [])) {
        if (!volumes.has(volume)) missing.push(`${name}: volume ${volume}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('of Services, budgets and scalers lead to pods and their ports', () => {
    const wrong: string[] = [];
    for (const { kind, metadata, spec } of [...ofKind('Service'), ...ofKind('PodDisruptionBudget'), ...ofKind('NetworkPolicy')]) {
      const {
        selector,
        podSelector,
        ports = [],
      } = spec as { selector?: object; podSelector?: { matchLabels?: object }; ports?: { targetPort: string }[] };
      const labels = (podSelector ? podSelector.matchLabels : ((selector as { matchLabels?: object }).matchLabels ?? selector)) as
        | Record<string, string>
        | undefined;
      if (labels === undefined || Object.keys(labels).length === 0) continue;
      const found = workloads.filter(
        (one) => one.namespace === metadata.namespace && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
      );
      if (found.length !== 1) wrong.push(`${kind} ${metadata.name}: ${found.length} workloads`);
      const known = new Set(
        found.flatMap(({ pod }) => pod.containers.flatMap((container) => (container.ports ?? []).map((port) => port.name))),
      );
      for (const { targetPort } of ports) if (!known.has(targetPort)) wrong.push(`${kind} ${metadata.name}: port ${targetPort}`);
    }
    expect(wrong).toEqual([]);
  });

  it('to Secrets stand in SECRETS.md, and no object holds one', () => {
    const text = deployPaths('kubernetes').find((path) => path.endsWith('SECRETS.md')) ?? '';
    const table = execFileSync('cat', [text], { encoding: 'utf8' });
    const references = workloads.flatMap(({ containers, namespace }) =>
      containers.flatMap(({ env = [] }) =>
        env.flatMap(({ valueFrom }) => (valueFrom?.secretKeyRef ? [{ namespace, ...valueFrom.secretKeyRef }] : [])),
      ),
    );
    expect(references.length).toBeGreaterThan(8);
    for (const { namespace, name, key } of references) expect(table).toContain(`| \`${namespace}/${name}\` | \`${key}\` |`);
    expect(ofKind('Secret')).toEqual([]);
    for (const { containers } of workloads) {
      for (const { env = [] } of containers) {
        for (const { name, value } of env) if (/PASSWORD|TOKEN|SECRET|API_KEY/.test(name)) expect(value).toBeUndefined();
      }
    }
  });

  it('of kustomizations lead to files, and everything is in one', () => {
    const used = new Set<string>();
    for (const path of deployPaths('kubernetes').filter((one) => one.endsWith('kustomization.yaml'))) {
      for (const resource of deployYaml(path.slice(DEPLOY.length + 1)).resources as string[]) used.add(resolve(dirname(path), resource));
    }
    for (const path of used) expect(existsSync(path), path).toBe(true);
    const files = deployPaths('kubernetes').filter((path) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml'));
    expect(files.filter((path) => !used.has(path))).toEqual([]);
  });

  const hasKubectl = isThere('kubectl');
  it.skipIf(!hasKubectl)('are what kubectl builds of the overlays', async () => {
    for (const overlay of ['upstream', 'alidade']) {
      const { stdout } = await run('kubectl', ['kustomize', join(DEPLOY, 'kubernetes/overlays', overlay)], { maxBuffer: 16e6 });
      expect(stdout.match(/^kind: /gm)?.length).toBeGreaterThan(40);
    }
  });
});

describe('configurations', () => {
  it.skipIf(!hasPeers)('of Prometheus and the agent are taken by promtool, and all rules', async () => {
    for (const name of ['prometheus-config', 'alidade-config', 'alidade-agent-config']) {
      const folder = join(scratch, name);
      writeTexts(folder, configMapData(name));
      const { stdout } = await run(PROMTOOL, ['check', 'config', '--syntax-only', join(folder, 'prometheus.yml')]);
      expect(stdout).toContain('SUCCESS');
    }
    const rules = configMapData('prometheus-rules');
    writeTexts(join(scratch, 'rules'), rules);
    const files = Object.keys(rules).map((name) => join(scratch, 'rules', name));
    expect((await run(PROMTOOL, ['check', 'rules', ...files])).stdout).toContain('SUCCESS');
    const objects = ofKind('PrometheusRule');
    expect(objects.map(({ spec }) => spec)).toEqual(Object.values(rules).map((text) => parse(text)));
  });

  it.skipIf(!hasPeers)('of Alertmanager are taken by amtool', async () => {
    writeTexts(join(scratch, 'alertmanager'), configMapData('alertmanager-config'));
    const { stdout } = await run(AMTOOL, ['check-config', join(scratch, 'alertmanager', 'alertmanager.yml')]);
    expect(stdout).toContain('SUCCESS');
  });

  it('of Alidade are taken by Alidade, laid out as its volumes are', async () => {
    const alidade = workloads.find(({ name }) => name === 'alidade') as Workload;
    for (const { name, mountPath } of alidade.containers.flatMap((container) => container.volumeMounts ?? [])) {
      const volume = alidade.pod.volumes?.find((one) => one.name === name);
      const texts = Object.fromEntries(configMapItems(volume).map(([map, key, path]) => [path, configMapData(map)[key] ?? '']));
      if (Object.keys(texts).length > 0) writeVolume(join(scratch, 'pod', mountPath), texts);
    }
    const folder = join(scratch, 'pod/etc/alidade');
    const { stdout, stderr } = await run(process.execPath, [join(root, 'server/dist/main.js'), 'check', folder], {
      env: { ...process.env, POD_NAME: 'alidade-0' },
    });
    expect(`${stdout}${stderr}`).toMatch(/good: 0 errors/);
    // Files of the account and the token are in pods only; what Alidade does not do yet, it says.
    const warnings = `${stdout}${stderr}`.split('\n').filter((line) => line.includes(': warning: '));
    expect(warnings.filter((line) => !/cannot be read now|not supported yet/.test(line))).toEqual([]);
  });

  it('of the exercise have its discovery jobs', () => {
    const config = parse(configMapData('prometheus-config')['prometheus.yml'] ?? '') as {
      scrape_configs: { job_name: string }[];
      global: { external_labels: object };
    };
    expect(config.scrape_configs.map((job) => job.job_name)).toEqual(
      expect.arrayContaining([
        'kubernetes-apiservers',
        'kubernetes-nodes',
        'kubernetes-cadvisor',
        'kubernetes-pods',
        'ml-api',
        'node-exporter',
        'kube-state-metrics',
      ]),
    );
    expect(config.global.external_labels).toMatchObject({ cluster: 'production', region: 'us-west-2', replica: '$POD_NAME' });
  });

  it('of Alloy wire components that are there', () => {
    const text = configMapData('alloy-config')['config.alloy'] ?? '';
    const there = new Set([...text.matchAll(/^([a-z_.]+) "(\w+)" \{$/gm)].map(([, type, label]) => `${type}.${label}`));
    expect(there.size).toBeGreaterThan(6);
    const used = [...text.matchAll(/\b((?:loki|otelcol|discovery)\.[a-z_.]+?\.\w+)\.(?:receiver|input|output|targets|rules)\b/g)].map(
      ([, name]) => name,
    );
    expect(used.length).toBeGreaterThan(4);
    expect(used.filter((name) => !there.has(name ?? ''))).toEqual([]);
    expect([...text].filter((one) => one === '{').length).toBe([...text].filter((one) => one === '}').length);
  });

  it('name nothing that their programs have removed', () => {
    const texts = ['loki-config', 'tempo-config', 'jaeger-config'].map((name) => Object.values(configMapData(name)).join('\n'));
    const loki = /boltdb|table_manager|enforce_metric_name|max_transfer_retries|shared_store|max_look_back_period/;
    const tempo = /^(ingester|ingester_client|compactor|metrics_generator_client):/m;
    expect(texts[0]).not.toMatch(loki);
    expect(texts[1]).not.toMatch(tempo);
    const jaeger = parse(texts[2] ?? '') as Record<'receivers' | 'processors' | 'exporters' | 'extensions', object> & {
      service: { extensions: string[]; pipelines: { traces: Record<'receivers' | 'processors' | 'exporters', string[]> } };
    };
    expect(Object.keys(jaeger.extensions).sort()).toEqual([...jaeger.service.extensions].sort());
    for (const part of ['receivers', 'processors', 'exporters'] as const)
      expect(Object.keys(jaeger[part])).toEqual(jaeger.service.pipelines.traces[part]);
  });

  it('of Grafana link signals to data sources that are there', () => {
    const { datasources } = parse(configMapData('grafana-provisioning')['datasources.yaml'] ?? '') as {
      datasources: { uid: string; type: string }[];
    };
    expect(datasources.map(({ type }) => type)).toEqual(expect.arrayContaining(['prometheus', 'loki', 'tempo', 'jaeger', 'elasticsearch']));
    const uids = new Set(datasources.map(({ uid }) => uid));
    const linked = [...JSON.stringify(datasources).matchAll(/"datasourceUid":"([^"]+)"/g)].map(([, uid]) => uid ?? '');
    expect(linked.length).toBeGreaterThan(5);
    expect(linked.filter((uid) => !uids.has(uid))).toEqual([]);
  });
});

/** The files of a volume: ConfigMap, key, path. */
function configMapItems(volume: unknown): [map: string, key: string, path: string][] {
  const { configMap, projected } = (volume ?? {}) as {
    configMap?: ConfigMapSource;
    projected?: { sources: { configMap: ConfigMapSource }[] };
  };
  const sources = projected?.sources.map((source) => source.configMap) ?? (configMap ? [configMap] : []);
  return sources.flatMap(({ name, items }) => items.map(({ key, path }): [string, string, string] => [name, key, path]));
}

interface ConfigMapSource {
  readonly name: string;
  readonly items: readonly { readonly key: string; readonly path: string }[];
}

function configMapKeys(value: unknown): [map: string, key: string | undefined][] {
  if (typeof value !== 'object' || value === null) return [];
  const { configMap } = value as { configMap?: { name: string; items?: { key: string }[] } };
  const own: [string, string | undefined][] = configMap
    ? (configMap.items?.map(({ key }) => [configMap.name, key]) ?? [[configMap.name, undefined]])
    : [];
  return [...own, ...Object.values(value).flatMap((member) => configMapKeys(member))];
}

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
