import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { IntegrationConfig } from '../../config/alertmanager.ts';
import { systemClock } from '../../model/clock.ts';
import { Labels } from '../../model/labels.ts';
import { Secret } from '../../model/secret.ts';
import { createNotificationTemplates } from '../../template/notification-template.ts';
import { addExternalLabels } from '../external-labels.ts';
import { fingerprint } from '../fingerprint.ts';
import { createForwarder } from '../forward.ts';
import type { Notification } from '../notification.ts';
import { slack, webhook } from '../testing/config.ts';
import { createNotifier } from './create-notifier.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Receiver {
  readonly url: string;
  readonly got: { readonly path: string; readonly body: string }[];
}

async function receiver(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<Receiver> {
  const got: { path: string; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      got.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString() });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

const labels = Labels.from({ alertname: 'High', job: 'api' });
const alert = {
  labels,
  annotations: Labels.from({ summary: 'too <much>' }),
  startsAtMs: 1_700_000_000_500,
  endsAtMs: 0,
  updatedAtMs: 0,
  generatorUrl: 'http://p/graph',
  fingerprint: fingerprint(labels),
  isTimeout: false,
};
const notification: Notification = {
  receiver: 'r',
  groupKey: '{}:{alertname="High"}',
  groupLabels: Labels.from({ alertname: 'High' }),
  alerts: [{ alert, isResolved: false }],
  reason: 'first notification',
  externalUrl: 'http://localhost:9090',
};

function notify(config: IntegrationConfig) {
  const templates = createNotificationTemplates([], systemClock);
  const notifier = createNotifier(config, { templates, resolve: {}, clock: systemClock });
  closers.push(() => void notifier.close());
  return notifier.notify(notification, new AbortController().signal);
}

describe('webhook', () => {
  it('posts the alerts', async () => {
    const { url, got } = await receiver((response) => response.end());
    expect(await notify(webhook({ url: new Secret(`${url}/hook`) }))).toEqual({ isSent: true });
    const body = JSON.parse(got[0]?.body ?? '') as Record<string, unknown>;
    expect(body).toMatchObject({
      version: '4',
      status: 'firing',
      groupKey: '{}:{alertname="High"}',
      truncatedAlerts: 0,
      commonLabels: { job: 'api' },
    });
    expect(got[0]?.body).toContain('too \\u003cmuch\\u003e');
  });

  it.each([
    [500, true],
    [503, true],
    [429, true],
    [400, false],
    [404, false],
  ])('on status %i can be tried again: %s; the address stays secret', async (status, canRetry) => {
    const { url } = await receiver((response, request) => {
      response.statusCode = status;
      response.end(`no such token ${request.url}`);
    });
    const result = await notify(webhook({ url: new Secret(`${url}/token-1234`) }));
    expect(result).toMatchObject({ isSent: false, canRetry });
    expect(JSON.stringify(result)).toContain(`unexpected status code ${status}: no such token`);
    expect(JSON.stringify(result)).not.toContain('token-1234');
  });

  it('can be tried again when nobody answers', async () => {
    expect(await notify(webhook({ url: new Secret('http://127.0.0.1:1/x') }))).toMatchObject({ isSent: false, canRetry: true });
  });
});

describe('slack', () => {
  it('takes only ok for an answer', async () => {
    const { url, got } = await receiver((response) => response.end('ok'));
    const config = slack({ apiUrl: new Secret(url), text: '{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}' });
    expect(await notify(config)).toEqual({ isSent: true });
    expect(JSON.parse(got[0]?.body ?? '')).toMatchObject({
      channel: '#alerts',
      attachments: [{ title: '[FIRING:1] High (api)', text: 'too <much>', color: 'danger' }],
    });
    const refusing = await receiver((response) => response.end('invalid_token'));
    expect(await notify(slack({ apiUrl: new Secret(refusing.url) }))).toMatchObject({
      canRetry: false,
      reason: 'received an error response from Slack: invalid_token',
    });
    const json = await receiver((response) =>
      response.setHeader('content-type', 'application/json').end('{"ok":false,"error":"no_channel"}'),
    );
    expect(await notify(slack({ apiUrl: new Secret(json.url) }))).toMatchObject({
      reason: 'received an error response from Slack: no_channel',
    });
  });

  it('says which template failed', async () => {
    const result = await notify(slack({ apiUrl: new Secret('http://127.0.0.1:1'), text: '{{ .Nope }}' }));
    expect(result).toMatchObject({ isSent: false, canRetry: false });
    expect(JSON.stringify(result)).toContain("can't evaluate field Nope");
  });
});

describe('forward', () => {
  it('posts to other Alertmanagers with external labels, and counts what it cannot send', async () => {
    const { url, got } = await receiver((response) => response.end());
    const forwarder = createForwarder({ clock: systemClock, resolve: {} });
    closers.push(() => void forwarder.stop());
    const client = { followRedirects: true };
    await forwarder.apply([
      { url: `${url}/am/`, timeoutMs: 1000, client },
      { url: 'http://127.0.0.1:1', timeoutMs: 1000, client },
    ]);
    forwarder.push(addExternalLabels([alert], { region: 'eu', job: 'other' }, []));
    await expect
      .poll(() => forwarder.stats().map(({ sent, failed }) => [sent, failed]))
      .toEqual([
        [1, 0],
        [0, 1],
      ]);
    expect(got[0]?.path).toBe('/am/api/v2/alerts');
    expect(JSON.parse(got[0]?.body ?? '')).toMatchObject([{ labels: { alertname: 'High', job: 'api', region: 'eu' } }]);
  });

  it('drops the oldest when its queue is full', async () => {
    const { url } = await receiver(() => undefined);
    const forwarder = createForwarder({ clock: systemClock, resolve: {} });
    closers.push(() => void forwarder.stop());
    await forwarder.apply([{ url, timeoutMs: 60_000, client: { followRedirects: true } }]);
    for (let i = 0; i < 11; i++) forwarder.push(Array.from({ length: 1000 }, () => alert));
    expect(forwarder.stats()[0]).toMatchObject({ queued: 10_000 });
    expect(forwarder.stats()[0]?.dropped).toBeGreaterThan(0);
  });
});

describe('fingerprint', () => {
  it("is Alertmanager's", () => {
    expect(fingerprint(Labels.from({ alertname: 'Other', severity: 'critical' }))).toBe('f3f73e97d7d9f756');
    expect(fingerprint(Labels.from({ alertname: 'Page', severity: 'critical', team: 'ml' }))).toBe('01997583dac571d7');
  });
});
