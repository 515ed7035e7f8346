import { afterEach, expect, it } from 'vitest';
import { Alertmanagers } from './alertmanagers.ts';
import type { AlertmanagerTarget, PrometheusConfig } from './config/config.ts';
import { systemClock } from './model/clock.ts';
import { createTelemetry } from './telemetry/telemetry.ts';

let alertmanagers: Alertmanagers;
afterEach(() => alertmanagers.stop());

it('leaves out an address that is none, says so, and goes on with the others', async () => {
  const logged: string[] = [];
  const stream = { write: (line: string) => void logged.push(line) };
  const { logger } = createTelemetry({ version: '0', level: 'info', stream });
  alertmanagers = new Alertmanagers({ clock: systemClock, resolve: {}, logger });
  const target: AlertmanagerTarget = {
    scheme: 'http',
    pathPrefix: '/am/',
    timeoutMs: 1_000,
    client: { followRedirects: true },
    relabel: [],
    discoveries: [{ type: 'static', groups: [{ targets: ['no address', '127.0.0.1:1'], labels: {}, source: 'static/0' }] }],
  };
  await alertmanagers.apply({ alertmanagers: [target] } as unknown as PrometheusConfig, false);
  expect(alertmanagers.active()).toEqual(['http://127.0.0.1:1/am/api/v2/alerts']);
  expect(logged.join()).toContain('no address');
});
