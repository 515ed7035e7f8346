// What is wrong in files, bodies and queries is told with its place, and the rest runs on.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigFolder, makeFolder, type ScrapeTarget, sleep, startTarget } from './testing/lab.ts';
import { freePort, type RunningServer, root, run, startServer, until } from './testing/processes.ts';

const cli = `${root}/server/bin/alidade`;

/** Runs the command to its end. */
async function ended(args: readonly string[]): Promise<{ status: number | null; output: string }> {
  const running = run(cli, args);
  const status = await new Promise<number | null>((resolve) => running.child.once('close', resolve));
  return { status, output: running.output() };
}

describe('a folder full of mistakes', () => {
  const MISTAKES: readonly (readonly [place: string, message: RegExp])[] = [
    ['prometheus.yml:2: global.scrape_interval', /not a valid duration string: "soon"/],
    ['prometheus.yml:6: scrape_configs[0].static_config', /unknown key "static_config" \(did you mean "static_configs"\?\)/],
    ['prometheus.yml:7: scrape_configs[1].job_name', /multiple scrape configs with job name "app"/],
    ['prometheus.yml:8: scrape_configs[1].relabel_configs[0].regex', /invalid regular expression "\("/],
    ['rules.yml:5: groups[0].rules[0].expr', /1:16: parse error: unclosed left parenthesis/],
    ['rules.yml:8: groups[0].rules[1].annotations.summary', /unclosed action/],
    ['alertmanager.yml:1: route.receiver', /undefined receiver "nobody"/],
    ['alertmanager.yml:2: receivers[0].webhook_configs[0].url', /not a valid http or https URL/],
  ];
  let folder: ConfigFolder;
  beforeAll(async () => {
    folder = await makeFolder({
      'prometheus.yml': `global:
  scrape_interval: soon
rule_files: [rules.yml]
scrape_configs:
  - job_name: app
    static_config: [{ targets: ['localhost:1'] }]
  - job_name: app
    relabel_configs: [{ source_labels: [a], target_label: b, regex: '(' }]
`,
      'rules.yml': `groups:
  - name: g
    rules:
      - alert: Broken
        expr: sum(rate(x[5m])
      - alert: Template
        expr: up == 0
        annotations: { summary: '{{ .Foo' }
`,
      'alertmanager.yml': `route: { receiver: nobody }
receivers: [{ name: hook, webhook_configs: [{ url: 'not a url' }] }]
`,
    });
  });
  afterAll(() => folder.remove());

  /** The lines that name a place in the folder, without it. */
  const problems = (output: string) => output.split('\n').flatMap((line) => line.split(`${folder.dir}/`).slice(1));

  it('is refused at the start with every mistake and its place, once, with status 1', async () => {
    const { status, output } = await ended(['up', folder.dir, '--listen', `127.0.0.1:${await freePort()}`, '--data', `${folder.dir}/data`]);
    expect(status).toBe(1);
    const found = problems(output);
    for (const [place, message] of MISTAKES) {
      const lines = found.filter((line) => line.startsWith(`${place}: `));
      expect(lines, place).toHaveLength(1);
      expect(lines[0]).toMatch(message);
    }
    expect(found).toHaveLength(MISTAKES.length);
  });

  it('gets the same answer from `alidade check`', async () => {
    const checked = await ended(['check', folder.dir]);
    const started = await ended(['up', folder.dir, '--listen', `127.0.0.1:${await freePort()}`, '--data', `${folder.dir}/data`]);
    expect(checked.status).toBe(1);
    expect(problems(checked.output)).toEqual(problems(started.output));
    expect(checked.output).toContain(`not good: ${MISTAKES.length} errors`);
  });
});

