import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GrafanaConfig } from '../config/grafana.ts';
import { DashboardStore } from './store.ts';

let dir = '';
const write = (path: string, content: unknown) =>
  writeFileSync(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content));
const config = (more: Partial<GrafanaConfig> = {}): GrafanaConfig => ({
  datasources: [],
  dashboardFolders: [{ folder: 'ML', folderUid: 'ml', path: dir, fromFilesStructure: false }],
  dashboardFiles: [],
  ...more,
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'alidade-dashboards-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('DashboardStore', () => {
  it('lists what the folders hold and answers by uid', async () => {
    mkdirSync(join(dir, 'team'));
    write('b.json', { uid: 'b', title: 'Beta', tags: ['x'], panels: [{ type: 'row' }, { type: 'stat' }] });
    write('team/a.json', { title: 'Alpha', panels: [] });
    write('notes.txt', 'no dashboard');
    const store = new DashboardStore();
    expect(await store.load(config())).toEqual([]);
    const [alpha, beta] = store.list();
    expect(beta).toEqual({ uid: 'b', title: 'Beta', folder: 'ML', tags: ['x'], file: join(dir, 'b.json'), panels: 1 });
    expect(alpha?.uid).toMatch(/^[0-9a-f]{14}$/);
    expect(store.get(alpha?.uid ?? '')?.dashboard).toMatchObject({ title: 'Alpha', uid: alpha?.uid });
    expect(store.get('nobody')).toBeUndefined();
  });

  it('has the JSON of dashboards that projects define', async () => {
    const store = new DashboardStore();
    const json = { uid: 'a', title: 'A', panels: [], mine: [1] };
    const defined = { folder: 'Team', file: '/x/team.alidade.ts', written: '/x/a.json', json };
    expect(await store.load({ datasources: [], dashboardFolders: [], dashboardFiles: [], dashboards: [defined] })).toEqual([]);
    expect(await store.source('a')).toEqual(json);
    await store.load({ datasources: [], dashboardFolders: [], dashboardFiles: [] });
    expect(await store.source('a')).toBeUndefined();
  });

  it('names folders after the files when told to', async () => {
    mkdirSync(join(dir, 'team'));
    write('team/a.json', { panels: [] });
    const store = new DashboardStore();
    await store.load(config({ dashboardFolders: [{ folder: 'ML', folderUid: '', path: dir, fromFilesStructure: true }] }));
    expect(store.list()[0]).toMatchObject({ folder: 'team', title: 'a' });
  });

  it('goes on without files that are broken, and says where they are', async () => {
    write('good.json', { uid: 'good', panels: [] });
    write('comma.json', '{\n  "panels": [],\n}');
    write('other.json', { name: 'package' });
    const store = new DashboardStore();
    const problems = await store.load(config({ dashboardFiles: [join(dir, 'gone.json')] }));
    expect(problems).toMatchObject([
      {
        severity: 'error',
        file: join(dir, 'comma.json'),
        line: 3,
        message: 'column 1: not valid JSON: a comma stands before "}": remove it',
      },
      {
        severity: 'error',
        file: join(dir, 'other.json'),
        line: 0,
        message: 'the file is JSON but no Grafana dashboard: it has neither "panels" nor "rows"',
      },
      { severity: 'error', file: join(dir, 'gone.json'), message: expect.stringContaining('cannot be read') },
    ]);
    expect(store.list().map(({ uid }) => uid)).toEqual(['good']);
  });

  it('keeps both of two dashboards with one uid', async () => {
    write('1.json', { uid: 'same', title: 'One', panels: [] });
    write('2.json', { uid: 'same', title: 'Two', panels: [] });
    const store = new DashboardStore();
    expect(await store.load(config())).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('dashboard uid "same" is also in') },
    ]);
    expect(store.list().map(({ title }) => title)).toEqual(['One', 'Two']);
    const two = store.list()[1];
    expect(two?.uid).not.toBe('same');
    expect(store.get(two?.uid ?? '')?.notes[0]).toContain('its uid "same" belongs to another dashboard');
  });

  it('follows changes and survives a missing folder', async () => {
    write('1.json', { uid: 'x', panels: [] });
    const store = new DashboardStore();
    await store.load(config());
    rmSync(join(dir, '1.json'));
    write('2.json', { uid: 'y', panels: [] });
    await store.load(config());
    expect(store.list().map(({ uid }) => uid)).toEqual(['y']);
    const gone = { folder: '', folderUid: '', path: join(dir, 'gone'), fromFilesStructure: false };
    expect(await store.load(config({ dashboardFolders: [gone] }))).toMatchObject([{ severity: 'warning', file: join(dir, 'gone') }]);
  });
});

const labs = process.env.ALIDADE_LABS;

describe.skipIf(!labs)('the labs (ALIDADE_LABS)', () => {
  it.each([
    [
      'lab-05',
      'ML API Monitoring Dashboard',
      ['stat', 'stat', 'stat', 'stat', 'stat', 'timeseries', 'timeseries', 'piechart', 'piechart', 'alertlist'],
    ],
    ['day-58', 'ML System Overview', ['timeseries', 'stat']],
  ])('%s is read as it is', async (lab, title, types) => {
    const path = join(labs ?? '', lab, 'grafana/dashboards');
    const store = new DashboardStore();
    const problems = await store.load({
      datasources: [{ uid: 'prometheus', name: 'Prometheus', type: 'prometheus', isDefault: true, timeIntervalMs: 5000 }],
      dashboardFolders: [{ folder: '', folderUid: '', path, fromFilesStructure: false }],
      dashboardFiles: [],
    });
    expect(problems).toEqual([]);
    const [summary] = store.list();
    expect(summary?.title).toBe(title);
    expect(store.get(summary?.uid ?? '')?.dashboard.panels.map((panel) => panel.type)).toEqual(types);
  });
});
