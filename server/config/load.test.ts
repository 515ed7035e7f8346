// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the environment look like placeholders
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Config, Problem } from './config.ts';
import { type LoadOptions, loadConfig } from './load.ts';
import { formatProblem } from './problem.ts';

const roots: string[] = [];
const noChecks = { checkExpr: () => undefined, checkTemplate: () => undefined };

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'alidade-load-'));
  roots.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

async function load(dir: string | undefined, options: Partial<LoadOptions> = {}): Promise<{ config: Config; lines: string[] }> {
  const { config, problems } = await loadConfig({ ...(dir !== undefined && { dir }), flags: {}, env: {}, ...noChecks, ...options });
  const lines = show(problems, dir);
  if (!config) throw new Error(lines.join('\n'));
  return { config, lines };
}

async function refusal(dir: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
  const { config, problems } = await loadConfig({ dir, flags: {}, env: {}, ...noChecks, ...options });
  expect(config).toBeUndefined();
  return show(problems, dir);
}

function show(problems: readonly Problem[], dir = ''): string[] {
  return problems.map((problem) => formatProblem(problem, dir));
}

const JOB = 'scrape_configs: [{job_name: a, static_configs: [{targets: [a:1]}]}]\n';

describe('without a folder', () => {
  it('gives the defaults', async () => {
    const { config } = await load(undefined);
    expect(config.server).toMatchObject({
      listen: { host: '127.0.0.1', port: 9090 },
      dataDir: join(process.cwd(), 'alidade-data'),
      retention: { metricsMs: 30 * 86_400_000, logsMs: 30 * 86_400_000, tracesMs: 7 * 86_400_000 },
      durability: 'always',
      enableLifecycle: true,
      enableAdminApi: false,
      externalUrl: 'http://127.0.0.1:9090',
      query: { maxSamples: 50_000_000, timeoutMs: 120_000, maxConcurrency: 20, lookbackMs: 300_000, cacheBytes: 32 * 1024 * 1024 },
      limits: { maxSeries: 1_000_000 },
    });
    expect(config.hostCollector.addJob).toBe(true);
    expect(config.alertmanager).toBeUndefined();
    expect(config.watch).toEqual([]);
  });

  it('is deeply frozen', async () => {
    const { config } = await load(undefined);
    expect(() => Object.assign(config.server.query, { workers: 5 })).toThrow(TypeError);
  });
});