describe('a running server', () => {
  interface Status {
    readonly config: {
      readonly loadedAtMs: number;
      readonly stale: boolean;
      readonly problems: readonly {
        readonly severity: string;
        readonly file: string;
        readonly line: number;
        readonly path: string;
        readonly message: string;
      }[];
    };
  }
  const RULES = `groups:
  - name: g
    rules:
      - { record: 'job:up:sum', expr: sum by (job) (up) }
`;
  const dashboard = (uid: string) => JSON.stringify({ uid, title: uid, panels: [] });
  let good: ScrapeTarget;
  let bad: ScrapeTarget;
  let folder: ConfigFolder;
  let server: RunningServer;

  const prometheus = (more = '') => `global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms }
rule_files: [rules.yml]
scrape_configs:
  - { job_name: good, static_configs: [{ targets: ['${good.address}'] }] }
  - { job_name: bad, static_configs: [{ targets: ['${bad.address}'] }] }
${more}`;
  const status = () => server.api<Status>('/api/ui/status');
  const reload = () => fetch(`${server.url}/-/reload`, { method: 'POST' });

  /** The old configuration is at work: targets are scraped and rules evaluated anew. */
  async function expectAtWork(): Promise<void> {
    const scrapes = good.scrapes;
    const evaluatedAtMs = Date.now();
    await until('scraping goes on', () => good.scrapes >= scrapes + 2);
    await until('rules go on', async () => {
      const [found] = await server.query('timestamp(job:up:sum{job="good"})');
      return (found?.value ?? 0) * 1000 > evaluatedAtMs;
    });
  }

  beforeAll(async () => {
    good = await startTarget((scrape) => `good_value ${scrape}\n`);
    bad = await startTarget(() => 'fine_value 1\nbroken_value{label="unclosed} 2\nlater_value 3\n');
    folder = await makeFolder({ 'prometheus.yml': prometheus(), 'rules.yml': RULES, 'grafana/dashboards/one.json': dashboard('one') });
    server = await startServer([folder.dir]);
    // Beside the host's own numbers, which are scraped as well, sooner or later.
    await until('the first evaluation', async () => (await server.query('job:up:sum{job=~"good|bad"}')).length === 2).catch(
      (error: Error) => {
        throw new Error(`${error.message}; the server said:\n${server.output()}`);
      },
    );
  });
  afterAll(async () => {
    await server?.stop();
    await folder?.remove();
    await good?.close();
    await bad?.close();
  });

  it('marks a target with a broken body as down, with the reason, and stores nothing of it', async () => {
    type Targets = {
      readonly data: {
        readonly activeTargets: readonly {
          readonly labels: { readonly job: string };
          readonly health: string;
          readonly lastError: string;
        }[];
      };
    };
    const { data } = await server.api<Targets>('/api/v1/targets');
    const byJob = new Map(data.activeTargets.map((target) => [target.labels.job, target]));
    expect(byJob.get('good')).toMatchObject({ health: 'up', lastError: '' });
    expect(byJob.get('bad')?.health).toBe('down');
    expect(byJob.get('bad')?.lastError).toMatch(/line 2\b.*broken_value|broken_value.*line 2\b/);
    expect(await server.query('{job="bad", __name__=~".+_value"}')).toEqual([]);
    await expectAtWork();
  });

  it('refuses a broken query with the place of the error', async () => {
    const answer = await fetch(`${server.url}/api/v1/query?${new URLSearchParams({ query: 'sum(rate(up[5m])' })}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      status: 'error',
      errorType: 'bad_data',
      error: 'invalid parameter "query": 1:17: parse error: unclosed left parenthesis',
    });
    await expectAtWork();
  });

  it('shows the other dashboards when one is broken', async () => {
    await folder.write('grafana/dashboards/broken.json', '{ "title": "T",\n  "panels": [ { "type": "stat", } ]\n}\n');
    await until('the problem is shown', async () => (await status()).config.problems.length > 0);
    const { config } = await status();
    expect(config.problems).toMatchObject([{ severity: 'error', file: `${folder.dir}/grafana/dashboards/broken.json`, line: 2 }]);
    expect(config.stale).toBe(false);
    expect(await server.api('/api/ui/dashboards')).toMatchObject([{ uid: 'one' }]);
    await folder.write('grafana/dashboards/broken.json', dashboard('two'));
    await until('the second dashboard', async () => (await server.api<unknown[]>('/api/ui/dashboards')).length === 2);
    expect((await status()).config.problems).toEqual([]);
  });

  it.each([
    ['prometheus.yml', 6, () => prometheus('  - { job_name: good }\n'), () => prometheus()],
    ['rules.yml', 4, () => RULES.replace('sum by (job) (up)', 'sum by (job (up)'), () => RULES],
  ])('keeps the old configuration when %s is broken', async (file, line, broken, mended) => {
    await folder.write(file, broken());
    const refused = await reload();
    const text = await refused.text();
    expect(refused.status).toBe(500);
    expect(text).toMatch(/^failed to reload config: /);
    expect(text).toContain(`${folder.dir}/${file}:${line}: `);
    const { config } = await status();
    expect(config.stale).toBe(true);
    expect(config.problems).toMatchObject([{ severity: 'error', file: `${folder.dir}/${file}`, line }]);
    expect(config.problems.every(({ path, message }) => path !== '' && message !== '')).toBe(true);
    expect(server.output()).toContain('configuration refused: the previous one runs on');
    await expectAtWork();
    await folder.write(file, mended());
    expect((await reload()).status).toBe(200);
    expect((await status()).config).toMatchObject({ stale: false, problems: [] });
  });

  it('reloads by POST, by SIGHUP and by itself when a file changes', async () => {
    // The changes of the tests before may still be on their way.
    await sleep(1_500);
    const loadedAtMs = async () => (await status()).config.loadedAtMs;
    const first = await loadedAtMs();
    expect((await reload()).status).toBe(200);
    const byPost = await loadedAtMs();
    expect(byPost).toBeGreaterThan(first);
    server.child.kill('SIGHUP');
    await until('the reload by SIGHUP', async () => (await loadedAtMs()) > byPost);
    await folder.write('prometheus.yml', prometheus(`  - { job_name: new, static_configs: [{ targets: ['${good.address}'] }] }\n`));
    await until('the new job', async () => (await server.query('up{job="new"}'))[0]?.value === 1);
    await expectAtWork();
  });
});
