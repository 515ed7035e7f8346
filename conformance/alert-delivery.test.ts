// The same configuration and the same alerts for the real Alertmanager and for ours: receivers must be told the same, byte by byte.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAlerting } from '../server/alerting/alerting.ts';
import { readAlertmanager } from '../server/config/alertmanager.ts';
import { systemClock } from '../server/model/clock.ts';
import { MemoryStateStore } from '../server/storage/memory/state.ts';

const program = fileURLToPath(new URL('../.cache/peers/alertmanager/usr/bin/prometheus-alertmanager', import.meta.url));
// Debian's build reads its default templates below /usr/share: it runs in a mount namespace of its own, where they are.
const share = fileURLToPath(new URL('../.cache/peers/alertmanager/usr/share', import.meta.url));
const NAMESPACE = ['-rm', 'sh', '-c', 'mount --rbind "$0" /usr/share && exec "$@"', share];
const canRun = existsSync(program) && spawnSync('unshare', [...NAMESPACE, program, '--version']).status === 0;
const EXTERNAL_URL = 'http://alerts.example.org/prefix';

/** The configuration; its receivers are addressed below `base`. */
const configOf = (base: string) => `
global:
  resolve_timeout: 5m
route:
  receiver: web.hook
  group_by: [alertname]
  group_wait: 500ms
  group_interval: 2s
  repeat_interval: 1h
  routes:
  - matchers: [ 'severity="critical"', 'team=~"ml|data"' ]
    receiver: slack
    group_by: ['...']
    continue: true
  - matchers: [ severity=~"crit.*" ]
    receiver: few
    group_by: [severity]
  - matchers: [ 'severity="info"' ]
    receiver: firing-only
  - match_re: { service: 'api|web' }
    match: { kind: old }
    matchers: [ kind=~"o.*" ]
    receiver: legacy
    group_by: [service]
    routes:
    - match: { tier: none }
      group_by: []
      routes: [ { match_re: { zone: '' }, group_wait: 600ms } ]
    - match: { tier: empty }
      group_by:
    - match: { tier: all }
      group_by: ['...']
      routes: [ { match: { zone: x }, group_by: [] } ]
inhibit_rules:
- source_matchers: [ alertname="NodeDown" ]
  target_matchers: [ severity="warning" ]
  equal: [instance]
templates: [ '*.tmpl' ]
receivers:
- name: web.hook
  webhook_configs: [ { url: '${base}/web.hook' } ]
- name: few
  webhook_configs: [ { url: '${base}/few', max_alerts: 2 }, { url: '${base}/few-2' } ]
- name: legacy
  webhook_configs: [ { url: '${base}/legacy' } ]
- name: firing-only
  webhook_configs: [ { url: '${base}/firing-only', send_resolved: false } ]
- name: slack
  slack_configs:
  - api_url: '${base}/slack'
    channel: '#{{ .GroupLabels.team }}'
    send_resolved: true
    title_link: ''
    fallback: '{{ template "slack.default.title" . }}'
    pretext: '{{ .CommonAnnotations.summary | title }} {{ .NotificationReason }} {{ .Receiver }} {{ .ExternalURL }}'
    text: |-
      {{ range .Alerts }}{{ .Status }} {{ .Labels.alertname }}: {{ .Annotations.summary }} {{ .StartsAt.Format "2006-01-02" }} {{ .Fingerprint }}
      {{ range .Labels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}{{ .Labels.Remove (stringSlice "team") }}
      {{ end }}{{ template "own" . }}{{ .CommonLabels.Names | join "," }} {{ len .Alerts.Firing }}/{{ .Alerts.Resolved | len }}
    fields:
    - { title: 'Sev', value: '{{ .CommonLabels.severity | toUpper }}', short: true }
    - { title: 'None', value: '{{ .CommonLabels.none }}' }
    actions:
    - { type: button, text: Runbook, url: '{{ (index .Alerts 0).Annotations.runbook }}', style: '{{ if eq .Status "firing" }}danger{{ else }}primary{{ end }}' }
    image_url: 'http://img/{{ .GroupLabels.team }}'
    link_names: true
    icon_emoji: ':bell:'
`;
const OWN_TEMPLATE = '{{ define "own" }}[{{ .Status }} {{ .Alerts | len }} {{ reReplaceAll "(.).*" "$1" .CommonLabels.team }}]{{ end }}';

interface Posted {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly startsAt: string;
  readonly endsAt?: string;
  readonly generatorURL: string;
}

const alert = (labels: Record<string, string>, startsAt: string): Posted => ({
  labels,
  annotations: { summary: `about <${labels.alertname}> & "others"`, runbook: 'https://run.example.org/a?b=1&c=2' },
  startsAt,
  generatorURL: 'http://prom.example.org/graph?g0.expr=up+%3D%3D+0&g0.tab=1',
});
const soon = () => new Date(Math.floor(Date.now() / 1000) * 1000 - 1).toISOString();

