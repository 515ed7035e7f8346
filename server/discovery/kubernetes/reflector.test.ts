import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { pod } from '../testing/cluster.ts';
import { FakeKubernetes } from '../testing/fake-kubernetes.ts';
import { createApiClient } from './api-client.ts';
import { readPod } from './pod.ts';
import { Reflector, type ReflectorLimits } from './reflector.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(count: number, limits: Partial<ReflectorLimits>) {
  const api = new FakeKubernetes();
  await api.listen();
  for (let i = 0; i < count; i++) api.put('pods', pod(`p${i}`));
  const access = { baseUrl: api.url, client: { followRedirects: true } };
  const client = createApiClient(async () => access, {});
  let problem: string | undefined;
  const reflector = new Reflector({
    api: client,
    clock: systemClock,
    path: '/api/v1/pods',
    selectors: {},
    read: readPod,
    onChange: () => undefined,
    onSynced: () => undefined,
    onProblem: (message) => (problem = message),
    limits,
  });
  cleanups.push(
    () => api.close(),
    () => client.close(),
    () => reflector.stop(),
  );
  return { api, reflector, problem: () => problem };
}

it('says that a watch was never opened', async () => {
  const clock = new FakeClock();
  let problem: string | undefined;
  const reflector = new Reflector({
    api: {
      list: async () => ({ answer: { kind: 'PodList', metadata: { resourceVersion: '1' }, items: [] }, sizeBytes: 1 }),
      watch: (_path, _query, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('given up')))),
      close: async () => undefined,
    },
    clock,
    path: '/api/v1/pods',
    selectors: {},
    read: readPod,
    onChange: () => undefined,
    onSynced: () => undefined,
    onProblem: (message) => (problem = message),
  });
  cleanups.push(() => reflector.stop());
  await vi.waitFor(async () => {
    await clock.advance(60_000);
    expect(problem).toBe('given up');
  });
});

describe('the bounds of a list', () => {
  it('refuse one that has too many objects', async () => {
    const { reflector, problem } = await start(4, { maxObjects: 3 });
    await vi.waitFor(() => expect(problem()).toContain('/api/v1/pods has more than 3 objects: choose fewer with namespaces or selectors'));
    expect(reflector.isSynced).toBe(false);
  });

  it('refuse one that is too large', async () => {
    const { problem } = await start(2000, { maxBytes: 1024 * 1024 });
    await vi.waitFor(() => expect(problem()).toContain('/api/v1/pods has more than 1 MiB'));
  });

  it('hold for what a watch adds: what was known stays', async () => {
    const { api, reflector, problem } = await start(3, { maxObjects: 3 });
    await vi.waitFor(() => expect(api.watchCount).toBe(1));
    api.put('pods', pod('p1', { ip: '10.0.0.7' }));
    await vi.waitFor(() => expect(reflector.get('default/p1')?.ip).toBe('10.0.0.7'));
    api.put('pods', pod('one-more'));
    await vi.waitFor(() => expect(problem()).toContain('more than 3 objects'));
    expect([...reflector.keys()]).toEqual(['default/p0', 'default/p1', 'default/p2']);
  });
});
