// What `alidade doctor` finds, on a server that is well and on one that is not.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, root, run, startServer, until } from './testing/processes.ts';

interface Found {
  readonly status: string;
  readonly checks: readonly { readonly name: string; readonly status: string; readonly detail: string; readonly cure?: string }[];
}

async function doctor(...args: string[]): Promise<{ code: unknown; output: string }> {
  const running = run(join(root, 'server/bin/alidade'), ['doctor', ...args]);
  const code = await new Promise((resolve) => running.child.once('close', resolve));
  return { code, output: running.output() };
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'alidade-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

it('finds nothing on a server that is well, and what is wrong with its cure on one that is not', async () => {
  const healthy = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => healthy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void healthy.close());
  const { port } = healthy.address() as AddressInfo;
  const config = await folderWith({
    'prometheus.yml': `rule_files: [rules.yml]
scrape_configs: [{job_name: gone, scrape_interval: 200ms, scrape_timeout: 200ms, static_configs: [{targets: ['127.0.0.1:${await freePort()}']}]}]\n`,
    'rules.yml':
      'groups: [{name: g, interval: 200ms, rules: [{record: bad, expr: "up * on () up + on () group_left () vector(1) * on (x) up"}, {record: two, expr: "vector(1) + on () (label_replace(vector(1), \\"a\\", \\"b\\", \\"\\", \\"\\") or vector(2))"}]}]\n',
  });
  const gone = await freePort();
  const [well, ill, nobody] = await Promise.all([
    startServer(['--no-demo']),
    startServer([config, '--otlp-http', `127.0.0.1:${port}`]),
    doctor('--url', `http://127.0.0.1:${gone}`, '--json'),
  ]);
  onTestFinished(async () => void (await Promise.all([well.stop('SIGKILL'), ill.stop('SIGKILL')])));
  expect([nobody.code, (JSON.parse(nobody.output) as Found).checks[0]]).toEqual([
    1,
    { name: 'Alidade', status: 'failure', detail: expect.stringContaining('no answer'), cure: expect.stringContaining('alidade up') },
  ]);
  const fine = await doctor('--url', well.url, '--json', '--component', `MLflow=http://127.0.0.1:${port}/health`);
  const found = JSON.parse(fine.output) as Found;
  const own = found.checks.slice(0, 11);
  expect(own.map(({ name, status }) => `${name} ${status}`)).toEqual(
    [
      'Alidade',
      'configuration',
      'disk space',
      'data directory',
      'targets',
      'rules',
      'write queue',
      'clock',
      'ports',
      'file descriptors',
      'Node.js',
    ].map((name) =>
      // How full the disk is and how many files may be open is the machine's affair.
      expect.stringMatching(name === 'disk space' || name === 'file descriptors' ? `^${name} ` : `^${name} ok$`),
    ),
  );
  expect(found.checks.find(({ name }) => name === 'MLflow')).toMatchObject({ status: 'ok' });

  await writeFile(join(config, 'rules.yml'), 'groups: nonsense\n');
  type Targets = { data: { activeTargets: { health: string }[] } };
  await until('the target is down', async () =>
    (await ill.api<Targets>('/api/v1/targets')).data.activeTargets.some(({ health }) => health === 'down'),
  );
  type Rules = { data: { groups: { rules: { health: string }[] }[] } };
  await until('a rule has failed', async () =>
    (await ill.api<Rules>('/api/v1/rules')).data.groups.some(({ rules }) => rules.some(({ health }) => health === 'err')),
  );
  await fetch(`${ill.url}/-/reload`, { method: 'POST' });
  const { code, output } = await doctor('--url', ill.url, '--component', `Grafana=http://127.0.0.1:${gone}/api/health`);
  expect(code).toBe(1);
  expect(output).toMatch(/✕ failure {2}configuration: .*rules\.yml.*\n +→ .*alidade check/);
  expect(output).toMatch(/✕ failure {2}targets: 1 of \d+ are down: .*connection refused.*\n +→ /);
  expect(output).toMatch(/✕ failure {2}rules: 1 of 2 fail: two: .*\n +→ /);
  expect(output).toMatch(/! warning {2}ports: clients of OTLP over HTTP cannot use its usual port.*\n +→ /);
  expect(output).toContain(`✕ failure  Grafana: http://127.0.0.1:${gone}/api/health: nobody listens there`);
});
