// The real amtool works against our Alertmanager API.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Alerting, createAlerting } from '../server/alerting/alerting.ts';
import { alertmanagerApi } from '../server/api/alertmanager/plugin.ts';
import { createHttpServer, type HttpServer } from '../server/http/server.ts';
import { systemClock } from '../server/model/clock.ts';
import { openMemoryStore } from '../server/storage/memory/open.ts';
import { root } from './testing/processes.ts';

const amtool = join(root, '.cache/peers/alertmanager/usr/bin/amtool');
const isPeerThere = existsSync(amtool);
if (!isPeerThere) console.log('Left out: amtool against the Alertmanager API; node scripts/peers.mjs fetches it');

let alerting: Alerting;
let http: HttpServer;
let url = '';

async function run(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(amtool, [...args, '--alertmanager.url', url]);
  return stdout;
}

describe.skipIf(!isPeerThere)('amtool', () => {
  beforeAll(async () => {
    alerting = createAlerting({ clock: systemClock, state: openMemoryStore(systemClock).state, externalUrl: '', resolve: {} });
    await alerting.apply(undefined);
    const reportError = (error: unknown) => console.error(error);
    const api = alertmanagerApi({
      clock: systemClock,
      alerting,
      startedAtMs: Date.now(),
      version: '0.0.0',
      configText: () => '',
      reportError,
    });
    const options = { clock: systemClock, listen: { host: '127.0.0.1', port: 0 }, noAuth: false, externalUrl: '', maxRequestBytes: 1e6 };
    http = await createHttpServer({ ...options, reportError }, [api]);
    url = `http://127.0.0.1:${(await http.listen()).port}`;
  });
  afterAll(async () => {
    await http?.close();
    await alerting?.stop();
  });

  it('adds alerts and finds them', async () => {
    await run('alert', 'add', 'DiskFull', 'severity=page', '--annotation=summary=full');
    await run('alert', 'add', 'Other');
    expect(JSON.parse(await run('alert', 'query', '-o', 'json', 'severity="page"'))).toMatchObject([
      { labels: { alertname: 'DiskFull', severity: 'page' }, annotations: { summary: 'full' }, status: { state: 'active' } },
    ]);
    expect(await run('alert', 'query')).toMatch(/DiskFull[\s\S]*Other/);
  });

  it('silences and ends the silence', async () => {
    const id = (await run('silence', 'add', 'alertname="DiskFull"', '--comment=maintenance', '--author=me', '--duration=1h')).trim();
    expect(await run('silence', 'query')).toContain(id);
    expect(JSON.parse(await run('alert', 'query', '-o', 'json', '--silenced'))).toMatchObject([
      { status: { state: 'suppressed', silencedBy: [id] } },
    ]);
    await run('silence', 'update', id, '--duration=2h');
    await run('silence', 'expire', id);
    expect(JSON.parse(await run('silence', 'query', '-o', 'json'))).toEqual([]);
    expect(JSON.parse(await run('silence', 'query', '-o', 'json', '--expired'))).toHaveLength(1);
  });
});
