// Service discovery beside a real Prometheus: both are started with the same prometheus.yml in front of the same API server, Docker daemon and DNS
// server, whose answers change; both must show the same discovered labels and the same targets after each change.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints, fillCluster, fillEdges, node, pod, podAddress, service } from '../server/discovery/testing/cluster.ts';
import { FakeDns } from '../server/discovery/testing/fake-dns.ts';
import { FakeDocker } from '../server/discovery/testing/fake-docker.ts';
import { FakeKubernetes } from '../server/discovery/testing/fake-kubernetes.ts';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { hasOwnMounts, withOwnMounts } from './testing/own-mounts.ts';
import { type RunningServer, root, startServer, until } from './testing/processes.ts';

const prometheus = findPrometheus();
const canRun = prometheus !== undefined && hasOwnMounts();
const fixtures = join(root, 'server/discovery/testing');
// Of this process alone: resolv.conf knows no other port.
const DNS_ADDRESS = `127.${(process.pid >> 8) & 255}.${process.pid & 255}.53`;

describe.skipIf(!canRun)('discovery beside Prometheus (skipped without .cache/peers/prometheus-3, or unless root on Linux)', () => {
  let folder = '';
  let api: FakeKubernetes;
  const docker = new FakeDocker();
  const dns = new FakeDns();
  const listed = new TargetList();
  let peer: PrometheusPeer;
  let server: RunningServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alidade-sd-'));
    const [key, cert] = await Promise.all(['api-server.key', 'api-server.crt'].map((name) => readFile(join(fixtures, name), 'utf8')));
    api = new FakeKubernetes({ tls: { key: key as string, cert: cert as string }, pageSize: 2 });
    await api.listen();
    api.tokens = new Set(['cluster', 'first']);
    api.intercept = answerMetrics;
    fillCluster(api, '127.0.0.1', api.port);
    fillEdges(api);
    await dns.listen(53, DNS_ADDRESS);
    await docker.listen(join(folder, 'docker.sock'));
    fillDocker(docker);
    dns.zone = FIRST_ZONE;
    await listed.listen();
    listed.answer = [{ targets: ['10.4.0.1:80', '10.4.0.2:80'], labels: { env: 'a', __meta_own: 'x' } }, { targets: ['10.4.0.3:80'] }];
    await writeFile(join(folder, 'targets.json'), '[{"targets": ["10.5.0.1:80"], "labels": {"env": "a"}}]');
    await writeFile(join(folder, 'targets.yml'), '- targets: [10.5.0.2:80]\n');

    const serviceAccount = join(folder, 'serviceaccount');
    await mkdir(serviceAccount);
    const files = { token: 'cluster', 'ca.crt': cert as string, namespace: 'default' };
    await writeFile(join(folder, 'token'), 'first');
    for (const [name, text] of Object.entries(files)) await writeFile(join(serviceAccount, name), text);
    const resolvConf = join(folder, 'resolv.conf');
    await writeFile(resolvConf, `search svc.cluster.local cluster.local\nnameserver ${DNS_ADDRESS}\noptions ndots:2\n`);
    const config = configOf(folder, api.url, listed.url, join(fixtures, 'api-server.crt'));
    await mkdir(join(folder, 'lab'));
    await writeFile(join(folder, 'lab/prometheus.yml'), config);
    await writeFile(join(folder, 'kubeconfig'), kubeconfigOf(api.url));

    const mounts = { resolvConf, serviceAccount };
    // Both inherit it: where a cluster tells its pods how to reach the API server.
    process.env.KUBERNETES_SERVICE_HOST = '127.0.0.1';
    process.env.KUBERNETES_SERVICE_PORT = String(api.port);
    const ours = await withOwnMounts(folder, 'alidade', join(root, 'server/bin/alidade'), mounts);
    const theirs = await withOwnMounts(folder, 'prometheus', prometheus as string, mounts);
    [peer, server] = await Promise.all([
      startPrometheus(theirs, { config, flags: ['--scrape.discovery-reload-interval=100ms'] }),
      startServer([join(folder, 'lab')], { command: ours }),
    ]);
  });

  afterAll(async () => {
    delete process.env.KUBERNETES_SERVICE_HOST;
    delete process.env.KUBERNETES_SERVICE_PORT;
    await Promise.all([peer?.close(), server?.stop()]);
    await Promise.all([api?.close(), docker.close(), dns.close(), listed.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  /** Waits until Prometheus has seen the change (`isSettled`), then until we show the same. */
  async function same(isSettled: (targets: readonly Target[]) => boolean): Promise<readonly Target[]> {
    let theirs: readonly Target[] = [];
    let ours: readonly Target[] = [];
    await until(
      'Prometheus sees the change',
      async () => {
        theirs = await targetsOf(peer.url);
        return isSettled(theirs);
      },
      20_000,
    ).catch((error) => {
      const pools = (targets: readonly Target[]) => [...new Set(targets.map((target) => target.pool))].join(', ');
      throw new Error(`${error}; Prometheus: ${pools(theirs)}`);
    });
    await until(
      'both know the same targets',
      async () => {
        [theirs, ours] = await Promise.all([targetsOf(peer.url), targetsOf(server.url)]);
        return JSON.stringify(theirs) === JSON.stringify(ours);
      },
      10_000,
    ).catch(() => undefined);
    expect(differences(ours, theirs)).toEqual([]);
    return ours;
  }

  it('finds the same targets, and follows every change as Prometheus does', async () => {
    const first = await same(
      (targets) => new Set(targets.map((target) => target.pool)).size === POOLS && has(targets, 'dns-search', '10.2.0.1:9100'),
    );
    expect(first.length).toBeGreaterThan(50);
    await until('Prometheus scrapes the control plane', async () => (await healthy(peer.url)).length === 2, 10_000);
    await until('Alidade scrapes the control plane', async () => (await healthy(server.url)).length === 2, 10_000);
    expect(await healthy(server.url)).toEqual(await healthy(peer.url));

    // A token expires, the API server restarts and has forgotten its history; meanwhile the cluster has changed.
    const watches = api.watchCount;
    api.tokens = new Set(['cluster', 'second']);
    await writeFile(join(folder, 'token'), 'second');
    api.endWatches();
    changeCluster(api);
    api.forgetHistory();
    docker.containers = docker.containers.slice(1);
    dns.zone = SECOND_ZONE;
    listed.answer = [{ targets: ['10.4.0.3:80', '10.4.0.4:80'], labels: { env: 'b' } }];
    await writeFile(join(folder, 'targets.json'), '[{"targets": ["10.5.0.1');
    await rm(join(folder, 'targets.yml'));
    await writeFile(join(folder, 'targets-new.yml'), '- targets: [10.5.0.3:80]\n  labels: {env: b}\n');
    // Then it goes on changing, over watches that live.
    await until('both watch again', () => api.watchCount === watches, 15_000);
    await changeOnce(api);
    const second = await same(
      (targets) =>
        ['pod', 'kubernetes-pods', 'kubeconfig'].every((pool) => has(targets, pool, '10.1.0.4')) &&
        !has(targets, 'pod', '10.1.0.5:8080') &&
        has(targets, 'endpoints', '10.9.9.9:8080') &&
        has(targets, 'dns-a', '10.2.0.9:80') &&
        has(targets, 'http', '10.4.0.4:80') &&
        has(targets, 'file', '10.5.0.3:80') &&
        targets.some((target) => target.discovered.__meta_kubernetes_node_label_zone === 'c'),
    );
    expect(new Set(api.requests.map(({ httpVersion }) => httpVersion))).toEqual(new Set(['2.0']));
    // A file that breaks keeps its targets.
    expect([has(second, 'file', '10.5.0.1:80'), has(second, 'file', '10.5.0.2:80')]).toEqual([true, false]);
    // A name that does not exist any more has no targets; one whose server fails keeps them.
    expect([has(second, 'dns-search', '10.2.0.1:9100'), has(second, 'dns-mx', 'mail.example.com:25')]).toEqual([false, true]);
  });
});

/** An endpoint of http_sd_configs. */
class TargetList {
  answer: readonly unknown[] = [];
  readonly #server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.answer));
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/targets`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

async function healthy(url: string): Promise<string[]> {
  type Answer = { data: { activeTargets: { scrapePool: string; health: string }[] } };
  const { data } = (await (await fetch(`${url}/api/v1/targets`)).json()) as Answer;
  return data.activeTargets
    .filter((target) => target.health === 'up')
    .map((target) => target.scrapePool)
    .sort();
}

interface Target {
  readonly pool: string;
  readonly discovered: Readonly<Record<string, string>>;
  /** Absent where relabelling dropped it. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly url?: string;
}

// All but the one whose pods come later.
const POOLS = 21;

function has(targets: readonly Target[], pool: string, address: string): boolean {
  return targets.some((target) => target.pool === pool && target.discovered.__address__ === address);
}

async function targetsOf(url: string): Promise<readonly Target[]> {
  interface Answer {
    readonly data: {
      readonly activeTargets: readonly {
        scrapePool: string;
        scrapeUrl: string;
        discoveredLabels: Record<string, string>;
        labels: Record<string, string>;
      }[];
      readonly droppedTargets: readonly { scrapePool: string; discoveredLabels: Record<string, string> }[];
    };
  }
  const { data } = (await (await fetch(`${url}/api/v1/targets`)).json()) as Answer;
  const targets: Target[] = [
    ...data.activeTargets.map(({ scrapePool, scrapeUrl, discoveredLabels, labels }) => ({
      pool: scrapePool,
      discovered: sorted(discoveredLabels),
      labels: sorted(labels),
      url: scrapeUrl,
    })),
    ...data.droppedTargets.map(({ scrapePool, discoveredLabels }) => ({ pool: scrapePool, discovered: sorted(discoveredLabels) })),
  ];
  // A target without an address is a line in Prometheus' log; here it is listed with its reason.
  return targets
    .filter((target) => target.discovered.__address__ !== undefined)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** One line for each target that only one of them has, with the labels that its counterpart has otherwise. */
function differences(ours: readonly Target[], theirs: readonly Target[]): string[] {
  const texts = (targets: readonly Target[]) => targets.map((target) => JSON.stringify(target));
  const [a, b] = [texts(ours), texts(theirs)];
  return [
    ...a.filter((text) => !b.includes(text)).map((text) => `ours:   ${text}`),
    ...b.filter((text) => !a.includes(text)).map((text) => `theirs: ${text}`),
  ];
}

function sorted(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const FIRST_ZONE: FakeDns['zone'] = {
  '_metrics._tcp.example.com': {
    SRV: [
      { priority: 0, weight: 0, port: 9100, target: 'a.example.com' },
      { priority: 0, weight: 0, port: 9101, target: 'b.example.com' },
    ],
  },
  'web.example.com': { A: ['10.2.0.1', '10.2.0.2'], AAAA: ['fd00::1'] },
  'example.com': { MX: [{ preference: 10, exchange: 'mail.example.com' }], NS: ['ns1.example.com'] },
  'web.svc.cluster.local': { A: ['10.2.0.1'] },
  'dead.example.com': 'SERVFAIL',
};

const SECOND_ZONE: FakeDns['zone'] = {
  '_metrics._tcp.example.com': { SRV: [{ priority: 0, weight: 0, port: 9102, target: 'b.example.com' }] },
  'web.example.com': { A: ['10.2.0.9'] },
  'example.com': 'SERVFAIL',
};

// As a kubelet and the control plane answer on the port of the API server: to whoever has a good token.
const answerMetrics: FakeKubernetes['intercept'] = (request, response, url) => {
  if (url.pathname !== '/metrics') return false;
  const isKnown = request.headers.authorization === 'Bearer cluster';
  response.writeHead(isKnown ? 200 : 401, { 'content-type': 'text/plain; version=0.0.4' }).end('requests 1\n');
  return true;
};

function changeCluster(api: FakeKubernetes): void {
  api.remove('pods', 'web-2', 'default');
  api.put(
    'pods',
    pod('web-3', { ip: '10.1.0.4', node: 'node-b', ports: [], labels: { tier: 'back' }, annotations: { 'prometheus.io/scrape': 'true' } }),
  );
  api.put('pods', pod('job-2', { namespace: 'batch', ip: '10.1.0.4', ports: [] }));
  api.put('pods', pod('starting', { ip: '10.1.0.5', labels: { stage: 'late' } }));
  api.put(
    'endpoints',
    endpoints('web', [podAddress('web-1', '127.0.0.1'), podAddress('web-3', '10.1.0.4', 'node-b'), { ip: '10.9.9.9', hostname: 'vm' }]),
  );
  api.put('services', service('outside', 'default', { type: 'ExternalName', externalName: 'db.example.com', clusterIP: '' }));
  api.put('services', service('front', 'default', { type: 'LoadBalancer', loadBalancerIP: '1.2.3.4' }));
  api.put('nodes', node('node-c', 'fd00::3'));
  api.remove('ingresses', 'site', 'default');
}

// Prometheus looks pods up only when endpoints change: those come last, when it knows the pods.
async function changeOnce(api: FakeKubernetes): Promise<void> {
  api.remove('pods', 'starting', 'default');
  api.put('nodes', node('node-b', '192.168.0.22', { zone: 'c' }));
  api.put('services', { ...service('web'), metadata: { name: 'web', namespace: 'default', labels: { team: 'data' } } });
  api.remove('nodes', 'node-c');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const others = [podAddress('web-3', '10.1.0.4', 'node-b'), { ip: '10.9.9.9', hostname: 'vm' }];
  api.put('endpoints', endpoints('web', [podAddress('web-1', '127.0.0.1')], { notReady: others }));
}

function fillDocker(docker: FakeDocker): void {
  docker.networks = [
    { Id: 'n1', Name: 'back', Scope: 'local', Internal: false, Ingress: false, Labels: { 'com.docker.compose.network': 'back' } },
    { Id: 'n2', Name: 'front', Scope: 'local', Internal: true, Ingress: false, Labels: {} },
    { Id: 'n3', Name: 'host', Scope: 'local', Internal: false, Ingress: false, Labels: {} },
  ];
  docker.containers = [
    {
      Id: 'c1',
      Names: ['/web'],
      Labels: { 'com.docker.compose.service': 'web', 'a.b/c': 'x' },
      Ports: [
        { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
        { PrivatePort: 9100, Type: 'tcp' },
        { PrivatePort: 53, Type: 'udp' },
      ],
      HostConfig: { NetworkMode: 'back' },
      NetworkSettings: {
        Networks: { front: { IPAddress: '10.3.2.1', NetworkID: 'n2' }, back: { IPAddress: '10.3.1.1', NetworkID: 'n1' } },
      },
    },
    {
      Id: 'c2',
      Names: ['/sidecar'],
      Labels: {},
      Ports: [],
      HostConfig: { NetworkMode: 'container:c1' },
      NetworkSettings: { Networks: {} },
    },
    {
      Id: 'c3',
      Names: ['/agent'],
      Labels: null,
      Ports: [],
      HostConfig: { NetworkMode: 'host' },
      NetworkSettings: { Networks: { host: { IPAddress: '', NetworkID: 'n3' } } },
    },
    { Id: 'c4', Names: ['/lost'], Labels: {}, Ports: [], HostConfig: { NetworkMode: 'none' }, NetworkSettings: { Networks: {} } },
  ];
}

function kubeconfigOf(url: string): string {
  return `apiVersion: v1
kind: Config
current-context: test
contexts: [{name: test, context: {cluster: test, user: test}}]
clusters: [{name: test, cluster: {server: '${url}', certificate-authority: '${join(fixtures, 'api-server.crt')}'}}]
users: [{name: test, user: {tokenFile: serviceaccount/token}}]
`;
}

function configOf(folder: string, apiUrl: string, listUrl: string, caFile: string): string {
  const named = `api_server: '${apiUrl}', authorization: {credentials_file: '${folder}/token'}, tls_config: {ca_file: '${caFile}'}`;
  const job = (name: string, discovery: string) => `
  - job_name: ${name}
    scrape_interval: 1h
    ${discovery}
`;
  const kubernetes = (role: string, more = '') => `kubernetes_sd_configs: [{role: ${role}, ${named}${more}}]`;
  const socket = `unix://${folder}/docker.sock`;
  return `global: {scrape_interval: 1h}
scrape_configs:
${exerciseJobs}
${['node', 'service', 'pod', 'endpoints', 'endpointslice', 'ingress'].map((role) => job(role, kubernetes(role, ', attach_metadata: {node: true}'))).join('')}
${job('own-namespace', 'kubernetes_sd_configs: [{role: pod, namespaces: {own_namespace: true}}]')}
${job('kubeconfig', `kubernetes_sd_configs: [{role: pod, kubeconfig_file: '${folder}/kubeconfig', namespaces: {names: [batch]}}]`)}
${job('selected', kubernetes('pod', ", selectors: [{role: pod, label: 'tier=back', field: 'spec.nodeName=node-b'}]"))}
${job('docker', `docker_sd_configs: [{host: '${socket}', refresh_interval: 1s}]`)}
${job('docker-all', `docker_sd_configs: [{host: '${socket}', refresh_interval: 1s, match_first_network: false, port: 8000, host_networking_host: me}]`)}
${job('http', `http_sd_configs: [{url: '${listUrl}', refresh_interval: 1s}]`)}
${job('file', `file_sd_configs: [{files: ['${folder}/targets*.yml', '${folder}/targets.json'], refresh_interval: 1s}]`)}
${job('dns-srv', 'dns_sd_configs: [{names: [_metrics._tcp.example.com, dead.example.com], refresh_interval: 1s}]')}
${job('dns-a', 'dns_sd_configs: [{names: [web.example.com, gone.example.com], type: A, port: 80, refresh_interval: 1s}]')}
${job('dns-aaaa', 'dns_sd_configs: [{names: [web.example.com.], type: aaaa, port: 80, refresh_interval: 1s}]')}
${job('dns-mx', 'dns_sd_configs: [{names: [example.com], type: MX, port: 25, refresh_interval: 1s}]')}
${job('dns-ns', 'dns_sd_configs: [{names: [example.com], type: NS, port: 53, refresh_interval: 1s}]')}
${job('dns-search', 'dns_sd_configs: [{names: [web], type: A, port: 9100, refresh_interval: 1s}]')}
`;
}

// The three jobs of a cluster's own Prometheus, as tutorials have them.
const exerciseJobs = `
  - job_name: kubernetes-apiservers
    scrape_interval: 1s
    kubernetes_sd_configs:
      - role: endpoints
    scheme: https
    tls_config:
      ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    bearer_token_file: /var/run/secrets/kubernetes.io/serviceaccount/token
    relabel_configs:
      - source_labels: [__meta_kubernetes_namespace, __meta_kubernetes_service_name, __meta_kubernetes_endpoint_port_name]
        action: keep
        regex: default;kubernetes;https
  - job_name: kubernetes-nodes
    scrape_interval: 1s
    kubernetes_sd_configs:
      - role: node
    scheme: https
    tls_config:
      ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    bearer_token_file: /var/run/secrets/kubernetes.io/serviceaccount/token
    relabel_configs:
      - action: labelmap
        regex: __meta_kubernetes_node_label_(.+)
  - job_name: kubernetes-pods
    kubernetes_sd_configs:
      - role: pod
    relabel_configs:
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]
        action: keep
        regex: true
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_port]
        action: replace
        target_label: __address__
        regex: ([^:]+)(?::\\d+)?;(\\d+)
        replacement: $1:$2
      - action: labelmap
        regex: __meta_kubernetes_pod_label_(.+)
      - source_labels: [__meta_kubernetes_namespace]
        target_label: kubernetes_namespace
      - source_labels: [__meta_kubernetes_pod_name]
        target_label: kubernetes_pod_name
`;
