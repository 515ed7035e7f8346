import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DockerDiscovery } from '../config/docker-discovery.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { startDiscovery } from './manager.ts';
import { FakeDocker } from './testing/fake-docker.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function follow(host: string, more: Partial<DockerDiscovery> = {}) {
  const config: DockerDiscovery = {
    type: 'docker',
    host,
    port: 80,
    filters: [],
    hostNetworkingHost: 'localhost',
    matchFirstNetwork: true,
    refreshIntervalMs: 60_000,
    client: { followRedirects: true },
    ...more,
  };
  const clock = new FakeClock();
  let targets: readonly string[] | undefined;
  const manager = startDiscovery({
    jobs: [{ name: 'job', discoveries: [config] }],
    onUpdate: (_job, groups) => (targets = groups.flatMap((group) => group.targets)),
    clock,
  });
  cleanups.push(() => manager.stop());
  return { manager, clock, targets: () => targets, problem: () => manager.problems()[0]?.message };
}

const container = (id: string, ip: string) => ({
  Id: id,
  Names: [`/${id}`],
  Ports: [{ PrivatePort: 80, Type: 'tcp' }],
  HostConfig: { NetworkMode: 'bridge' },
  NetworkSettings: { Networks: { bridge: { IPAddress: ip, NetworkID: 'n' } } },
});

async function daemon(socketPath?: string, apiVersion?: string): Promise<FakeDocker> {
  const docker = new FakeDocker(apiVersion);
  await docker.listen(socketPath);
  cleanups.push(() => docker.close());
  return docker;
}

describe('docker_sd', () => {
  it('lists containers over a unix socket, again every refresh interval, and says when the daemon is gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'alidade-docker-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const socket = join(folder, 'docker.sock');
    const docker = await daemon(socket);
    docker.containers = [container('a', '10.0.0.1')];
    const { clock, targets, problem } = follow(`unix://${socket}`, { filters: [{ name: 'label', values: ['x=1', 'y'] }] });
    await vi.waitFor(() => expect(targets()).toEqual(['10.0.0.1:80']));
    const filters = encodeURIComponent('{"label":{"x=1":true,"y":true}}');
    expect(docker.paths).toEqual(['/_ping', `/v1.47/containers/json?filters=${filters}`, '/v1.47/networks']);
    docker.containers = [container('b', '10.0.0.2')];
    await vi.waitFor(async () => {
      await clock.advance(60_000);
      expect(targets()).toEqual(['10.0.0.2:80']);
    });
    await docker.close();
    await vi.waitFor(async () => {
      await clock.advance(60_000);
      expect(problem()).toContain(`no such socket "${socket}"`);
    });
    expect(targets()).toEqual(['10.0.0.2:80']);
  });

  it('speaks the newest version that both know, over tcp', async () => {
    const docker = await daemon(undefined, '1.99');
    const { targets } = follow(`tcp://127.0.0.1:${docker.port}`);
    await vi.waitFor(() => expect(targets()).toEqual([]));
    expect(docker.paths[1]).toBe('/v1.51/containers/json');
  });

  const answers: [name: string, status: number, body: string, message: string][] = [
    ['truncated JSON', 200, '[{"Id":', 'the answer for /v1.47/containers/json is not valid JSON'],
    ['another JSON', 200, '{"containers":[]}', "this is not the list of containers of Docker's API"],
    ['a container without an id', 200, '[{"Names":["/a"]}]', "this is not the list of containers of Docker's API: 0.Id"],
    ['a refusal', 403, '{"message":"not allowed"}', 'server returned HTTP status 403 for /v1.47/containers/json: not allowed'],
    ['too much', 200, `[${' '.repeat(65 * 1024 * 1024)}]`, 'body size limit of 67108864 bytes exceeded'],
  ];
  it.each(answers)('says why it finds nothing: %s', async (_name, status, body, message) => {
    const server = createServer((request, response) => {
      if (request.url === '/_ping') response.writeHead(200, { 'api-version': '1.47' }).end();
      else response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { problem, targets } = follow(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await vi.waitFor(() => expect(problem()).toContain(message), { timeout: 10_000 });
    expect(targets()).toBeUndefined();
  });

  it('says what fails without the password of its address', async () => {
    const { manager } = follow('http://me:hunter2@127.0.0.1:1');
    await vi.waitFor(() => expect(manager.problems()).toHaveLength(1));
    expect(JSON.stringify(manager.problems())).toContain('http://me:xxxxx@127.0.0.1:1');
    expect(JSON.stringify(manager.problems())).not.toContain('hunter2');
  });

  it('says that the daemon hangs', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { problem, clock } = follow(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await clock.advance(60_000);
    await vi.waitFor(() => expect(problem()).toBe('context deadline exceeded: no complete answer within 60s'));
  });
});
