// A backup of a server that is being written to, and what is restored of it: the same answers; and nothing of a backup that is damaged.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupRepository } from '../server/backup/repository.ts';
import { restoreBackup } from '../server/backup/restore.ts';
import { type RunningServer, root, run, startServer, until } from './testing/processes.ts';
import { type SteadyWriters, startWriters } from './testing/steady-writers.ts';

const isFull = process.env.ALIDADE_FULL === '1';
const LOAD_MS = isFull ? 20_000 : 2_000;

const PROMETHEUS = `global: {evaluation_interval: 1s, scrape_interval: 1s}
rule_files: [rules.yml]
`;
const RULES = `groups:
  - name: load
    rules:
      - {record: 'job:load_requests:sum', expr: 'sum by (job) (load_requests_total)'}
      - {alert: Loaded, expr: 'load_queue_length{pod="pod-1"} > -2', for: 1h, labels: {severity: page}}
`;
const DASHBOARD = JSON.stringify({
  uid: 'load',
  title: 'Load',
  panels: [
    {
      id: 1,
      type: 'timeseries',
      title: 'Queue',
      gridPos: { x: 0, y: 0, w: 12, h: 8 },
      targets: [{ refId: 'A', expr: 'load_queue_length' }],
    },
  ],
});

const CONFIG = {
  'prometheus.yml': PROMETHEUS,
  'rules.yml': RULES,
  'alertmanager.yml': 'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n',
  'grafana/dashboards/load.json': DASHBOARD,
};

