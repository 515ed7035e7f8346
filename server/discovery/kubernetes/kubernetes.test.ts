import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KubernetesDiscovery } from '../../config/kubernetes-discovery.ts';
import type { TargetGroup } from '../../config/scrape-config.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { type DiscoveryOptions, startDiscovery } from '../manager.ts';
import { endpoints, node, pod, podAddress, service } from '../testing/cluster.ts';
import { FakeKubernetes, type FakeKubernetesOptions } from '../testing/fake-kubernetes.ts';
import { startKubernetes } from './kubernetes.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function cluster(options: FakeKubernetesOptions = {}): Promise<FakeKubernetes> {
  const api = new FakeKubernetes(options);
  await api.listen();
  cleanups.push(() => api.close());
  return api;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'alidade-k8s-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

function podsOf(apiServer: string, more: Partial<KubernetesDiscovery> = {}, credentialsFile?: string): KubernetesDiscovery {
  const client = { followRedirects: true, ...(credentialsFile && { authorization: { type: 'Bearer', credentialsFile } }) };
  const access = { type: 'url' as const, apiServer, client };
  return { type: 'kubernetes', role: 'pod', access, namespaces: [], ownNamespace: false, selectors: [], attachNode: false, ...more };
}

function follow(config: KubernetesDiscovery, machine: DiscoveryOptions['machine'] = {}) {
  const clock = new FakeClock(1_000_000);
  let groups: readonly TargetGroup[] | undefined;
  const manager = startDiscovery({
    jobs: [{ name: 'job', discoveries: [config] }],
    onUpdate: (_job, found) => (groups = found),
    clock,
    machine,
  });
  cleanups.push(() => manager.stop());
  return {
    manager,
    clock,
    targets: () => groups?.flatMap((group) => group.targets),
    groups: () => groups ?? [],
    /** Lets time go on until the check holds. */
    async until(check: () => void) {
      await vi.waitFor(
        async () => {
          await clock.advance(500);
          check();
        },
        { timeout: 10_000, interval: 5 },
      );
    },
    problem: () => manager.problems()[0]?.message ?? '',
  };
}

const lists = (api: FakeKubernetes) => api.requests.filter(({ query }) => !query.has('watch')).length;
const watching = (api: FakeKubernetes, count = 1) => vi.waitFor(() => expect(api.watchCount).toBe(count));

