import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadChecked } from '../../app-config.ts';
import { DashboardStore } from '../../dashboards/store.ts';
import { generateFiles } from '../../generate/project-files.ts';
import { readProjects } from '../../generate/read-projects.ts';
import { compareFiles, writeFiles } from '../../generate/write-files.ts';
import { formatProblem } from '../problem.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'alidade-project-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function write(files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
}

async function load() {
  const { config, problems } = await loadChecked(dir, {});
  return { config, said: problems.map((problem) => formatProblem(problem, dir)) };
}

const project = (name: string, members: string) =>
  `import * as code from '@alidade/sdk/code';\nexport default code.defineProject({ name: '${name}', ${members} });\n`;

const RULES = `rules: [code.group('api', { interval: '1m' }, [
  code.record('job:up:sum', code.up.sum('job')),
  code.alert('ApiDown', code.up.eq(0), { severity: 'critical', summary: 'Down' }),
])]`;
const BOARD = "dashboards: [code.dashboard('Board', { panels: [code.stat('Up', code.up)] })]";
const ALERTING = `alerting: { route: { receiver: code.receiver('ours'), routes: [
  { match: { team: 'ml' }, receiver: code.receiver('ml', code.webhook({ url: 'http://127.0.0.1:1/' })) },
] } }`;
const SLOS = `slos: [{ name: 'up', service: 'api', target: 0.99, window: '30d',
  indicator: { type: 'ratio', total: { counter: 'all_total' }, bad: { counter: 'bad_total' } } }]`;
const SCRAPE = "scrape: { scrapeInterval: '7s', jobs: [code.job('ours', ['127.0.0.1:1'])] }";

const HAND_WRITTEN = {
  'prometheus.yml':
    'global: {scrape_interval: 20s}\nscrape_configs:\n  - job_name: theirs\n    static_configs: [{targets: ["127.0.0.1:2"]}]\n',
  'alertmanager.yml': 'route: {receiver: theirs}\nreceivers: [{name: theirs}]\n',
};