describe('a backup', () => {
  let folder: string;
  let original: RunningServer;
  let writers: SteadyWriters;
  /** All questions are about what was acknowledged before. */
  let boundMs: number;
  let startMs: number;
  const backups = () => join(folder, 'backups');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alidade-backup-'));
    const config = join(folder, 'config');
    await mkdir(join(config, 'grafana/dashboards'), { recursive: true });
    for (const [file, text] of Object.entries(CONFIG)) await writeFile(join(config, file), text);
    startMs = Date.now();
    original = await startServer([config, '--no-demo'], { dataDir: join(folder, 'data') });
    writers = startWriters(original.url);
    const silence = {
      matchers: [{ name: 'alertname', value: 'Loaded', isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      createdBy: 'me',
      comment: 'known',
    };
    const answer = await fetch(`${original.url}/api/v2/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(silence),
    });
    expect(answer.status).toBe(200);
    await until('load', () => writers.acknowledgedMs() !== undefined && Date.now() - startMs > LOAD_MS);
    await until('the alert is pending', async () => (await original.query('ALERTS{alertname="Loaded"}')).length > 0);
    boundMs = writers.acknowledgedMs() as number;
  });
  afterAll(async () => {
    await original?.stop('SIGKILL');
    // The process that was started by the one that was killed may write a moment longer.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  const alidade = async (...args: string[]) => {
    const running = run(join(root, 'server/bin/alidade'), args);
    const code = await new Promise((resolve) => running.child.once('close', resolve));
    return { code, output: running.output() };
  };

  it('under load is restored with the same answers to 200 questions', async () => {
    const ackedBefore = writers.acked;
    const taken = await alidade('backup', backups(), '--url', original.url);
    expect(taken).toMatchObject({ code: 0 });
    expect(writers.acked).toBeGreaterThan(ackedBefore);
    await writers.stop();

    const again = await alidade('backup', backups(), '--url', original.url);
    expect(again.code).toBe(0);
    const [, copied = ''] = /copied (\d+),/.exec(again.output) ?? [];
    const [, all = ''] = /: (\d+) files/.exec(again.output) ?? [];
    expect(Number(copied)).toBeLessThan(Number(all) / 2);
    expect(await readdir(join(folder, 'data', 'backing-up')).catch(() => [])).toEqual([]);

    const [name = ''] = (await readdir(join(backups(), 'backups'))).sort();
    const restoredConfig = join(folder, 'restored-config');
    const args = ['--data', join(folder, 'restored'), '--config', restoredConfig, '--backup', name.replace('.manifest', '')];
    expect(await alidade('restore', backups(), ...args)).toMatchObject({ code: 0 });
    for (const [file, text] of Object.entries(CONFIG)) expect(await readFile(join(restoredConfig, file), 'utf8')).toBe(text);
    // Where the settings were before: rules know their alerts by the path of their file.
    const restored = await startServer([join(folder, 'config'), '--no-demo'], { dataDir: join(folder, 'restored') });
    try {
      const differing: string[] = [];
      const list = questions(startMs, boundMs);
      expect(list.length).toBeGreaterThanOrEqual(200);
      let withData = 0;
      const askNext = async (waiting: Iterator<string>) => {
        for (let next = waiting.next(); !next.done; next = waiting.next()) {
          const [a = '', b = ''] = await Promise.all(
            [original.url, restored.url].map(async (url) => comparable(await fetch(url + next.value))),
          );
          if (a !== b) differing.push(`${next.value}\n  ${a.slice(0, 300)}\n  ${b.slice(0, 300)}`);
          if (a.length > 150) withData++;
        }
      };
      const waiting = list.values();
      await Promise.all(Array.from({ length: 4 }, () => askNext(waiting)));
      expect(differing).toEqual([]);
      expect(withData).toBeGreaterThan(150);
      const silences = await restored.api<{ comment: string; status: { state: string } }[]>('/api/v2/silences');
      expect(silences).toMatchObject([{ comment: 'known', status: { state: 'active' } }]);
      expect(await restored.api('/api/ui/dashboards')).toMatchObject([{ uid: 'load', title: 'Load' }]);
      type Rules = { data: { groups: { rules: { alerts?: { activeAt: string }[] }[] }[] } };
      const activeAt = async (of: RunningServer) => (await of.api<Rules>('/api/v1/rules')).data.groups[0]?.rules[1]?.alerts?.[0]?.activeAt;
      await until('the alert is known', async () => (await activeAt(restored)) !== undefined);
      expect(await activeAt(restored)).toBe(await activeAt(original));
    } finally {
      await restored.stop('SIGKILL');
    }
  });

  it('is not restored over data, nor when anything of it is damaged', async () => {
    const target = join(folder, 'other');
    const repository = new BackupRepository(backups());
    /** What is said instead of restoring; '' when it was restored. */
    const restore = async (overwrites = false) => {
      try {
        const manifest = await repository.manifest((await repository.names()).at(-1) as string);
        await restoreBackup(repository, manifest, { dataDir: target, configDir: undefined, overwrites });
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    const names = (await readdir(join(backups(), 'backups'))).sort();
    const manifest = join(backups(), 'backups', names.at(-1) as string);
    const text = await readFile(manifest, 'utf8');
    const { files } = JSON.parse(text.split('\n', 1)[0] as string) as { files: { path: string; sha256: string; sizeBytes: number }[] };
    const victim = files.find(({ path, sizeBytes }) => path.endsWith('data.bin') && sizeBytes > 100) as (typeof files)[number];
    const object = join(backups(), 'objects', victim.sha256.slice(0, 2), victim.sha256);
    const bytes = await readFile(object);

    await mkdir(target);
    await writeFile(join(target, 'mine'), '');
    expect(await restore()).toMatch(/other" is not empty \(mine\).*--overwrite/);
    await unlink(join(target, 'mine'));

    const flipped = Buffer.from(bytes);
    flipped[50] = (flipped[50] as number) ^ 1;
    await writeFile(object, flipped);
    const refused = await restore();
    expect(refused).toContain(object);
    expect(refused).toContain(victim.path);
    expect(refused).toMatch(/is not what was stored: its SHA-256 is [0-9a-f]{64}/);
    await writeFile(object, bytes.subarray(0, 50));
    expect(await restore()).toContain(`has 50 bytes instead of ${victim.sizeBytes}`);
    await unlink(object);
    expect(await restore()).toContain(`"${object}", the content of ${victim.path}, is missing`);
    await writeFile(object, bytes);

    await writeFile(manifest, text.slice(0, text.length / 2));
    expect(await restore()).toMatch(/\.manifest" is damaged: it ends after \d+ bytes/);
    await writeFile(manifest, text.replace('"atMs":1', '"atMs":2'));
    expect(await restore()).toContain('its SHA-256 is not the one at its end');
    await writeFile(manifest, text);
    expect(await readdir(target)).toEqual([]);

    await writeFile(join(target, 'mine'), '');
    expect(await restore(true)).toBe('');
    const [aside = ''] = (await readdir(target)).filter((entry) => entry.startsWith('before-restore-of-'));
    expect(await readdir(join(target, aside))).toEqual(['mine']);
    expect((await stat(join(target, 'engine'))).isDirectory()).toBe(true);
  });
});

/** Two hundred questions over all signals about times up to `boundMs`. */
function questions(startMs: number, boundMs: number): string[] {
  const list: string[] = [];
  const ask = (path: string, parameters: Record<string, string | number>) =>
    list.push(`${path}?${new URLSearchParams(Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]))}`);
  const [startNs, endNs] = [`${startMs}000000`, `${boundMs}000000`];
  const at = (share: number) => ((startMs + (boundMs - startMs) * share) / 1000).toFixed(3);
  const seconds = { start: Math.floor(startMs / 1000), end: Math.floor(boundMs / 1000) - 1 };
  for (let pod = 0; pod < 40; pod += 2) {
    ask('/api/v1/query', { query: `load_requests_total{pod="pod-${pod}"}[10m]`, time: at(1) });
    ask('/api/v1/query', { query: `rate(load_requests_total{pod="pod-${pod}"}[1m])`, time: at(0.9) });
    ask('/api/v1/query_range', { query: `load_queue_length{pod="pod-${pod + 1}"}`, start: at(0), end: at(1), step: '0.1' });
    ask('/api/v1/query_range', { query: `job:load_requests:sum{job="svc-${pod % 5}"}`, start: at(0), end: at(0.6), step: '0.3' });
  }
  for (let i = 0; i < 28; i++) {
    ask('/api/v1/query', { query: 'sum by (job) (load_requests_total)', time: at(i / 27) });
    ask('/loki/api/v1/query_range', {
      query: `{app="svc-${i % 4}"}`,
      start: startNs,
      end: endNs,
      limit: i < 4 ? 5000 : 20 * i,
      direction: i % 2 ? 'forward' : 'backward',
    });
    ask('/loki/api/v1/query_range', {
      query: `{app=~"svc-.*"} |= "n\\":${i}" | json | k > ${i % 10}`,
      start: startNs,
      end: endNs,
      limit: 50,
    });
    ask('/loki/api/v1/query', { query: `sum by (app) (count_over_time({app=~".+"} | json | latency_ms > ${i * 20} [5m]))`, time: endNs });
  }
  for (let k = 0; k < 4; k++) {
    ask('/api/search', { q: `{ span.k = ${k} }`, ...seconds, limit: 1000 });
    ask('/api/search', { tags: `http.route=/predict k=${k}`, ...seconds, limit: 1000 });
  }
  ask('/api/v2/search/tags', seconds);
  ask('/api/v2/search/tag/name/values', seconds);
  ask('/loki/api/v1/labels', { start: startNs, end: endNs });
  ask('/loki/api/v1/series', { start: startNs, end: endNs });
  ask('/api/v1/series', { 'match[]': '{__name__=~"load_.*"}', start: at(0), end: at(1) });
  return list;
}

/** What must be equal: the status and the answer without its statistics. */
async function comparable(answer: Response): Promise<string> {
  const body = (await answer.json()) as { data?: { stats?: unknown }; metrics?: unknown };
  delete body.data?.stats;
  delete body.metrics;
  return `${answer.status} ${JSON.stringify(body)}`;
}
