// A service in one file: from an empty folder, with exactly the code of the README, to a dashboard with data, objectives and alerts that fire.
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { SloList } from '@alidade/sdk/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fencesOf } from './testing/guide-text.ts';
import { type ConfigFolder, makeFolder } from './testing/lab.ts';
import { freePort, type Running, type RunningServer, root, run, startServer, until } from './testing/processes.ts';

interface Rules {
  readonly data: {
    readonly groups: readonly { readonly rules: readonly { readonly name: string; readonly type: string; readonly state?: string }[] }[];
  };
}
interface Panel {
  readonly title: string;
  readonly interval?: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const FILE = 'orders.alidade.ts';

describe('a service in one file', () => {
  let code: string;
  let folder: ConfigFolder;
  let orders: Running;
  let server: RunningServer;
  let address: string;

  beforeAll(async () => {
    const fences = fencesOf(await readFile(join(root, 'README.md'), 'utf8'));
    code = fences.find(({ text }) => text.startsWith(`// ${FILE}\n`))?.text ?? '';
    folder = await makeFolder({ [FILE]: `${code}\n` });
    // What `npm install` would put there.
    await symlink(join(root, 'node_modules'), join(folder.dir, 'node_modules'));
    const PORT = String(await freePort());
    address = `http://127.0.0.1:${PORT}`;
    const env = { PORT };
    orders = run(process.execPath, ['--import', 'jiti/register', join(folder.dir, FILE)], env);
    server = await startServer([folder.dir], { env });
    await until('the service answers', () =>
      ask('/orders/1').then(
        () => true,
        () => false,
      ),
    );
  }, 60_000);
  afterAll(async () => {
    await orders?.stop();
    await server?.stop();
    await folder?.remove();
  });

  const ask = async (path: string) => (await fetch(address + path)).text();
  const alertsByState = async () => {
    const { data } = await server.api<Rules>('/api/v1/rules?type=alert');
    return data.groups.flatMap(({ rules }) => rules.map(({ name, state }) => `${name} ${state}`));
  };

  it('has less than 20 lines', () => {
    expect(code.split('\n').filter((line) => line !== '').length).toBeLessThan(20);
  });

  it('is scraped, shown, promised and watched', async () => {
    await until('the target is up', async () => (await server.query('up{job="orders"} == 1')).length === 1);
    expect(await server.api('/api/ui/dashboards')).toMatchObject([{ uid: 'service-orders', title: 'orders' }]);
    const { objectives } = await server.api<SloList>('/api/ui/slo');
    expect(objectives.map(({ slo, state }) => [slo.name, state])).toEqual([
      ['availability', expect.stringMatching(/^(no-data|low-traffic|ok)$/)],
      ['latency', expect.stringMatching(/^(no-data|low-traffic|ok)$/)],
    ]);
    const loaded = await alertsByState();
    for (const name of ['ServiceDown', 'ServiceErrors', 'ServiceSlow', 'ErrorBudgetBurnRateCritical'])
      expect(loaded.join('\n')).toContain(name);
    expect(loaded.filter((alert) => alert.endsWith(' firing'))).toEqual([]);
  });

  it('has data in every panel, and alerts that fire', { timeout: 60_000 }, async () => {
    // What a user would change to see it sooner; it is read again at once.
    const hasty = code.replace('{ target:', "{ scrapeInterval: '1s', alerts: { for: '0s' }, target:");
    expect(hasty).not.toBe(code);
    await folder.write(FILE, hasty);
    const { dashboard } = await server.api<{ dashboard: { panels: readonly Panel[] } }>('/api/ui/dashboards/service-orders');
    const asked = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
    expect(asked.length).toBeGreaterThan(15);
    let empty: string[] = [];
    await until('every panel has data', async () => {
      await Promise.all(['/orders/1', '/orders/2', '/orders/0', '/nowhere'].map(ask));
      const answers = await Promise.all(asked.map(({ expr }) => server.query(expr.replaceAll('$__rate_interval', '20s'))));
      empty = asked.filter((_, i) => answers[i]?.length === 0).map(({ title }) => title);
      return empty.length === 0;
    }).catch((error: unknown) => expect([error, ...empty]).toEqual([]));
    await until('requests that fail are told', async () => {
      await ask('/orders/0');
      return (await alertsByState()).includes('ServiceErrors firing');
    });
    await orders.stop();
    await until('a service that is gone is told', async () => (await alertsByState()).includes('ServiceDown firing'));
  });
});