describe('layouts', () => {
  const layouts: [name: string, prometheus: string, rules: string, alertmanager: string][] = [
    ['flat', 'prometheus.yml', 'rules/a.yml', 'alertmanager.yml'],
    ['a folder for each program', 'prometheus/prometheus.yml', 'prometheus/rules/a.yml', 'alertmanager/alertmanager.yml'],
    ['below config', 'config/prometheus/prometheus.yaml', 'config/prometheus/rules/a.yml', 'config/alertmanager/config.yml'],
  ];
  it.each(layouts)('%s', async (_name, prometheus, rules, alertmanager) => {
    const dir = tree({
      [prometheus]: `rule_files: [/etc/prometheus/rules/*.yml]\n${JOB}`,
      [rules]: 'groups: [{name: g, rules: [{record: r, expr: up}]}]',
      [alertmanager]: 'route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: [/etc/alertmanager/*.tmpl]\n',
      [join(dirname(alertmanager), 'x.tmpl')]: '{{ define "x" }}{{ end }}',
    });
    const { config, lines } = await load(dir);
    expect(lines).toEqual([]);
    expect(config.prometheus.ruleGroups.map((group) => group.name)).toEqual(['g']);
    expect(config.alertmanager?.templates.map((template) => template.text)).toEqual(['{{ define "x" }}{{ end }}']);
    expect(config.watch).toEqual(expect.arrayContaining([join(dir, prometheus), join(dir, rules), join(dir, dirname(rules))]));
  });

  it('does not watch a folder that holds the data', async () => {
    const dir = tree({ 'prometheus.yml': 'rule_files: ["*.rules"]', 'a.rules': '' });
    expect((await load(dir)).config.watch).toContain(dir);
    const { watch } = (await load(dir, { flags: { data: join(dir, 'store') } })).config;
    expect(watch).toEqual([
      join(dir, 'a.rules'),
      join(dir, 'prometheus.advice.yml'),
      join(dir, 'prometheus.yml'),
      join(dir, 'slo'),
      join(dir, 'slos'),
    ]);
  });

  it('takes a single prometheus.yml for DIR', async () => {
    const dir = tree({ 'my.yml': JOB, 'prometheus.yml': 'scrape_configs: [{job_name: other}]' });
    const { config } = await load(join(dir, 'my.yml'));
    expect(config.prometheus.scrapeConfigs.map((job) => job.jobName)).toEqual(['a']);
    expect(config.dir).toBe(dir);
  });

  it('refuses a folder that does not exist', async () => {
    expect(await refusal('/nonexistent/dir')).toEqual([
      '/nonexistent/dir: no such file or folder; name the folder that holds prometheus.yml',
    ]);
  });

  it('says when a folder holds nothing', async () => {
    const { lines } = await load(tree({ 'README.md': '' }));
    expect(lines[0]).toContain('nothing to configure was found');
  });

  it('warns about rule files that are not there', async () => {
    const dir = tree({ 'prometheus.yml': 'rule_files: [a.yml, "rules/*.yml"]' });
    expect((await load(dir)).lines).toEqual([
      `prometheus.yml:1: rule_files[0]: warning: no file matches "a.yml" (${dir}/a.yml); no rules are loaded from it`,
      `prometheus.yml:1: rule_files[1]: warning: no file matches "rules/*.yml" (${dir}/rules/*.yml); no rules are loaded from it`,
    ]);
  });

  it('names programs whose files are not read yet', async () => {
    const { lines } = await load(tree({ 'prometheus.yml': JOB, 'loki/loki.yaml': '', 'promtail.yml': '' }));
    expect(lines).toEqual([
      "loki/loki.yaml: warning: Loki's configuration is not supported yet; the file is not read",
      "promtail.yml: warning: Promtail's configuration is not supported yet; the file is not read",
    ]);
  });
});