describe('a project among files', () => {
  it('alone is the whole configuration', async () => {
    await write({ 'a.alidade.ts': project('a', [RULES, BOARD, ALERTING, SCRAPE].join(', ')) });
    const { config, said } = await load();
    expect(said).toEqual([]);
    expect(config?.prometheus.scrapeConfigs).toMatchObject([{ jobName: 'ours', scrapeIntervalMs: 7_000 }]);
    expect(config?.prometheus.ruleGroups).toMatchObject([{ name: 'api', file: join(dir, 'a.alidade.ts'), intervalMs: 60_000 }]);
    expect(config?.alertmanager?.route).toMatchObject({ receiver: 'ours', routes: [{ receiver: 'ml' }] });
    expect(config?.grafana.dashboards).toMatchObject([{ folder: 'a', json: { uid: 'board' } }]);
    expect(config?.watch).toContain(join(dir, 'a.alidade.ts'));
  });

  it('adds its jobs, rules, routes and dashboards to theirs', async () => {
    await write({ ...HAND_WRITTEN, 'a.alidade.ts': project('a', [RULES, BOARD, ALERTING, SCRAPE].join(', ')) });
    const { config, said } = await load();
    expect(said).toEqual([
      `a.alidade.ts: route: warning: its root gives way to that of ${dir}/alertmanager.yml; the routes below it are added there`,
    ]);
    expect(config?.prometheus.scrapeConfigs).toMatchObject([
      { jobName: 'theirs', scrapeIntervalMs: 20_000 },
      { jobName: 'ours', scrapeIntervalMs: 7_000 },
    ]);
    expect(config?.prometheus.ruleGroups).toHaveLength(1);
    expect(config?.alertmanager?.route).toMatchObject({ receiver: 'theirs', routes: [{ receiver: 'ml' }] });
    expect(config?.alertmanager?.receivers.map(({ name }) => name)).toEqual(['theirs', 'ours', 'ml']);
  });

  it('clashes by name', async () => {
    await write({
      ...HAND_WRITTEN,
      'a.alidade.ts': project(
        'a',
        "scrape: { jobs: [code.job('theirs', ['a:1'])] }, alerting: { route: { receiver: code.receiver('theirs') } }",
      ),
    });
    const { config, said } = await load();
    expect(config).toBeUndefined();
    expect(said).toContain(`a.alidade.ts: scrape job "theirs": is defined in ${dir}/prometheus.yml too; give one of them another name`);
    expect(said).toContain(`a.alidade.ts: receiver "theirs": is defined in ${dir}/alertmanager.yml too; give one of them another name`);
  });

  it('names definition, position and text of what the parsers refuse', async () => {
    await write({
      'a.alidade.ts': project(
        'a',
        `rules: [code.group('g', [code.alert('Bad', 'sum(up', { severity: 'info', summary: '{{ .Nope' }), code.record('r', 'up[5m')])],
         scrape: { jobs: [code.job('j', ['http://a:1'])] }`,
      ),
    });
    const { config, said } = await load();
    expect(config).toBeUndefined();
    expect(said).toEqual([
      expect.stringMatching(/^a\.alidade\.ts: rule group "g": alert "Bad": annotations\.summary: template: .*unclosed action/),
      'a.alidade.ts: rule group "g": alert "Bad": expr: 1:7: parse error: unclosed left parenthesis; the expression is: sum(up',
      expect.stringMatching(
        /^a\.alidade\.ts: rule group "g": recording rule "r": expr: 1:\d+: parse error: .*; the expression is: up\[5m$/,
      ),
      expect.stringMatching(/^a\.alidade\.ts: scrape job "j": static_configs\[0\]\.targets\[0\]: .*http:\/\/a:1/),
    ]);
  });

  it('is told of queries of dashboards that are none', async () => {
    await write({
      'a.alidade.ts': project(
        'a',
        `dashboards: [code.dashboard('Board', { variables: [code.variable('q', { values: ['0.9'] }), code.variable('m', { text: 'up' })], panels: [
           code.stat('Fine', 'histogram_quantile($q, sum by (le) (rate(x_bucket[$__rate_interval]))) > 0 and $m{a="\${q:regex}"}'),
           code.row('Row', [code.stat('Bad', 'rate(up[$__rate_interval]')], { collapsed: true }),
           code.stat('Unknown', 'up{job="$job"}'), code.logs('Lines', '{job="a"} |= x'),
         ] })]`,
      ),
    });
    const { config, said } = await load();
    expect(config).toBeUndefined();
    expect(said).toEqual([
      expect.stringMatching(
        /: dashboard "Board": panel "Bad": query A: 1:12: parse error: .*; the query is: rate\(up\[\$__rate_interval\]$/,
      ),
      expect.stringMatching(/: dashboard "Board": panel "Lines": query A: .*; the query is: \{job="a"\} \|= x$/),
      'a.alidade.ts: dashboard "Board": panel "Unknown": query A: $job is no variable of the dashboard; known are $q, $m; the query is: up{job="$job"}',
    ]);
  });

  it('is read instead of the files that were generated from it', async () => {
    await write({ 'a.alidade.ts': project('a', [RULES, BOARD, ALERTING, SCRAPE, SLOS].join(', ')) });
    const before = await load();
    const { projects, problems } = await readProjects(dir);
    expect(problems).toEqual([]);
    const files = generateFiles(projects);
    expect((await writeFiles(files, dir)).map(({ kind }) => kind)).toEqual(files.map(() => 'missing'));
    const { config, said } = await load();
    expect(said).toEqual([]);
    expect(config?.slos).toHaveLength(1);
    const without = { watch: [], grafana: {} };
    expect({ ...config, ...without }).toEqual({ ...before.config, ...without });
    const store = new DashboardStore();
    expect(config && (await store.load(config.grafana))).toEqual([]);
    expect(store.list()).toMatchObject([{ uid: 'board', folder: 'a' }]);
  });
});

describe('generated files', () => {
  it('differ, are missing, are left over, or belong to somebody else', async () => {
    await write({ 'a.alidade.ts': project('a', [RULES, BOARD].join(', ')) });
    const files = generateFiles((await readProjects(dir)).projects);
    await writeFiles(files, dir);
    expect(await compareFiles(files, dir)).toEqual([]);
    await rm(join(dir, 'grafana/provisioning/datasources/a.yml'));
    await write({
      'grafana/dashboards/a/old.json': '{}',
      'grafana/dashboards/a/board.json': '{}',
      'prometheus/prometheus.yml': 'global: {}\n',
    });
    const changes = [
      { path: 'grafana/dashboards/a/board.json', kind: 'different' },
      { path: 'grafana/dashboards/a/old.json', kind: 'leftover' },
      { path: 'grafana/provisioning/datasources/a.yml', kind: 'missing' },
      { path: 'prometheus/prometheus.yml', kind: 'foreign' },
    ];
    expect(await writeFiles(files, dir)).toEqual(changes);
    expect(await compareFiles(files, dir)).toEqual(changes);
    await rm(join(dir, 'prometheus/prometheus.yml'));
    await writeFiles(files, dir);
    expect(await compareFiles(files, dir)).toEqual([]);
  });

  it('of several projects are joined, unless they disagree', async () => {
    const [a, b] = ['a', 'b'].map((name) => ({
      source: `${name}.alidade.ts`,
      project: {
        name,
        folder: name,
        dashboards: [],
        slos: [],
        datasources: [],
        ruleGroups: [],
        prometheus: { scrape_configs: [{ job_name: name }] },
      },
    }));
    if (!a || !b) throw new Error('two projects');
    const joined = generateFiles([a, b]).find(({ path }) => path === 'prometheus/prometheus.yml')?.text ?? '';
    expect(joined).toBe(
      '# Generated by `alidade generate` from a.alidade.ts, b.alidade.ts: change that file and generate again.\nscrape_configs:\n  - job_name: a\n  - job_name: b\n',
    );
    const withGlobal = (one: typeof a, interval: string) => ({
      ...one,
      project: { ...one.project, prometheus: { global: { scrape_interval: interval } } },
    });
    expect(() => generateFiles([withGlobal(a, '5s'), withGlobal(b, '6s')])).toThrow(
      'prometheus/prometheus.yml: a.alidade.ts and b.alidade.ts disagree about "global"; define it in one of them',
    );
  });
});
