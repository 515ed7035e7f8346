// A mistyped metric or label must not compile: the real compiler says so, at the place of the mistake.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'alidade-types-'));
afterAll(() => rmSync(dir, { recursive: true }));

const HEAD = `
import { alert, dashboard, job, lokiSource, metrics, receiver, stat, timeseries, up, type AlertingOptions } from '${root}sdk/code/index.ts';
import * as catalog from '${root}sdk/instrument/catalog.ts';
const m = metrics(catalog);
`;

const mistakes: readonly [what: string, code: string, said: string][] = [
  ['a metric', 'm.httpRequestTotal.rate();', "Property 'httpRequestTotal' does not exist"],
  ['a label in a matcher', "m.httpRequestsTotal.where({ statu: '500' });", "'statu' does not exist"],
  ['a label in a grouping', "m.httpRequestsTotal.rate().sum('model');", '"model"'],
  ['a label that was aggregated away', "m.httpRequestsTotal.rate().sum('status').max('endpoint');", '"endpoint"'],
  ['a rate of a gauge', "m.modelAccuracy.rate('5m');", "Property 'rate' does not exist"],
  ['a quantile of a counter', 'm.httpRequestsTotal.quantile(0.9);', "Property 'quantile' does not exist"],
  ['a histogram shown as it is', "stat('Latency', m.predictionLatencySeconds);", 'is not assignable'],
  ['a bound that no bucket has', "m.predictionLatencySeconds.shareBelow(0.3, '5m');", "'0.3' is not assignable"],
  ['a duration', "m.httpRequestsTotal.rate('5min');", '\'"5min"\' is not assignable'],
  ['an option of a panel', "timeseries('Rate', m.httpRequestsTotal.rate(), { units: 's' });", "'units' does not exist"],
  ['a threshold', "stat('Up', up, { thresholds: ['red', ['green', 1]] });", 'is not assignable'],
  ['an alert without severity', "alert('Down', up.eq(0), { summary: 'Down' });", "'severity' is missing"],
  ['a receiver by name', "const a: AlertingOptions = { route: { receiver: 'nobody' } };", 'is not assignable'],
  ['a data source by name', "stat('Up', up, { datasource: 'loki' });", 'is not assignable'],
  ['a setting of a job', "job('api', ['a:1'], { scrapeIntervall: '5s' });", "'scrapeIntervall' does not exist"],
];

function compile(name: string, code: string): string {
  writeFileSync(join(dir, `${name}.ts`), code);
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { noUnusedLocals: false, typeRoots: [join(root, 'node_modules/@types')] },
    files: [`${name}.ts`],
  };
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(config));
  try {
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', dir, '--pretty', 'false'], { encoding: 'utf8' });
    return '';
  } catch (error) {
    return String((error as { stdout: string }).stdout);
  }
}

describe('the compiler', () => {
  it('refuses each mistake at its place, and nothing else', () => {
    const before = HEAD.split('\n').length;
    const said = compile('mistakes', HEAD + mistakes.map(([, code]) => code).join('\n'));
    const byLine = new Map<number, string>();
    let line = 0;
    for (const text of said.split('\n')) {
      line = Number(/\((\d+),\d+\): error/.exec(text)?.[1] ?? line);
      byLine.set(line, `${byLine.get(line) ?? ''}${text}\n`);
    }
    mistakes.forEach(([what, code, expected], i) => {
      expect(byLine.get(before + i) ?? `nothing was said about ${what}: ${code}`, what).toContain(expected);
    });
    expect([...byLine.keys()].filter((number) => number >= before + mistakes.length || number < before)).toEqual([]);
  });

  it('takes what is right', () => {
    const right = `
      dashboard('Right', { panels: [timeseries('Rate', { '{{status}}': m.httpRequestsTotal.where({ job: 'api' }).rate('1h30m').sum('status') })] });
      m.predictionLatencySeconds.where({ model_version: 'v2' }).shareBelow(0.2, '5m', 'model_name').lt(0.99);
      job('api', ['a:1', { targets: ['b:2'], labels: { zone: 'eu' } }], { scrapeInterval: '5s' });
      stat('Lines', 'sum(count_over_time({job="api"}[5m]))', { datasource: lokiSource(), thresholds: ['green', [1, 'red']] });
      const a: AlertingOptions = { route: { receiver: receiver('nobody') } };`;
    expect(compile('right', HEAD + right)).toBe('');
  });
});