describe('docker-compose', () => {
  const compose = `services:
  metrics:
    image: registry.example.com:5000/prom/prometheus:v2.45.0
    volumes:
      - ./conf/main.yml:/etc/prometheus/prometheus.yml:ro
      - {type: bind, source: ./alerts, target: /rules}
      - data:/prometheus
    command:
      - '--config.file=/etc/prometheus/prometheus.yml'
      - '--storage.tsdb.path=/prometheus'
      - '--storage.tsdb.retention.time=15d'
      - '--web.enable-admin-api'
      - '--query.timeout=soon'
      - '--query.max-samples'
      - '1000'
  grafana:
    image: grafana/grafana
    volumes: ['./boards:/var/lib/grafana/dashboards']
`;

  it('gives volume mounts, the configuration file and flags', async () => {
    const dir = tree({
      'docker-compose.yml': compose,
      'conf/main.yml': `rule_files: ['/rules/*.yml']\n${JOB}`,
      'alerts/a.yml': 'groups: [{name: g}]',
      'boards/x.json': '{}',
      'grafana/provisioning/dashboards/d.yml': 'providers: [{name: d, options: {path: /var/lib/grafana/dashboards}}]',
    });
    const { config, lines } = await load(dir);
    expect(config.prometheus.file).toBe(join(dir, 'conf/main.yml'));
    expect(config.prometheus.ruleGroups).toHaveLength(1);
    expect(config.grafana.dashboardFolders.map((folder) => folder.path)).toEqual([join(dir, 'boards')]);
    expect(config.server.retention.metricsMs).toBe(15 * 86_400_000);
    expect(config.server.enableAdminApi).toBe(true);
    expect(config.server.query).toMatchObject({ maxSamples: 1000, timeoutMs: 120_000 });
    expect(lines).toEqual([
      expect.stringContaining('docker-compose.yml:13: services.metrics.command[4]: warning: --query.timeout: not a valid'),
    ]);
  });

  it('yields to alidade.yaml, which yields to the command line', async () => {
    const dir = tree({
      'docker-compose.yml': compose,
      'prometheus.yml': JOB,
      'alidade.yaml':
        'retention: {metrics: 20d}\nquery: {max_samples: 2000, timeout: 5s, cache_bytes: 5MB}\nresolve: {app: 127.0.0.1, db: 10.0.0.1}\ndata: store\n',
    });
    const inFile = (await load(dir)).config.server;
    expect(inFile).toMatchObject({
      retention: { metricsMs: 20 * 86_400_000 },
      query: { maxSamples: 2000, timeoutMs: 5000, cacheBytes: 5 * 1024 * 1024 },
      dataDir: join(dir, 'store'),
    });
    const flags = {
      retention: ['40d', 'logs=1d'],
      maxSamples: '3000',
      queryCacheMb: '0',
      resolve: ['db=10.0.0.2'],
      data: '/tmp/x',
      listen: '127.0.0.1:0',
    };
    expect((await load(dir, { flags })).config.server).toMatchObject({
      listen: { host: '127.0.0.1', port: 0 },
      retention: { metricsMs: 40 * 86_400_000, logsMs: 86_400_000, tracesMs: 40 * 86_400_000 },
      query: { maxSamples: 3000, timeoutMs: 5000, cacheBytes: 0 },
      resolve: { app: '127.0.0.1', db: '10.0.0.2' },
      dataDir: '/tmp/x',
    });
  });

  it('is not ours to complain about', async () => {
    const { lines } = await load(tree({ 'prometheus.yml': JOB, 'docker-compose.yml': 'services: {a: [' }));
    expect(lines[0]).toContain('docker-compose.yml:1: warning: invalid YAML');
  });
});

describe('the command line', () => {
  it('reports all bad values at once', async () => {
    const flags = {
      listen: 'nowhere',
      retention: ['soon', 'metric=5d'],
      resolve: ['app', 'app=1.2.3.4:5'],
      durability: 'maybe',
      workers: '0',
      externalUrl: 'me',
      lookback: '5',
    };
    const lines = await refusal(tree({ 'prometheus.yml': JOB }), { flags });
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      '--durability',
      '--external-url',
      '--listen',
      '--lookback',
      '--resolve',
      '--resolve',
      '--retention',
      '--retention',
      '--workers',
    ]);
  });

  it('opens an address that others can reach only when told to', async () => {
    const dir = tree({ 'prometheus.yml': JOB });
    expect(await refusal(dir, { flags: { listen: '0.0.0.0:9090' } })).toEqual([expect.stringContaining('accept it with --no-auth')]);
    expect((await load(dir, { flags: { listen: '0.0.0.0:9090' }, env: { ALIDADE_TOKEN: 'x' } })).lines).toEqual([]);
    const { config } = await load(dir, { flags: { listen: ':9090', noAuth: true } });
    expect(config.server).toMatchObject({ listen: { host: '0.0.0.0', port: 9090 }, enableLifecycle: false });
  });
});

describe('--alertmanager-config', () => {
  const file = 'route: {receiver: typed}\nreceivers: [{name: typed}]\n';

  it('wins over the file that is found, and needs no folder', async () => {
    const dir = tree({ 'alertmanager.yml': file.replaceAll('typed', 'found'), 'other/am.yml': file });
    const flags = { alertmanagerConfig: join(dir, 'other/am.yml') };
    expect((await load(dir, { flags })).config.alertmanager?.route.receiver).toBe('typed');
    expect((await load(undefined, { flags })).config.alertmanager?.route.receiver).toBe('typed');
    expect(await refusal(dir, { flags: { alertmanagerConfig: '/nonexistent.yml' } })).toEqual([
      expect.stringContaining('/nonexistent.yml: cannot read the file'),
    ]);
  });
});

