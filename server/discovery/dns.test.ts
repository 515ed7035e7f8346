import { getEventListeners } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DnsDiscovery } from '../config/dns-discovery.ts';
import type { TargetGroup } from '../config/scrape-config.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { startDiscovery } from './manager.ts';
import { namesToAsk, parseResolvConf } from './resolv-conf.ts';
import { FakeDns } from './testing/fake-dns.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function follow(zone: FakeDns['zone'], config: Partial<DnsDiscovery>, resolvConf = '') {
  const dns = new FakeDns();
  dns.zone = zone;
  await dns.listen();
  cleanups.push(() => dns.close());
  const folder = await mkdtemp(join(tmpdir(), 'alidade-dns-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'resolv.conf');
  await writeFile(file, `nameserver [127.0.0.1]:${dns.port}\n${resolvConf}`);
  const clock = new FakeClock();
  let groups: readonly TargetGroup[] | undefined;
  const discovery: DnsDiscovery = { type: 'dns', names: [], recordType: 'A', port: 80, refreshIntervalMs: 30_000, ...config };
  const manager = startDiscovery({
    jobs: [{ name: 'job', discoveries: [discovery] }],
    onUpdate: (_job, found) => (groups = found),
    clock,
    machine: { resolvConf: file },
  });
  cleanups.push(() => manager.stop());
  const targets = () => groups?.flatMap((group) => group.targets);
  const refreshed = (check: () => void) =>
    vi.waitFor(
      async () => {
        await clock.advance(30_000);
        check();
      },
      { timeout: 10_000, interval: 5 },
    );
  return { dns, manager, targets, refreshed, groups: () => groups };
}

describe('dns_sd', () => {
  it('follows changing answers, keeps what it knows while a server fails, and drops a name that is gone', async () => {
    const { dns, manager, targets, refreshed } = await follow(
      { 'a.test': { A: ['10.0.0.1', '10.0.0.2'] }, 'b.test': { A: ['10.0.0.3'] } },
      { names: ['a.test', 'b.test'] },
    );
    await vi.waitFor(() => expect(targets()).toEqual(['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80']));
    dns.zone = { 'a.test': { A: ['10.0.0.4'] }, 'b.test': 'SERVFAIL' };
    await refreshed(() => expect(targets()).toEqual(['10.0.0.4:80', '10.0.0.3:80']));
    expect(manager.problems()).toMatchObject([
      { source: 'b.test', message: expect.stringMatching(/^could not resolve "b\.test" \(A, asked .*ESERVFAIL/) },
    ]);
    dns.zone = { 'a.test': { AAAA: ['fd00::1'] } };
    await refreshed(() => expect(targets()).toEqual([]));
    expect(manager.problems()).toEqual([]);
  });

  it('asks over TCP for an answer that is too long for UDP', async () => {
    const addresses = Array.from({ length: 300 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    const { targets } = await follow({ 'a.test': { A: addresses } }, { names: ['a.test'] });
    await vi.waitFor(() => expect(targets()).toHaveLength(300));
  });

  it.skipIf(!process.env.ALIDADE_FULL)('says that no server answers (ALIDADE_FULL: it takes six seconds)', async () => {
    const { manager, targets } = await follow({ 'a.test': 'silent' }, { names: ['a.test'] });
    await vi.waitFor(() => expect(manager.problems()[0]?.message).toContain('ETIMEOUT'), { timeout: 15_000 });
    expect(targets()).toEqual([]);
  });

  it('goes through the search list until a name exists', async () => {
    const { dns, groups } = await follow(
      { 'web.two.test': { A: ['10.0.0.1'] }, web: { A: ['10.0.0.9'] } },
      { names: ['web'] },
      'search one.test two.test\n',
    );
    await vi.waitFor(() => expect(groups()).toMatchObject([{ targets: ['10.0.0.1:80'], labels: { __meta_dns_name: 'web' } }]));
    expect(dns.questions).toEqual(['web.one.test A', 'web.two.test A']);
  });

  it('leaves nothing behind with each refresh', async () => {
    const listen = vi.spyOn(AbortSignal.prototype, 'addEventListener');
    cleanups.push(() => listen.mockRestore());
    const { dns, refreshed } = await follow({ 'a.test': { A: ['10.0.0.1'] } }, { names: ['a.test'] });
    await refreshed(() => expect(dns.questions.length).toBeGreaterThan(10));
    const signals = new Set(listen.mock.contexts as AbortSignal[]);
    expect(signals.size).toBeGreaterThan(0);
    for (const signal of signals) expect(getEventListeners(signal, 'abort').length).toBeLessThan(2);
  });

  it('shows the target of each kind of record', async () => {
    const zone = {
      '_m._tcp.test': { SRV: [{ priority: 1, weight: 1, port: 9100, target: 'host.test' }] },
    };
    const { groups } = await follow(zone, { names: ['_m._tcp.test'], recordType: 'SRV', port: 0 });
    await vi.waitFor(() =>
      expect(groups()).toEqual([
        {
          targets: ['host.test:9100'],
          labels: { __meta_dns_name: '_m._tcp.test', __meta_dns_srv_record_target: 'host.test.', __meta_dns_srv_record_port: '9100' },
          source: '_m._tcp.test',
        },
      ]),
    );
  });

  it('ends at once when it is stopped while nobody answers', async () => {
    const { dns, manager } = await follow({ 'a.test': 'silent' }, { names: ['a.test'] });
    await vi.waitFor(() => expect(dns.questions.length).toBeGreaterThan(0));
    const started = performance.now();
    await manager.stop();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('resolv.conf', () => {
  it('is read as the resolver reads it', () => {
    const text =
      '# a comment\nnameserver 10.0.0.2 ; mine\nnameserver fd00::1\nnameserver nonsense\nsearch a.test b.test\noptions timeout:1 ndots:5\n';
    expect(parseResolvConf(text)).toEqual({ servers: ['10.0.0.2', 'fd00::1'], search: ['a.test', 'b.test'], ndots: 5 });
    expect(parseResolvConf('')).toEqual({ servers: ['127.0.0.1'], search: [], ndots: 1 });
  });

  it.each([
    ['a', ['a.x.', 'a.y.', 'a.']],
    ['a.b', ['a.b.', 'a.b.x.', 'a.b.y.']],
    ['a.b.', ['a.b.']],
  ])('%s is asked for as %j', (name, expected) => {
    expect(namesToAsk(name, { servers: [], search: ['x', 'y.'], ndots: 1 })).toEqual(expected);
  });
});