describe('list and watch', () => {
  it('reads the list in pages, then follows what comes, changes and goes without reading it again', async () => {
    const api = await cluster({ pageSize: 2 });
    for (const i of [1, 2, 3, 4, 5]) api.put('pods', pod(`p${i}`, { ip: `10.0.0.${i}` }));
    const { targets, until } = follow(podsOf(api.url));
    await until(() => expect(targets()).toHaveLength(5));
    await watching(api);
    api.put('pods', pod('p6', { ip: '10.0.0.6' }));
    api.put('pods', pod('p1', { ip: '10.0.0.9' }));
    api.remove('pods', 'p2', 'default');
    await until(() =>
      expect(targets()?.toSorted()).toEqual(['10.0.0.3:8080', '10.0.0.4:8080', '10.0.0.5:8080', '10.0.0.6:8080', '10.0.0.9:8080']),
    );
    expect(lists(api)).toBe(3);
  });

  it('says that its targets could not be passed on, and passes the next ones on', async () => {
    const api = await cluster();
    api.put('pods', pod('p1'));
    const clock = new FakeClock(1_000_000);
    const said: unknown[] = [];
    let updates = 0;
    const onUpdate = () => {
      if (++updates === 1) throw new Error('no room');
    };
    const discoverer = startKubernetes(podsOf(api.url), { onUpdate, onProblem: (...problem) => said.push(problem), clock, resolve: {} });
    cleanups.push(() => discoverer.stop());
    const until = (check: () => void) =>
      vi.waitFor(
        async () => {
          await clock.advance(500);
          check();
        },
        { timeout: 10_000, interval: 5 },
      );
    await until(() => expect(said).toEqual([['url (pod)', 'no room']]));
    await watching(api);
    api.put('pods', pod('p2'));
    await until(() => expect(said[1]).toEqual(['url (pod)', undefined]));
  });

  it('goes on from where a watch ended, even in the middle of an event', async () => {
    const api = await cluster();
    api.put('pods', pod('p1'));
    const { targets, until } = follow(podsOf(api.url));
    await until(() => expect(targets()).toHaveLength(1));
    await watching(api);
    api.sendToWatches('pods', '{"type":"ADDED","object":{"metadata":{"name":"cut');
    api.endWatches();
    api.put('pods', pod('p2', { ip: '10.0.0.2' }));
    await until(() => expect(targets()).toEqual(['10.1.0.1:8080', '10.0.0.2:8080']));
    expect(lists(api)).toBe(1);
  });

  it.each(['the request', 'an event'])('lists again when the server has forgotten the version (410 in %s)', async (place) => {
    const api = await cluster();
    api.put('pods', pod('p1'));
    api.put('pods', pod('p2', { ip: '10.0.0.2' }));
    const { targets, until, manager } = follow(podsOf(api.url));
    await until(() => expect(targets()).toHaveLength(2));
    await watching(api);
    if (place === 'an event') api.sendToWatches('pods', '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n');
    else api.endWatches();
    api.remove('pods', 'p1', 'default');
    api.forgetHistory();
    await until(() => expect(targets()).toEqual(['10.0.0.2:8080']));
    expect(manager.problems()).toEqual([]);
  });

  it('begins the list again when it changes too much between two pages', async () => {
    const api = await cluster({ pageSize: 1 });
    for (const i of [1, 2]) api.put('pods', pod(`p${i}`, { ip: `10.0.0.${i}` }));
    let refusals = 0;
    api.intercept = (_request, response, url) => {
      if (!url.searchParams.has('continue') || refusals++ > 0) return false;
      response.writeHead(410).end('{"kind":"Status","code":410,"reason":"Expired"}');
      return true;
    };
    const { targets, until } = follow(podsOf(api.url));
    await until(() => expect(targets()).toHaveLength(2));
  });

  it('keeps its targets while a token is expired, says so, and goes on with the new one from the file', async () => {
    const file = join(await folder(), 'token');
    await writeFile(file, 'old');
    const api = await cluster();
    api.tokens = new Set(['old']);
    api.put('pods', pod('p1'));
    const { targets, until, manager, problem } = follow(podsOf(api.url, {}, file));
    await until(() => expect(targets()).toHaveLength(1));
    await watching(api);
    api.tokens = new Set(['new']);
    api.endWatches();
    await until(() => expect(problem()).toBe('server returned HTTP status 401 for the watch of /api/v1/pods: Unauthorized'));
    api.put('pods', pod('p2', { ip: '10.0.0.2' }));
    expect(targets()).toHaveLength(1);
    await writeFile(file, 'new');
    await until(() => expect(targets()).toHaveLength(2));
    expect(manager.problems()).toEqual([]);
  });

  it('waits longer and longer before it asks a server that fails', async () => {
    const api = await cluster();
    api.intercept = (_request, response) => Boolean(response.writeHead(503).end('overloaded'));
    const { clock, problem } = follow(podsOf(api.url));
    await vi.waitFor(() => expect(problem()).toBe('server returned HTTP status 503 for /api/v1/pods: overloaded'));
    for (let i = 0; i < 240; i++) {
      await clock.advance(500);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Two minutes: after 0.8, 1.6, 3.2 … seconds, each up to doubled by chance.
    expect(api.requests.length).toBeGreaterThan(3);
    expect(api.requests.length).toBeLessThan(10);
  });

  it('ends its requests when it is stopped, and leaves an unchanged job alone', async () => {
    const api = await cluster();
    api.put('pods', pod('p1'));
    const { targets, until, manager } = follow(podsOf(api.url));
    await until(() => expect(targets()).toHaveLength(1));
    await watching(api);
    const before = api.requests.length;
    await manager.apply([{ name: 'job', discoveries: [podsOf(api.url)] }]);
    expect([api.requests.length, api.watchCount]).toEqual([before, 1]);
    await manager.apply([{ name: 'job', discoveries: [podsOf(api.url, { role: 'service' })] }]);
    await vi.waitFor(() => expect(api.requests.at(-1)?.path).toBe('/api/v1/services'));
    await manager.stop();
    await watching(api, 0);
  });
});

describe('an API server that answers badly', () => {
  const cases: [name: string, status: number, body: string, message: string][] = [
    ['truncated JSON', 200, '{"kind":"PodList","items":[{"metadata"', 'the answer for /api/v1/pods is not valid JSON'],
    ['a login page', 200, '<html>Sign in</html>', 'the answer for /api/v1/pods is not valid JSON'],
    ['another JSON', 200, '{"hello":"world"}', 'the answer for /api/v1/pods is no list of the Kubernetes API'],
    [
      'an object without a name',
      200,
      '{"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[{}]}',
      'an object of /api/v1/pods has no name',
    ],
    [
      'a refusal',
      403,
      '{"kind":"Status","message":"pods is forbidden: User \\"me\\" cannot list"}',
      'status 403 for /api/v1/pods: pods is forbidden: User "me" cannot list',
    ],
    ['a very long refusal', 500, 'x'.repeat(10_000), `${'x'.repeat(200)}…`],
  ];
  it.each(cases)('%s', async (_name, status, body, message) => {
    const api = await cluster();
    api.intercept = (_request, response) => Boolean(response.writeHead(status, { 'content-type': 'application/json' }).end(body));
    const { problem, targets } = follow(podsOf(api.url));
    await vi.waitFor(() => expect(problem()).toContain(message));
    expect(targets()).toBeUndefined();
  });

  const events: [name: string, line: string, message: string][] = [
    ['no JSON', 'hello\n', 'an event of the watch is not valid JSON'],
    ['an unknown type', '{"type":"EXPLODED","object":{"metadata":{"resourceVersion":"7"}}}\n', 'has the unknown type "EXPLODED"'],
    ['no version', '{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n', 'an event of /api/v1/pods has no resourceVersion'],
    ['an error', '{"type":"ERROR","object":{"code":500,"message":"etcd is gone"}}\n', 'the API server ended the watch: etcd is gone'],
    ['an endless line', 'x'.repeat(9 * 1024 * 1024), 'an event of the watch has more than 8192 KiB'],
  ];
  it.each(events)('a watch with %s', async (_name, line, message) => {
    const api = await cluster();
    api.put('pods', pod('p1'));
    const { problem, targets, until, manager } = follow(podsOf(api.url));
    await until(() => expect(targets()).toHaveLength(1));
    await watching(api);
    api.sendToWatches('pods', line);
    await vi.waitFor(() => expect(problem()).toContain(message));
    // It recovers by itself, and has missed nothing.
    api.put('pods', pod('p2', { ip: '10.0.0.2' }));
    await until(() => expect(targets()).toHaveLength(2));
    expect(manager.problems()).toEqual([]);
  });

  it('one that hangs', async () => {
    const api = await cluster();
    api.intercept = () => true;
    const { problem, until } = follow(podsOf(api.url));
    await until(() => expect(problem()).toBe('context deadline exceeded: no complete answer within 60s'));
  });

  it('one that refuses a watch and does not end its reason', async () => {
    const api = await cluster();
    api.intercept = (_request, response, url) => url.searchParams.has('watch') && response.writeHead(403).write('not you');
    const { problem, until } = follow(podsOf(api.url));
    await until(() => expect(problem()).toBe('server returned HTTP status 403 for the watch of /api/v1/pods: not you'));
  });

  it('one that is not there', async () => {
    const { problem } = follow(podsOf('http://127.0.0.1:1'));
    await vi.waitFor(() => expect(problem()).toContain('connection refused'));
  });
});

describe('what belongs together', () => {
  it('builds endpoints again when their service, pod or node changes, and only those', async () => {
    const api = await cluster();
    api.put('nodes', node('node-a', '192.168.0.1', { zone: 'a' }));
    api.put('services', service('web'));
    api.put('pods', pod('web-1', { ip: '10.0.0.1' }));
    api.put('endpoints', endpoints('web', [podAddress('web-1', '10.0.0.1')]));
    api.put('endpoints', endpoints('other', [{ ip: '10.0.0.9' }]));
    const { groups, until } = follow(podsOf(api.url, { role: 'endpoints', attachNode: true }));
    await until(() => expect(groups()).toHaveLength(2));
    const of = (name: string) => groups().find((group) => group.labels.__meta_kubernetes_endpoints_name === name);
    const other = of('other');
    const label = (name: string) => of('web')?.labels[`__meta_kubernetes_${name}`];
    expect([label('node_label_zone'), label('service_label_team'), label('pod_phase')]).toEqual(['a', 'ml', 'Running']);
    await watching(api, 4);
    api.put('nodes', node('node-a', '192.168.0.1', { zone: 'b' }));
    await until(() => expect(label('node_label_zone')).toBe('b'));
    api.put('pods', pod('web-1', { ip: '10.0.0.1', phase: 'Failed' }));
    await until(() => expect(label('pod_phase')).toBe('Failed'));
    api.remove('services', 'web', 'default');
    await until(() => expect(label('service_label_team')).toBeUndefined());
    expect(of('other')).toBe(other);
  });

  it('takes a heartbeat for no change', async () => {
    const api = await cluster();
    api.put('nodes', node('node-a', '192.168.0.1'));
    const { groups, until, clock } = follow(podsOf(api.url, { role: 'node' }));
    await until(() => expect(groups()).toHaveLength(1));
    const before = groups();
    await watching(api);
    const beating = node('node-a', '192.168.0.1');
    api.put('nodes', { ...beating, status: { ...(beating.status as object), conditions: [{ lastHeartbeatTime: 'later' }] } });
    api.put('pods', pod('unrelated'));
    for (let i = 0; i < 30; i++) await clock.advance(500);
    expect(groups()).toBe(before);
  });

  it('keeps the target of a node that has lost its addresses', async () => {
    const api = await cluster();
    api.put('nodes', node('node-a', '192.168.0.1'));
    const { targets, until } = follow(podsOf(api.url, { role: 'node' }));
    await until(() => expect(targets()).toEqual(['192.168.0.1:10250']));
    await watching(api);
    api.put('nodes', { metadata: { name: 'node-a' } });
    api.put('nodes', node('node-b', '192.168.0.2'));
    await until(() => expect(targets()).toEqual(['192.168.0.1:10250', '192.168.0.2:10250']));
  });
});

describe('where the API server is', () => {
  it('asks for the chosen namespaces with the chosen selectors', async () => {
    const api = await cluster();
    api.put('pods', pod('a', { namespace: 'one', ip: '10.0.0.1', labels: { tier: 'x' } }));
    api.put('pods', pod('b', { namespace: 'one', ip: '10.0.0.2' }));
    api.put('pods', pod('c', { namespace: 'three', ip: '10.0.0.3', labels: { tier: 'x' } }));
    const selectors = [{ role: 'pod' as const, label: 'tier=x', field: 'spec.nodeName=node-a' }];
    const { targets, until } = follow(podsOf(`${api.url}/`, { namespaces: ['one', 'two'], selectors }));
    await until(() => expect(targets()).toEqual(['10.0.0.1:8080']));
    expect(api.requests[0]?.query.toString()).toBe('labelSelector=tier%3Dx&fieldSelector=spec.nodeName%3Dnode-a&limit=500');
  });

  it('says that there is no cluster around it', async () => {
    const { problem } = follow(podsOf('', { access: { type: 'in-cluster' } }), { env: {} });
    await vi.waitFor(() => expect(problem()).toContain('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined'));
  });

  it('waits for its own namespace', async () => {
    const serviceAccountDir = await folder();
    const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1' };
    const { problem, until, manager } = follow(podsOf('', { access: { type: 'in-cluster' }, ownNamespace: true }), {
      env,
      serviceAccountDir,
    });
    await vi.waitFor(() => expect(problem()).toContain("cannot read the pod's namespace"));
    await writeFile(join(serviceAccountDir, 'namespace'), 'ml');
    await until(() => expect(manager.problems().map(({ source }) => source)).toEqual(['/api/v1/namespaces/ml/pods']));
    expect(problem()).toContain(`cannot read "${join(serviceAccountDir, 'token')}"`);
  });

  it('reads a kubeconfig, and reads it again when it has changed', async () => {
    const dir = await folder();
    const file = join(dir, 'config');
    const api = await cluster();
    api.tokens = new Set(['t2']);
    api.put('pods', pod('a'));
    const config = (user: string, server = api.url) => `current-context: c
contexts: [{name: c, context: {cluster: k, user: u}}]
clusters: [{name: k, cluster: {server: '${server}'}}]
users: [{name: u, user: ${user}}]
`;
    await writeFile(file, config('{auth-provider: {name: gcp}}'));
    const { targets, until, problem } = follow(podsOf('', { access: { type: 'kubeconfig', file } }));
    await vi.waitFor(() =>
      expect(problem()).toContain(`kubeconfig_file "${file}": user "u" signs in with "auth-provider", which is not supported`),
    );
    await writeFile(file, config('{token: t1}'));
    await until(() => expect(problem()).toContain('401'));
    await mkdir(join(dir, 'secrets'));
    await writeFile(join(dir, 'secrets/token'), 't2\n');
    await writeFile(file, config('{tokenFile: secrets/token}'));
    await until(() => expect(targets()).toEqual(['10.1.0.1:8080']));
  });

  it('has a program give the credentials, and others when the API server refuses them', async () => {
    const dir = await folder();
    const file = join(dir, 'config');
    const api = await cluster();
    api.put('pods', pod('a'));
    const program = join(dir, 'sign-in');
    const answer = (token: string) => `{"kind":"ExecCredential","status":{"token":"'"\${PREFIX}${token}"'"}}`;
    const write = (script: string) => writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await write('echo "not logged in" >&2; exit 1');
    await writeFile(
      file,
      `current-context: c
contexts: [{name: c, context: {cluster: k, user: u}}]
clusters: [{name: k, cluster: {server: '${api.url}'}}]
users: [{name: u, user: {exec: {command: ./sign-in, args: [get-token], env: [{name: PREFIX, value: my-}]}}}]
`,
    );
    const { targets, until, problem } = follow(podsOf('', { access: { type: 'kubeconfig', file } }));
    await vi.waitFor(() => expect(problem()).toBe(`the program "${program}" of the kubeconfig gives no credentials: not logged in`));
    await write("echo '{}'");
    await until(() => expect(problem()).toContain('its answer has neither a token nor a client certificate'));
    api.tokens = new Set(['my-one']);
    await write(`echo '${answer('one')}'`);
    await until(() => expect(targets()).toHaveLength(1));
    await watching(api);
    api.tokens = new Set(['my-two']);
    await write(`echo '${answer('two')}'`);
    api.endWatches();
    api.put('pods', pod('b', { ip: '10.0.0.2' }));
    await until(() => expect(targets()).toHaveLength(2));
  });

  it.each([
    ['current-context: [', 'not valid YAML'],
    ['{}', 'no current-context is set'],
    ['current-context: a', 'context "a" does not exist'],
    ['{current-context: a, contexts: [{name: a, context: {cluster: b}}]}', 'cluster "b" does not exist'],
    [
      '{current-context: a, contexts: [{name: a, context: {cluster: b}}], clusters: [{name: b, cluster: {server: x}}]}',
      'has no server that is a URL',
    ],
  ])('says what is wrong with a kubeconfig: %s', async (text, message) => {
    const file = join(await folder(), 'config');
    await writeFile(file, text);
    const { problem } = follow(podsOf('', { access: { type: 'kubeconfig', file } }));
    await vi.waitFor(() => expect(problem()).toContain(message));
  });
});