describe('prometheus.yml', () => {
  it('fills in defaults as upstream', async () => {
    const dir = tree({
      'prometheus.yml':
        'global: {scrape_timeout: 5s, sample_limit: 7}\nscrape_configs: [{job_name: a, scrape_interval: 2s}, {job_name: b, sample_limit: 3}]',
    });
    const [a, b] = (await load(dir)).config.prometheus.scrapeConfigs;
    expect(a).toMatchObject({ scrapeIntervalMs: 2000, scrapeTimeoutMs: 2000, metricsPath: '/metrics', scheme: 'http', sampleLimit: 7 });
    expect(a).toMatchObject({ honorTimestamps: true, enableCompression: true, client: { followRedirects: true } });
    expect(b).toMatchObject({ scrapeIntervalMs: 60_000, scrapeTimeoutMs: 5000, sampleLimit: 3 });
  });

  it('asks targets for OpenMetrics first, unless a job or global says otherwise', async () => {
    const jobs = 'scrape_configs: [{job_name: a}, {job_name: b, scrape_protocols: [PrometheusText0.0.4]}]';
    const protocols = async (text: string) =>
      (await load(tree({ 'prometheus.yml': text }))).config.prometheus.scrapeConfigs.map(({ scrapeProtocols }) => scrapeProtocols[0]);
    expect(await protocols(jobs)).toEqual(['OpenMetricsText1.0.0', 'PrometheusText0.0.4']);
    expect(await protocols(`global: {scrape_interval: 5s}\n${jobs}`)).toEqual(['OpenMetricsText1.0.0', 'PrometheusText0.0.4']);
    const both = `global: {scrape_protocols: [PrometheusText1.0.0]}\n${jobs}`;
    expect(await protocols(both)).toEqual(['PrometheusText1.0.0', 'PrometheusText0.0.4']);
  });

  it('asks for protobuf first where native histograms or times of creation are wanted', async () => {
    const jobs =
      'scrape_configs: [{job_name: a}, {job_name: b, scrape_native_histograms: false}, {job_name: c, scrape_protocols: [PrometheusText0.0.4]}]';
    const read = async (text: string, enableFeature: string[] = []) =>
      (await load(tree({ 'prometheus.yml': text }), { flags: { enableFeature } })).config.prometheus.scrapeConfigs.map(
        ({ scrapeProtocols, scrapeNativeHistograms }) => `${scrapeProtocols[0]} ${scrapeNativeHistograms}`,
      );
    const [proto, open, text] = ['PrometheusProto', 'OpenMetricsText1.0.0', 'PrometheusText0.0.4'];
    expect(await read(jobs)).toEqual([`${open} false`, `${open} false`, `${text} false`]);
    expect(await read(`global: {scrape_native_histograms: true}\n${jobs}`)).toEqual([`${proto} true`, `${open} false`, `${text} true`]);
    expect(await read(jobs, ['native-histograms'])).toEqual([`${proto} true`, `${proto} false`, `${text} true`]);
    expect(await read(jobs, ['created-timestamp-zero-ingestion'])).toEqual([`${proto} false`, `${proto} false`, `${text} false`]);
  });

  it('takes settings of histograms and names from global, unless a job has its own', async () => {
    const dir = tree({
      'prometheus.yml': [
        'global: {convert_classic_histograms_to_nhcb: true, always_scrape_classic_histograms: true, metric_name_validation_scheme: legacy}',
        'scrape_configs:',
        '  - {job_name: a, native_histogram_bucket_limit: 100, native_histogram_min_bucket_factor: 1.1, extra_scrape_metrics: true}',
        '  - {job_name: b, convert_classic_histograms_to_nhcb: false, metric_name_validation_scheme: utf8}',
      ].join('\n'),
    });
    const [a, b] = (await load(dir)).config.prometheus.scrapeConfigs;
    expect(a).toMatchObject({
      convertClassicHistogramsToNhcb: true,
      alwaysScrapeClassicHistograms: true,
      nativeHistogramBucketLimit: 100,
      nativeHistogramMinBucketFactor: 1.1,
      extraScrapeMetrics: true,
      nameValidationScheme: 'legacy',
      nameEscapingScheme: 'underscores',
    });
    expect(b).toMatchObject({ convertClassicHistogramsToNhcb: false, nameValidationScheme: 'utf8', nameEscapingScheme: 'allow-utf-8' });
  });

  it('expands variables in external labels', async () => {
    const dir = tree({ 'prometheus.yml': "global: {external_labels: {a: '${REGION}-$ZONE', b: $$x, c: $NONE}}" });
    const { config, lines } = await load(dir, { env: { REGION: 'eu', ZONE: '1' } });
    expect(config.prometheus.externalLabels).toEqual({ a: 'eu-1', b: '$x' });
    expect(lines).toEqual([expect.stringContaining('empty environment variable "NONE"')]);
  });

  it('hides secrets in the text that the API shows', async () => {
    const dir = tree({
      'cert.pem': '',
      'prometheus.yml': `scrape_configs:
  - job_name: a
    basic_auth:
      username: visible
      password: hunter2 # comment
    tls_config: {cert_file: cert.pem, key: "hunter3"}
    proxy_url: http://me:hunter4@proxy
remote_write:
  - url: http://example.com
    headers:
      X-Key: |
        hunter5
    queue_config: {capacity: 5}
`,
    });
    const { text } = (await load(dir)).config.prometheus;
    expect(text).not.toMatch(/hunter/);
    expect(text).toContain('username: visible\n      password: <secret> # comment\n');
    expect(text).toContain('X-Key: <secret>\n    queue_config: {capacity: 5}\n');
  });

  it('keeps the queues of unnamed entries for one address apart, whatever their order', async () => {
    const [one, two] = ['{url: http://a/w}', '{url: http://a/w, send_exemplars: true}'];
    const loaded = (entries: string[]) => load(tree({ 'prometheus.yml': `remote_write: [${entries.join(', ')}]` }));
    const keys = async (...entries: string[]) => (await loaded(entries)).config.prometheus.remoteWrites.map(({ key }) => key);
    const [first, second] = await keys(one, two);
    expect(first).not.toBe(second);
    expect(await keys(two, one)).toEqual([second, first]);
    expect(await keys(one, '{url: http://a/w, name: b}')).toEqual(['url http://a/w', 'name b']);
    expect((await loaded([one, two])).lines.filter((line) => line.includes('give each a name'))).toHaveLength(1);
  });

  it('knows no remote write message by the name of what every object has', async () => {
    const dir = tree({ 'prometheus.yml': 'remote_write: [{url: http://a/w, protobuf_message: toString}]' });
    expect((await refusal(dir)).join()).toContain('unknown remote write protobuf message "toString"');
  });

  it('adds no host job where a node exporter is named', async () => {
    const jobs = (job: string) => tree({ 'prometheus.yml': `scrape_configs: [${job}]` });
    const addJob = async (job: string) => (await load(jobs(job))).config.hostCollector.addJob;
    expect(await addJob('{job_name: node-exporter}')).toBe(false);
    expect(await addJob("{job_name: x, static_configs: [{targets: ['node_exporter:9101']}]}")).toBe(false);
    expect(await addJob("{job_name: x, static_configs: [{targets: ['10.0.0.1:9100']}]}")).toBe(false);
    expect(await addJob('{job_name: nodejs}')).toBe(true);
  });

  it('is happy with an empty file', async () => {
    expect((await load(tree({ 'prometheus.yml': '# nothing yet\n' }))).lines).toEqual([]);
  });
});

