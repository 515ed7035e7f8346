// The Compose files of deploy/compose: against the Compose specification's schema (as the linter dclint ships it), and what they mount
// against the programs that read it. There is no Docker here: that the containers start is not shown.
import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { AMTOOL, DEPLOY, deployPaths, deployYaml, hasPeers, PROMTOOL } from '../testing/deploy-files.ts';
import { root } from '../testing/processes.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const schemaFile = join(dirname(require.resolve('dclint/package.json')), 'schemas/compose.schema.json');
// Its name for draft 7 is not the one that Ajv knows.
const { $schema: _, ...schema } = JSON.parse(readFileSync(schemaFile, 'utf8')) as Record<string, unknown>;
const isCompose = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
const folder = join(DEPLOY, 'compose');
const scratch = mkdtempSync(join(tmpdir(), 'alidade-compose-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Service {
  readonly image: string;
  readonly build?: { context: string; dockerfile: string };
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly (string | { source: string })[];
  readonly networks: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly read_only?: boolean;
  readonly user?: string;
  readonly [key: string]: unknown;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: object;
  readonly secrets?: object;
  readonly networks: object;
}

const FILES = ['lab.compose.yaml', 'upstream.compose.yaml', 'alidade.compose.yaml'];

describe.each(FILES)('%s', (file) => {
  const compose = deployYaml(`compose/${file}`) as unknown as Compose;
  const services = Object.entries(compose.services);

  it('is as the Compose specification says', () => {
    expect(isCompose(compose) ? [] : isCompose.errors).toEqual([]);
    const wrong = structuredClone(compose) as unknown as { services: Record<string, { prots?: string[] }> };
    for (const service of Object.values(wrong.services)) service.prots = ['80'];
    expect(isCompose(wrong)).toBe(false);
  });

  it('refers to what is there', () => {
    for (const [name, service] of services) {
      if (service.build) expect(existsSync(resolve(folder, service.build.context, service.build.dockerfile)), name).toBe(true);
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(join(folder, source)), volume).toBe(true);
        else if (!source.startsWith('/')) expect(compose.volumes, volume).toHaveProperty([source]);
      }
      for (const secret of service.secrets ?? [])
        expect(compose.secrets).toHaveProperty([typeof secret === 'string' ? secret : secret.source]);
      for (const other of Object.keys(service.depends_on ?? {})) expect(compose.services).toHaveProperty([other]);
      expect(service.networks).toEqual(Object.keys(compose.networks));
    }
  });

  it('keeps ports on loopback, images pinned, secrets out and privileges away', () => {
    for (const [name, service] of services) {
      expect(service.image, name).toMatch(/^[a-z0-9.-]+\/.+:(?!latest$)[^:]+$/);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+(\/udp)?$/);
      expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], restart: 'unless-stopped' });
      expect(service).not.toHaveProperty('privileged');
      if (service.read_only !== true) expect(name).toBe('elasticsearch');
      if (service.user !== undefined) expect(name).toBe('alloy');
      for (const [key, value] of Object.entries(service.environment ?? {})) {
        if (/PASSWORD|TOKEN|SECRET|HEADERS/.test(key) && !key.endsWith('__FILE')) expect(value, `${name} ${key}`).toMatch(/\$\{\w+/);
      }
    }
  });
});

describe('what they mount', () => {
  it.skipIf(!hasPeers)('is taken by promtool and amtool', async () => {
    const token = join(scratch, 'prometheus');
    cpSync(join(folder, 'prometheus'), token, { recursive: true });
    for (const name of ['prometheus.yml', 'upstream.yml', 'alidade.yml']) {
      expect((await run(PROMTOOL, ['check', 'config', '--syntax-only', join(token, name)])).stdout).toContain('SUCCESS');
    }
    expect((await run(PROMTOOL, ['check', 'config', join(token, 'upstream.yml')])).stdout).toMatch(/SUCCESS: \d+ rules found/);
    expect((await run(AMTOOL, ['check-config', join(folder, 'alertmanager/alertmanager.yml')])).stdout).toContain('SUCCESS');
  });

  it('is taken by Alidade, as its container has it and as the folder is', async () => {
    const etc = join(scratch, 'etc');
    cpSync(join(folder, 'grafana'), join(etc, 'grafana'), { recursive: true });
    cpSync(join(folder, 'alertmanager'), join(etc, 'alertmanager'), { recursive: true });
    cpSync(join(folder, 'prometheus/rules'), join(etc, 'prometheus/rules'), { recursive: true });
    copyFileSync(join(folder, 'prometheus/alidade.yml'), join(etc, 'prometheus/prometheus.yml'));
    for (const dir of [etc, folder]) {
      const { stdout, stderr } = await run(process.execPath, [join(root, 'server/dist/main.js'), 'check', dir]);
      expect(`${stdout}${stderr}`).toMatch(/good: 0 errors/);
    }
  });

  it('is mounted', () => {
    const mounted = FILES.flatMap((file) => Object.values((deployYaml(`compose/${file}`) as unknown as Compose).services))
      .flatMap(({ volumes = [] }) => volumes)
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => join(folder, volume.split(':')[0] ?? ''));
    const unused = deployPaths('compose').filter(
      (path) => !/\.compose\.yaml$|\.env\.example$/.test(path) && !mounted.some((one) => path === one || path.startsWith(`${one}/`)),
    );
    expect(unused).toEqual([]);
  });
});