/** All begin now, lest group_wait be over when the first one arrives: then groups are told before they are complete. */
const firstAlerts = (now: string) => [
  alert({ alertname: 'High', job: 'b', instance: '2', severity: 'warning' }, now),
  alert({ alertname: 'High', job: 'a', instance: '9', severity: 'warning' }, now),
  alert({ alertname: 'High', job: 'a', instance: '10', severity: 'warning', extra: 'é "q"' }, now),
  alert({ alertname: 'NodeDown', instance: '9' }, now),
  alert({ alertname: 'Page', severity: 'critical', team: 'ml' }, now),
  alert({ alertname: 'Page', severity: 'critical', team: 'data', zone: 'a' }, now),
  alert({ alertname: 'Other', severity: 'critical' }, now),
  alert({ alertname: 'Info', severity: 'info' }, now),
  ...['none', 'empty', 'all', 'other'].flatMap((tier) =>
    ['x', 'y', ''].flatMap((zone) => [
      alert({ alertname: 'Old', kind: 'old', service: 'api', tier, ...(zone === '' ? {} : { zone }) }, now),
      alert({ alertname: 'Older', kind: 'old', service: 'web', tier, ...(zone === '' ? {} : { zone }) }, now),
    ]),
  ),
];

describe.skipIf(!canRun)(
  'delivery is that of Alertmanager (skipped without .cache/peers: run node scripts/peers.mjs; or without unshare)',
  () => {
    const told = new Map<string, string[]>();
    let receiver: Server;
    let peer: ChildProcess;
    let peerUrl = '';
    let base = '';
    const dir = mkdtempSync(join(tmpdir(), 'alidade-delivery-'));

    beforeAll(async () => {
      receiver = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const list = told.get(request.url ?? '') ?? [];
          told.set(request.url ?? '', [...list, Buffer.concat(chunks).toString()]);
          response.end('ok');
        });
      });
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
      base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
      writeFileSync(join(dir, 'theirs.yml'), configOf(`${base}/theirs`));
      writeFileSync(join(dir, 'ours.yml'), configOf(`${base}/ours`));
      writeFileSync(join(dir, 'own.tmpl'), OWN_TEMPLATE);
      const flags = ['--config.file', join(dir, 'theirs.yml'), '--storage.path', dir, '--web.external-url', EXTERNAL_URL];
      const listen = ['--web.listen-address=127.0.0.1:0', '--cluster.listen-address='];
      peer = spawn('unshare', [...NAMESPACE, program, ...flags, ...listen], { stdio: ['ignore', 'pipe', 'pipe'] });
      peerUrl = await addressOf(peer);
    }, 30_000);

    afterAll(() => {
      peer?.kill('SIGKILL');
      receiver?.close();
      rmSync(dir, { recursive: true, force: true });
    });

    it('for grouping, order, payloads, inhibition and resolution', async () => {
      const { config, file } = await readOurs(join(dir, 'ours.yml'));
      expect(file).toEqual([]);
      const alerting = createAlerting({ clock: systemClock, state: new MemoryStateStore(), externalUrl: EXTERNAL_URL, resolve: {} });
      await alerting.apply(config);
      const send = async (alerts: readonly Posted[]) => {
        const answer = await fetch(`${peerUrl}/prefix/api/v2/alerts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(alerts),
        });
        expect(answer.status).toBe(200);
        alerting.receive(
          alerts.map((a) => ({
            labels: a.labels,
            annotations: a.annotations,
            startsAtMs: Date.parse(a.startsAt),
            endsAtMs: a.endsAt === undefined ? undefined : Date.parse(a.endsAt),
            generatorUrl: a.generatorURL,
          })),
        );
      };
      const now = new Date().toISOString();
      const first = firstAlerts(now);
      await send(first);
      await pause(1500);
      const resolvedAt = soon();
      await send([first[0], first[4], first[7]].map((a) => ({ ...(a as Posted), endsAt: resolvedAt })));
      await send([alert({ alertname: 'High', job: 'a', instance: '11', severity: 'warning' }, now)]);
      await pause(3000);
      await send([first[4], first[7]].map((a) => ({ ...(a as Posted), startsAt: soon() })));
      await pause(3500);
      await alerting.stop();
      const side = (name: string) => {
        const paths = [...told].filter(([path]) => path.startsWith(`/${name}/`));
        // Groups of one receiver are told in no order: only the messages of one group are ordered.
        const messages = paths.flatMap(([path, bodies]) => bodies.map((body) => `${path.slice(name.length + 1)} ${body.trim()}`));
        return messages.sort();
      };
      const theirs = side('theirs');
      expect(theirs.length).toBeGreaterThanOrEqual(10);
      expect(side('ours')).toEqual(theirs);
    }, 60_000);
  },
);

async function readOurs(path: string) {
  const { config, file } = await readAlertmanager(path, readFileSync(path, 'utf8'), (text) => join(path, '..', text));
  return { config, file: file.problems };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The address that the program logs when it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    const onData = (chunk: Buffer) => {
      log += chunk.toString();
      const [, address] = /Listening on"? address=([\d.:]+)/.exec(log) ?? [];
      if (address) resolve(`http://${address}`);
    };
    child.stderr?.on('data', onData);
    child.stdout?.on('data', onData);
    child.once('exit', () => reject(new Error(log)));
  });
}