describe('rule files', () => {
  it('places an error in the expression within the file', async () => {
    const dir = tree({
      'prometheus.yml': 'rule_files: [r.yml]',
      'r.yml': 'groups:\n  - name: g\n    rules:\n      - record: r\n        expr: |\n          a +\n          b )\n',
    });
    const checkExpr = () => {
      throw new Error('2:3: parse error: unexpected right parenthesis');
    };
    expect(await refusal(dir, { checkExpr })).toEqual(['r.yml:7: groups[0].rules[0].expr: 2:3: parse error: unexpected right parenthesis']);
  });

  it('uses the evaluation interval and offset of prometheus.yml', async () => {
    const dir = tree({
      'prometheus.yml': 'global: {evaluation_interval: 10s, rule_query_offset: 3s}\nrule_files: [r.yml]',
      'r.yml': 'groups: [{name: a}, {name: b, interval: 1m, query_offset: 0s}]',
    });
    expect((await load(dir)).config.prometheus.ruleGroups).toMatchObject([
      { name: 'a', intervalMs: 10_000, queryOffsetMs: 3000 },
      { name: 'b', intervalMs: 60_000, queryOffsetMs: 0 },
    ]);
  });
});

describe('Grafana', () => {
  it('reads provisioning and finds bare dashboards', async () => {
    const dir = tree({
      'prometheus.yml': JOB,
      'grafana/provisioning/datasources/d.yml': `apiVersion: 1
datasources:
  - {name: Prometheus, type: prometheus, isDefault: true, unknown: ok, jsonData: {timeInterval: 5s}}
  - {name: $NAME, type: loki, uid: logs}
`,
      'grafana/provisioning/dashboards/d.yml':
        'providers: [{name: p, folder: ML, folderUid: ml, type: file, options: {path: /var/lib/grafana/dashboards/ml}}]',
      'grafana/dashboards/ml/a.json': '{}',
      'grafana/dashboards/b.json': '{}',
    });
    const { config } = await load(dir, { env: { NAME: 'Logs' } });
    expect(config.grafana).toEqual({
      datasources: [
        { uid: 'PBFA97CFB590B2093', name: 'Prometheus', type: 'prometheus', isDefault: true, timeIntervalMs: 5000 },
        { uid: 'logs', name: 'Logs', type: 'loki', isDefault: false, timeIntervalMs: 0 },
      ],
      dashboardFolders: [{ folder: 'ML', folderUid: 'ml', path: join(dir, 'grafana/dashboards/ml'), fromFilesStructure: false }],
      dashboardFiles: [join(dir, 'grafana/dashboards/b.json')],
    });
  });

  it('says what is wrong with it', async () => {
    const dir = tree({
      'grafana/provisioning/datasources/d.yml': 'datasources:\n  - {name: P}\n  - {type: loki, isDefault: 1}\n',
      'grafana/provisioning/dashboards/d.yml':
        'providers:\n  - {name: a, type: git}\n  - {name: b, folder: x, options: {path: /x, foldersFromFilesStructure: true}}\n  - name: c\n',
    });
    expect((await refusal(dir)).filter((line) => !line.includes('warning'))).toEqual([
      'grafana/provisioning/dashboards/d.yml:2: providers[0].type: dashboard provider type "git" is not known; only "file" is',
      "grafana/provisioning/dashboards/d.yml:3: providers[1]: 'folder' and 'folderUid' should be empty using 'foldersFromFilesStructure' option",
      'grafana/provisioning/dashboards/d.yml:4: providers[2].options.path: is required, but missing',
      'grafana/provisioning/datasources/d.yml:2: datasources[0].type: is required, but missing',
      'grafana/provisioning/datasources/d.yml:3: datasources[1].name: is required, but missing',
    ]);
  });
});

