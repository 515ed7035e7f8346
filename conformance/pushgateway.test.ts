// Pushes, held against the real Pushgateway: the same requests get the same answers and leave the same metrics behind, and what a Prometheus
// scrapes from there is what is found here.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Counter, Gauge, Histogram, Pushgateway, Registry, Summary } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { type ConfigFolder, makeFolder } from './testing/lab.ts';
import { freePort, type Running, type RunningServer, root, run, startServer, until } from './testing/processes.ts';

const START_MS = 60_000;
const binary = join(root, '.cache/peers/pushgateway/usr/bin/prometheus-pushgateway');
const python = join(root, '.cache/peers/python/usr/lib/python3/dist-packages');
const prometheus = findPrometheus();
const missing = [existsSync(binary) ? '' : 'prometheus-pushgateway', prometheus ? '' : 'prometheus'].filter(Boolean).join(', ');
const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

interface Push {
  readonly method?: 'PUT' | 'POST' | 'DELETE' | 'GET';
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const base64 = (text: string) => Buffer.from(text).toString('base64url');

/** Requests in the order in which they are sent, by name. */
const PUSHES: Readonly<Record<string, Push>> = {
  'a counter with help': { method: 'PUT', path: '/metrics/job/j', body: '# TYPE a counter\n# HELP a help a\na 1\nb{x="y"} 2\n' },
  'a group with an instance': { path: '/metrics/job/j/instance/i', body: '# TYPE a counter\n# HELP a help a\na{q="1"} 3\n' },
  'a type that contradicts another group': { path: '/metrics/job/j2', body: '# TYPE a gauge\na 2\n' },
  'a replaced family beside another': { path: '/metrics/job/j', body: 'b{x="z"} 5\n' },
  'a last line without an end': { path: '/metrics/job/j', body: 'a 1' },
  'a sample twice': { path: '/metrics/job/j3', body: '# TYPE g gauge\ng{a="1"} 1\ng{a="2"} 1\ng{a="1"} 3\n' },
  'a sample with a time': { path: '/metrics/job/j3', body: 'c 2 1234\n' },
  'a sample with a time to a new group': { path: '/metrics/job/j6', body: 'c 2 1234\n' },
  'no metrics at all': { path: '/metrics/job/j4', body: 'garbage here now\n' },
  'a type behind its samples': { path: '/metrics/job/j4', body: 'g 1\n# TYPE g gauge\n' },
  'a type twice': { path: '/metrics/job/j4', body: '# TYPE g gauge\n# TYPE g gauge\ng 1\n' },
  'labels that the group overrides': { path: '/metrics/job/j5', body: 'd{job="other",instance="z"} 2\n' },
  'samples that the group makes equal': { path: '/metrics/job/j5', body: 'd{job="other"} 2\nd{job="o2"} 2\n' },
  'an instance that is there already': { path: '/metrics/job/j/instance/i', body: 'e{x="1"} 1\n' },
  'the same from a group without it': { path: '/metrics/job/j', body: 'e{x="1",instance="i"} 1\n' },
  nothing: { method: 'PUT', path: '/metrics/job/empty', body: '' },
  'nothing to a group': { path: '/metrics/job/j5', body: '' },
  'a job in base64': { path: `/metrics/job@base64/${base64('/var/tmp')}`, body: 'x 1\n' },
  'padded base64': { path: `/metrics/job@base64/${base64('/var/tmp')}=`, body: 'x 2\n' },
  'a label in base64': { path: `/metrics/job/k/path@base64/${base64('a/b é')}`, body: 'x 1\n' },
  'an empty label': { path: '/metrics/job/k/path@base64/=', body: 'x 1\n' },
  'a label twice': { path: '/metrics/job/k/path/x/path/y', body: 'x 1\n' },
  'a job twice': { path: '/metrics/job/k/job/x', body: 'x 1\n' },
  'an escaped blank': { path: '/metrics/job/k/path/d%20e', body: 'x 1\n' },
  'a value less': { path: '/metrics/job/k/path/x/b', body: 'x 1\n' },
  'no base64': { path: '/metrics/job@base64/!!', body: 'x 1\n' },
  'an empty job': { path: '/metrics/job@base64/=', body: 'x 1\n' },
  'a label that cannot be one': { path: '/metrics/job/a/b-c/d', body: 'x 1\n' },
  'a label that is reserved': { path: '/metrics/job/a/__b/d', body: 'x 1\n' },
  'its own metrics': { path: '/metrics/job/own', body: 'push_time_seconds 1\npush_failure_time_seconds{a="1"} 3\n' },
  'a histogram and a summary': {
    path: '/metrics/job/hs',
    body: '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 2\ns_count 3\n',
  },
  'a histogram without its last bucket': {
    path: '/metrics/job/hs2',
    body: '# TYPE h histogram\nh_bucket{le="0.5"} 1\nh_sum 3\nh_count 2\n',
  },
  'what collides with a histogram': { path: '/metrics/job/hs3', body: 'h_sum 2\n' },
  'a histogram that collides with others': {
    path: '/metrics/job/hs4',
    body: '# TYPE x histogram\nx_bucket{le="1"} 1\nx_sum 2\nx_count 1\n',
  },
  'special values': { path: '/metrics/job/nan', body: 'nan NaN\ninf +Inf\nminf -Inf\nzero 0\nlarge 1e300\n' },
  'a compressed body': { path: '/metrics/job/gz', body: gzipSync('zz 1\n'), headers: { 'content-encoding': 'gzip' } },
  'a body that is not what it says': { path: '/metrics/job/gz', body: 'zz 1\n', headers: { 'content-encoding': 'gzip' } },
  'a type that nobody knows': { path: '/metrics/job/ct', body: 'x 1\n', headers: { 'content-type': 'application/json' } },
  'broken protobuf': { path: '/metrics/job/pb', body: 'xxxx', headers: { 'content-type': PROTOBUF } },
  'help and labels with escapes': { path: '/metrics/job/esc', body: '# HELP esc a\\nb \\\\ c\nesc{a="x\\ny\\"z\\\\"} 1\n' },
  'a group that goes': { method: 'DELETE', path: '/metrics/job/ct' },
  'a group that is not there': { method: 'DELETE', path: '/metrics/job/nobody' },
  health: { method: 'GET', path: '/-/healthy' },
  readiness: { method: 'GET', path: '/-/ready' },
};

describe.skipIf(missing !== '')(`the Pushgateway${missing === '' ? '' : ` (skipped: no ${missing} in .cache/peers)`}`, () => {
  let peer: Running;
  let scraper: PrometheusPeer;
  let ours: RunningServer;
  let folder: ConfigFolder;
  let urls: { readonly theirs: string; readonly ours: string };
  const job = (target: string) =>
    `global: { scrape_interval: 1s }\nscrape_configs:\n- { job_name: pushgateway, honor_labels: true, static_configs: [{ targets: ['${target}'] }] }\n`;

  beforeAll(async () => {
    const port = await freePort();
    peer = run(
      binary,
      [`--web.listen-address=127.0.0.1:${port}`, '--persistence.file=', '--web.enable-admin-api', '--log.level=error'],
      {},
    );
    const theirs = `http://127.0.0.1:${port}`;
    folder = await makeFolder({ 'prometheus.yml': job('pushgateway:9091') });
    [ours, scraper] = await Promise.all([
      startServer([folder.dir, '--enable-admin-api']),
      startPrometheus(prometheus as string, { config: job(`127.0.0.1:${port}`) }),
    ]);
    urls = { theirs, ours: `${ours.url}/pushgateway` };
    await until(theirs, () =>
      fetch(`${theirs}/-/ready`).then(
        (answer) => answer.ok,
        () => false,
      ),
    );
  }, START_MS);
  afterAll(async () => {
    await Promise.all([peer?.stop('SIGKILL'), scraper?.close(), ours?.stop()]);
    await folder?.remove();
  });

  const send = async (url: string, { method = 'POST', path, body, headers = {} }: Push) => {
    const answer = await fetch(url + path, { method, headers, redirect: 'manual', ...(body !== undefined && { body: Buffer.from(body) }) });
    return { status: answer.status, text: await answer.text() };
  };

  it('answers as the real one does, and leaves the same metrics', async () => {
    const different: string[] = [];
    for (const [name, push] of Object.entries(PUSHES)) {
      const [theirs, our] = [await send(urls.theirs, push), await send(urls.ours, push)];
      if (theirs.status !== our.status) different.push(`${name}: theirs ${theirs.status} ${theirs.text}, ours ${our.status} ${our.text}`);
      else if (our.status >= 400 && our.text.trim() === '') different.push(`${name}: no reason`);
    }
    expect(different).toEqual([]);
    expect(await exposed(urls.ours)).toEqual(await exposed(urls.theirs));
    expect(await listed(urls.ours)).toEqual(await listed(urls.theirs));
  });

  it('takes what prom-client and python3-prometheus-client push', async () => {
    const register = new Registry();
    new Counter({ name: 'rows_total', help: 'Rows.', labelNames: ['table'], registers: [register] }).inc({ table: 'a' }, 3);
    new Gauge({ name: 'accuracy', help: 'Accuracy of the model.', registers: [register] }).set(0.93);
    new Histogram({ name: 'batch_seconds', help: 'Time.', buckets: [0.1, 1, 10], registers: [register] }).observe(0.5);
    new Summary({ name: 'loss', help: 'Loss.', percentiles: [0.5, 0.9], registers: [register] }).observe(0.2);
    for (const url of [urls.theirs, urls.ours]) {
      const client = new Pushgateway(url, {}, register);
      const group = { jobName: 'training', groupings: { instance: 'gpu 0', run: '7' } };
      await client.pushAdd(group);
      await client.push({ ...group, groupings: { run: '8' } });
      await client.pushAdd({ jobName: 'gone' });
      await client.delete({ jobName: 'gone' });
    }
    if (existsSync(python)) pushFromPython([urls.theirs, urls.ours]);
    expect(await exposed(urls.ours)).toEqual(await exposed(urls.theirs));
    if (existsSync(python))
      expect([...(await exposed(urls.ours)).keys()]).toContain('python_rows_total{grouping="x/y",instance="",job="py+thon"}');
  });

  it('gives Prometheus and us the same series, for as long as a group is there', async () => {
    await send(urls.theirs, { path: '/metrics/job/last', body: 'last_one{a="b"} 7\n' });
    await send(urls.ours, { path: '/metrics/job/last', body: 'last_one{a="b"} 7\n' });
    const ofGateway = '{__name__!~"go_.*|process_.*|promhttp_.*|pushgateway_.*|scrape_.*|push_.*|node_.*", job=~".+"}';
    const isThere = async () => (await ask(ours.url, 'last_one')).length === 1 && (await ask(scraper.url, 'last_one')).length === 1;
    await until('both have scraped', isThere);
    const theirs = await ask(scraper.url, ofGateway);
    const wanted = theirs.filter((line) => !line.includes('"127.0.0.1:'));
    const found = await ask(ours.url, ofGateway);
    expect(found.filter((line) => !/"(pushgateway:9091|localhost:9100)"/.test(line))).toEqual(wanted);
    expect(wanted.length).toBeGreaterThan(30);
    const { data } = await ours.api<{ data: { activeTargets: { scrapePool: string; health: string }[] } }>('/api/v1/targets');
    expect(data.activeTargets).toContainEqual(expect.objectContaining({ scrapePool: 'pushgateway', health: 'up' }));
    await send(urls.ours, { method: 'DELETE', path: '/metrics/job/last' });
    await until('the series has ended', async () => (await ask(ours.url, 'last_one')).length === 0);
  });

  it('forgets everything when it is told to', async () => {
    for (const url of [urls.theirs, urls.ours]) expect(await wipe(url)).toBe(202);
    expect(await listed(urls.ours)).toEqual(await listed(urls.theirs));
  });

  const wipe = async (url: string) => (await fetch(`${url}/api/v1/admin/wipe`, { method: 'PUT' })).status;
});

/** Values by series, the families of the gateway itself left out; of times only whether there are any. */
async function exposed(url: string): Promise<Map<string, string>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '' || /^(# \w+ )?(go_|process_|promhttp_|pushgateway_)/.test(line)) continue;
    const at = line.startsWith('#') ? line.length : line.lastIndexOf(' ');
    const series = line
      .slice(0, at)
      .replace(/([{,](?:le|quantile)=)"([^"]*)"/, (_, name, bound) => `${name}"${Number(bound.replace('Inf', 'Infinity'))}"`);
    const value = line.slice(at + 1);
    const number = Number(value.replace('Inf', 'Infinity'));
    found.set(series, series.startsWith('push_') ? String(number > 0) : String(number));
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The groups of the JSON API by their labels; of times only whether there are any. */
async function listed(url: string): Promise<unknown> {
  type Group = { readonly labels: Readonly<Record<string, string>> };
  const { data } = (await (await fetch(`${url}/api/v1/metrics`)).json()) as { data: Group[] };
  const text = (group: Group) => JSON.stringify(Object.entries(group.labels).sort());
  const plain = JSON.parse(
    JSON.stringify(
      data.toSorted((a, b) => (text(a) < text(b) ? -1 : 1)),
      (key, value) => {
        if (key === 'time_stamp') return undefined;
        return key === 'value' && /^1\.\d+e\+09$|^\d{10}(\.\d+)?$/.test(String(value)) ? 'a time' : value;
      },
    ),
  ) as Record<string, { metrics?: { labels: Record<string, string> }[] }>[];
  for (const group of plain)
    for (const family of Object.values(group))
      family.metrics?.sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1));
  return plain;
}

