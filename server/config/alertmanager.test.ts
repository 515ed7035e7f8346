import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type AlertmanagerConfig, readAlertmanager } from './alertmanager.ts';
import { parseMatchers } from './alertmanager-matchers.ts';

const amtool = fileURLToPath(new URL('../../.cache/peers/alertmanager/usr/bin/amtool', import.meta.url));

async function read(source: string): Promise<AlertmanagerConfig> {
  const { file, config } = await readAlertmanager('/x/alertmanager.yml', source, (path) => join('/mapped', path));
  if (!config) throw new Error(file.problems.map((problem) => problem.message).join('\n'));
  return config;
}

describe('the routing tree', () => {
  it('inherits from its parent what it does not set itself', async () => {
    const { route } = await read(`
route:
  receiver: a
  group_by: [x]
  group_wait: 1s
  routes:
    - matchers: [p=q]
      group_by: ['...']
      continue: true
      repeat_interval: 2h
      active_time_intervals: [t]
      routes:
        - receiver: b
        - group_by: [y]
          group_interval: 7s
        - group_by: []
        - group_by:
          match_re: {q: a|b}
receivers: [{name: a}, {name: b}]
time_intervals: [{name: t}]
`);
    expect(route).toMatchObject({
      receiver: 'a',
      groupBy: ['x'],
      groupWaitMs: 1000,
      groupIntervalMs: 300_000,
      repeatIntervalMs: 14_400_000,
    });
    const child = route.routes[0];
    expect(child).toMatchObject({
      receiver: 'a',
      groupBy: [],
      groupByAll: true,
      groupWaitMs: 1000,
      repeatIntervalMs: 7_200_000,
      continue: true,
    });
    expect(child?.routes).toMatchObject([
      { receiver: 'b', groupByAll: true, continue: false, repeatIntervalMs: 7_200_000, activeTimeIntervals: [] },
      { receiver: 'a', groupByAll: false, groupBy: ['y'], groupIntervalMs: 7000 },
      { groupByAll: false, groupBy: [] },
      { groupByAll: true, groupBy: [], matchers: [{ type: '=~', name: 'q', value: '^(?:a|b)$' }] },
    ]);
  });
});

describe('receivers', () => {
  it('take settings from global, own ones first', async () => {
    const { receivers } = await read(`
global:
  slack_api_url_file: secrets/slack
  http_config: {proxy_url: 'http://proxy:1', follow_redirects: false}
route: {receiver: a}
receivers:
  - name: a
    slack_configs:
      - channel: '#a'
        short_fields: true
        fields: [{title: t, value: v}, {title: t, value: v, short: false}]
        actions: [{type: button, text: go, url: 'http://x', name: n, value: v}, {type: button, text: ack, name: n, value: v}]
      - api_url: https://hooks.example.com/own
        http_config: {}
    webhook_configs:
      - url_file: secrets/url
`);
    expect(receivers[0]?.integrations).toMatchObject([
      {
        type: 'webhook',
        sendResolved: true,
        urlFile: '/mapped/secrets/url',
        maxAlerts: 0,
        timeoutMs: 0,
        client: { proxyUrl: 'http://proxy:1' },
      },
      {
        type: 'slack',
        sendResolved: false,
        apiUrlFile: '/mapped/secrets/slack',
        title: '{{ template "slack.default.title" . }}',
        mrkdwnIn: ['fallback', 'pretext', 'text'],
        fields: [{ short: true }, { short: false }],
        actions: [
          { url: 'http://x', name: '', value: '' },
          { url: '', name: 'n', value: 'v' },
        ],
        client: { followRedirects: false },
      },
      { type: 'slack', client: { followRedirects: true } },
    ]);
    const own = receivers[0]?.integrations[2];
    expect(own?.type === 'slack' && own.apiUrl.reveal()).toBe('https://hooks.example.com/own');
    expect(own).not.toHaveProperty('apiUrlFile');
    expect(JSON.stringify(receivers)).not.toContain('hooks.example.com');
  });
});

describe('inhibit rules', () => {
  it('join the three ways to write matchers', async () => {
    const { inhibitRules } = await read(`
route: {receiver: a}
receivers: [{name: a}]
inhibit_rules:
  - source_match: {a: b}
    source_match_re: {c: d|e}
    source_matchers: [f!=g]
    target_matchers: ['{h!~"i", j=k}']
    equal: [l]
`);
    expect(inhibitRules).toEqual([
      {
        sourceMatchers: [
          { type: '=', name: 'a', value: 'b' },
          { type: '=~', name: 'c', value: '^(?:d|e)$' },
          { type: '!=', name: 'f', value: 'g' },
        ],
        targetMatchers: [
          { type: '!~', name: 'h', value: 'i' },
          { type: '=', name: 'j', value: 'k' },
        ],
        equal: ['l'],
      },
    ]);
  });
});

describe('matchers', () => {
  const good: [text: string, want: string[]][] = [
    ['a=b', ['a = b']],
    ['a="b"', ['a = b']],
    ['{a="b",c=~"d|e"}', ['a = b', 'c =~ d|e']],
    [' a != b , c !~ d ', ['a != b', 'c !~ d']],
    ['{a=b,}', ['a = b']],
    ['', []],
    ['{}', []],
    ['a=', ['a = ']],
    ['a=""', ['a = ']],
    ['a=b c', ['a = b c']],
    ['a="b,c"', ['a = b,c']],
    ['a="b\\"c"', ['a = b"c']],
    ['a="b\\nc"', ['a = b\nc']],
    ['a="\\d"', ['a = \\d']],
    ["a='b'", ["a = 'b'"]],
    ['"a b"=c', ['a b = c']],
    ['été="x"', ['été = x']],
    ['🙂=~"\\u0041+"', ['🙂 =~ A+']],
    ['a==b', ['a = =b']],
    ['{a=b', ['a = b']],
    ['""=x', [' = x']],
  ];
  it.each(good)('%s', (text, want) => {
    expect(parseMatchers(text).map(({ name, type, value }) => `${name} ${type} ${value}`)).toEqual(want);
  });

  const bad = ['foo', '=x', 'a=b, c', 'a=b,,c=d', ',', '{,}', 'a=~"("', '"a b"', '"a=b', 'a-b'];
  it.each(bad)('refuses %s', (text) => {
    expect(() => parseMatchers(text)).toThrow();
  });

  describe.skipIf(!existsSync(amtool))('amtool agrees (.cache/peers/alertmanager)', () => {
    const dir = mkdtempSync(join(tmpdir(), 'alidade-matchers-'));
    it.each([...good.map(([text]) => [text, true] as const), ...bad.map((text) => [text, false] as const)])('%s', (text, isGood) => {
      const file = join(dir, 'alertmanager.yml');
      writeFileSync(file, JSON.stringify({ route: { receiver: 'a', routes: [{ matchers: [text] }] }, receivers: [{ name: 'a' }] }));
      const run = () => execFileSync(amtool, ['check-config', file], { stdio: 'pipe' });
      if (isGood) expect(run).not.toThrow();
      else expect(run).toThrow();
    });
    afterAll(() => rmSync(dir, { recursive: true, force: true }));
  });
});