const labs = process.env.ALIDADE_LABS ?? '';

describe.skipIf(labs === '')("the documents' labs (ALIDADE_LABS)", () => {
  it('lab-05 loads without a warning', async () => {
    const { config, lines } = await load(join(labs, 'lab-05'));
    expect(lines).toEqual([]);
    expect(config.prometheus.scrapeConfigs.map((job) => [job.jobName, job.scrapeIntervalMs])).toEqual([
      ['prometheus', 15_000],
      ['ml-api', 5000],
    ]);
    expect(config.prometheus.ruleGroups.map((group) => [group.name, group.rules.length])).toEqual([
      ['ml_api_alerts', 3],
      ['lab_demo_alerts', 2],
    ]);
    expect(config.grafana).toMatchObject({
      datasources: [{ timeIntervalMs: 5000 }],
      dashboardFolders: [{ folder: 'ML Monitoring' }],
      dashboardFiles: [],
    });
    expect(config.hostCollector.addJob).toBe(true);
  });

  it('lab-04 misses the dashboard that it promises', async () => {
    const { config, lines } = await load(join(labs, 'lab-04'));
    expect(lines).toEqual([
      expect.stringMatching(/dashboards\.yml:\d+: .*dashboard folder ".*\/lab-04\/grafana\/dashboards" does not exist yet/),
    ]);
    expect(config.server.enableLifecycle).toBe(true);
    expect(config.prometheus.ruleGroups).toHaveLength(1);
  });

  it('day-58 has files of programs that come later', async () => {
    const { config, lines } = await load(join(labs, 'day-58'));
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'elk/elasticsearch.yml',
      'elk/kibana.yml',
      'elk/logstash.conf',
      'jaeger/jaeger.yml',
    ]);
    expect(config.grafana.dashboardFiles).toHaveLength(1);
    expect(config.alertmanager).toBeUndefined();
    expect(config.prometheus.alertmanagers).toHaveLength(1);
    expect(config.hostCollector.addJob).toBe(false);
  });

  it('exercise-01/config has credentials of a cluster and pages through PagerDuty: warnings', async () => {
    const { config, lines } = await load(join(labs, 'exercise-01/config'));
    const missing = (job: string) => (name: string) =>
      `file "/var/run/secrets/kubernetes.io/serviceaccount/${name}" cannot be read now; requests of job '${job}' fail until it can`;
    expect(lines.map((line) => line.replace(/^.*warning: /, ''))).toEqual([
      "pagerduty_configs is not supported yet; receiver 'pagerduty' sends nothing this way",
      "Loki's configuration is not supported yet; the file is not read",
      ...['ca.crt', 'token'].map(missing('kubernetes-apiservers')),
      ...['ca.crt', 'token'].map(missing('kubernetes-nodes')),
      "Promtail's configuration is not supported yet; the file is not read",
    ]);
    expect(config.alertmanager?.receivers.map((receiver) => [receiver.name, receiver.integrations.length, receiver.unsupported])).toEqual([
      ['default', 1, []],
      ['pagerduty', 0, ['pagerduty_configs[0]']],
      ['slack-warnings', 1, []],
      ['slack-info', 1, []],
      ['slack-ml-team', 1, []],
    ]);
    expect(config.prometheus.externalLabels).toEqual({ cluster: 'production', region: 'us-west-2' });
    expect(config.prometheus.ruleGroups.map((group) => group.name)).toEqual(['infrastructure', 'ml_service', 'slo']);
  });
});

describe('features', () => {
  it('turn experimental functions on, and those that do nothing are named', async () => {
    const dir = tree({
      'prometheus.yml': `rule_files: [r.yml]\n${JOB}`,
      'r.yml': 'groups: [{name: g, rules: [{record: r, expr: x}]}]',
      'alidade.yaml': 'enable_features: [promql-experimental-functions]',
    });
    const asked: boolean[] = [];
    const checkExpr = (_expr: string, { experimentalFunctions }: { experimentalFunctions: boolean }) => {
      asked.push(experimentalFunctions);
    };
    const flags = { enableFeature: ['old-ui,exemplar-storage', 'warp-drive'] };
    const { config, problems } = await loadConfig({ dir, flags, env: {}, checkExpr, checkTemplate: () => undefined });
    expect(config?.server.query.features.experimentalFunctions).toBe(true);
    expect(asked).toEqual([true]);
    expect(show(problems, dir)).toEqual([
      '--enable-feature: warning: the feature "old-ui" is not supported yet; it has no effect',
      '--enable-feature: warning: there is no feature "warp-drive"; it has no effect',
    ]);
  });
});