/** Series and values of an instant query. */
async function ask(url: string, query: string): Promise<string[]> {
  type Answer = { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
  const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
  const { data } = (await answer.json()) as Answer;
  return data.result.map(({ metric, value }) => `${JSON.stringify(Object.entries(metric).sort())} ${value[1]}`).sort();
}

/** The same registry to all of them: it says when it was made. */
function pushFromPython(urls: readonly string[]): void {
  const program = `
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, push_to_gateway, pushadd_to_gateway, delete_from_gateway
r = CollectorRegistry()
Counter('python_rows', 'Rows.', registry=r).inc(5)
Gauge('python_loss', 'Loss, a\\nb.', ['epoch'], registry=r).labels('1').set(0.25)
Histogram('python_seconds', 'Time.', registry=r, buckets=(0.5, 1)).observe(0.7)
for url in ${JSON.stringify(urls)}:
    push_to_gateway(url, job='py thon', registry=r, grouping_key={'grouping': 'x/y'})
    pushadd_to_gateway(url, job='py', registry=r, grouping_key={'empty': ''})
    pushadd_to_gateway(url, job='py-gone', registry=r)
    delete_from_gateway(url, job='py-gone')
`;
  const { status, stderr } = spawnSync('python3', ['-c', program], { env: { ...process.env, PYTHONPATH: python }, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
