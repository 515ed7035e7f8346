import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { DashboardStore } from '../../dashboards/store.ts';
import { GRAFANA_PATHS, grafanaApi } from './plugin.ts';

async function serve() {
  const folder = await mkdtemp(join(tmpdir(), 'alidade-grafana-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(
    join(folder, 'a.json'),
    JSON.stringify({ uid: 'a', title: 'ML Überblick: p95', tags: ['ml', 'prod'], panels: [], mine: [1] }),
  );
  await writeFile(join(folder, 'b.json'), JSON.stringify({ title: 'Other', panels: [] }));
  const dashboards = new DashboardStore();
  const place = { path: folder, folder: 'Team A', folderUid: '', fromFilesStructure: false };
  await dashboards.load({ datasources: [], dashboardFolders: [place], dashboardFiles: [] });
  const app = Fastify();
  await app.register(grafanaApi({ version: '1', dashboards }));
  return async (url: string) => {
    const answer = await app.inject(url);
    return { status: answer.statusCode, json: answer.json() };
  };
}

it('finds dashboards and folders as Grafana does', async () => {
  const get = await serve();
  const { json } = await get('/grafana/api/search?type=dash-db');
  expect(json).toMatchObject([
    { uid: 'a', uri: 'db/ml-u-berblick-p95', url: '/d/a/ml-u-berblick-p95', type: 'dash-db', tags: ['ml', 'prod'], folderTitle: 'Team A' },
    { title: 'Other', type: 'dash-db' },
  ]);
  const titles = async (query: string) =>
    ((await get(`/grafana/api/search?${query}`)).json as { title: string }[]).map(({ title }) => title);
  expect(await titles('')).toEqual(['Team A', 'ML Überblick: p95', 'Other']);
  expect(await titles('type=dash-folder')).toEqual(['Team A']);
  expect(await titles('query=über')).toEqual(['ML Überblick: p95']);
  expect(await titles('tag=ml&tag=prod')).toEqual(['ML Überblick: p95']);
  expect(await titles('tag=ml&tag=none')).toEqual([]);
  expect(await titles('limit=1&page=3')).toEqual(['Other']);
  expect(await titles('dashboardUIDs=a')).toEqual(['ML Überblick: p95']);
  const [{ uid: folderUid = '' } = {}] = (await get('/grafana/api/folders')).json as { uid?: string }[];
  expect(await titles(`folderUIDs=${folderUid}`)).toEqual(['ML Überblick: p95', 'Other']);
});

it('exports a dashboard as it stands in its file', async () => {
  const get = await serve();
  const { json } = await get('/grafana/api/dashboards/uid/a');
  expect(json).toMatchObject({
    dashboard: { uid: 'a', title: 'ML Überblick: p95', mine: [1] },
    meta: { folderTitle: 'Team A', provisioned: true },
  });
  expect(await get('/grafana/api/dashboards/uid/none')).toEqual({ status: 404, json: { message: 'Dashboard not found' } });
});

it('knows which paths of port 3000 are its own', () => {
  for (const path of ['/api/search?type=dash-db', '/api/search', '/api/dashboards/uid/a']) expect(GRAFANA_PATHS.test(path)).toBe(true);
  for (const path of ['/api/ui/status', '/api/v1/query', '/d/a/x', '/api/health', '/api/searches'])
    expect(GRAFANA_PATHS.test(path)).toBe(false);
});
