// Metrics of OpenTelemetry: pushed by its own exporters in every way that they know, beside what a real Prometheus scrapes of the same service, and
// beside what VictoriaMetrics makes of the same requests. (Debian's Prometheus is built without its OTLP receiver.)
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AttributeJson,
  encodeMetrics,
  type MetricJson,
  type MetricsRequestJson,
  type PointJson,
} from '../server/formats/otlp/testing/encode-metrics.ts';
import { randomFrom } from '../server/model/seeded-random.ts';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { missingWritePeers, startWrittenVictoria, type WritePeer } from './peers/write-peers.ts';
import { type ConfigFolder, makeFolder, ownMetrics, report } from './testing/lab.ts';
import { ENCODINGS, type InstrumentedService, pushingService, scrapedService, TEMPORALITIES } from './testing/otel-metrics.ts';
import { freePort, type RunningServer, startServer, until } from './testing/processes.ts';

const START_MS = 60_000;
const ROUNDS_SCRAPED = 2;
const prometheus = findPrometheus();
const isFull = Boolean(process.env.ALIDADE_FULL);
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };
const nowNs = (offsetMs = 0) => `${BigInt(Date.now() + offsetMs) * 1_000_000n}`;
const attribute = (key: string, stringValue: string): AttributeJson => ({ key, value: { stringValue } });

describe('metrics over OTLP', () => {
  let folder: ConfigFolder;
  let server: RunningServer;
  let grpcAddress: string;
  /** Scrapes a service; told of a target it begins up to five seconds later, so it is started first and asked last. */
  let peer: PrometheusPeer | undefined;
  let scraped: InstrumentedService | undefined;

  beforeAll(async () => {
    folder = await makeFolder({ 'prometheus.yml': 'otlp: {}\n' });
    const port = await freePort();
    const config = `global: { scrape_interval: 1s }\nscrape_configs: [{ job_name: x, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }]\n`;
    const startPeer = async () => {
      if (!prometheus) return;
      scraped = await scrapedService(port, 'scraped');
      for (let round = 0; round < ROUNDS_SCRAPED; round++) scraped.work();
      peer = await startPrometheus(prometheus, { config });
    };
    grpcAddress = `127.0.0.1:${await freePort()}`;
    [server] = await Promise.all([startServer([folder.dir, '--otlp-grpc', grpcAddress]), startPeer()]);
  }, START_MS);
  afterAll(async () => {
    await peer?.close();
    await scraped?.close();
    await server?.stop();
    await folder?.remove();
  });

  const post = async (path: string, body: Uint8Array | string, headers: Readonly<Record<string, string>> = PROTOBUF) => {
    const answer = await fetch(server.url + path, { method: 'POST', headers, body: Buffer.from(body) });
    return { status: answer.status, text: await answer.text() };
  };
  const push = (request: MetricsRequestJson) => post('/v1/metrics', JSON.stringify(request), JSON_TYPE);
  /** Values of an instant query by series, `instance` left out. */
  const ask = (query: string, url = server.url) => valuesOf(url, query);

  it('come from the exporters of OpenTelemetry in every encoding and temporality', async () => {
    const services: InstrumentedService[] = [];
    const instances = Object.keys(ENCODINGS).flatMap((encoding) =>
      Object.keys(TEMPORALITIES).map((temporality) => [encoding, temporality] as const),
    );
    const urls = { json: `${server.url}/v1/metrics`, protobuf: `${server.url}/api/v1/otlp/v1/metrics`, grpc: `http://${grpcAddress}` };
    for (const [encoding, temporality] of instances) {
      const known = encoding as keyof typeof urls;
      services.push(pushingService(urls[known], known, temporality as 'delta', `${encoding}-${temporality}`));
    }
    for (let round = 0; round < 3; round++)
      for (const service of services) {
        service.work();
        await service.flush();
      }
    const all = await Promise.all(instances.map(([encoding, temporality]) => ask(`{instance="${encoding}-${temporality}"}`)));
    for (const [i, found] of all.entries()) expect([instances[i], found]).toEqual([instances[i], all[0]]);
    expect(all[0]).toEqual(
      expect.arrayContaining([
        'latency_bucket{job="shop/checkout",le="0.5",route="/pay"} 9',
        'latency_bucket{job="shop/checkout",le="+Inf",route="/pay"} 12',
        'orders_placed_total{job="shop/checkout",ok="true",payment_method="card"} 9',
        'queue_length{job="shop/checkout"} 6',
        'revenue_total{job="shop/checkout"} 37.5',
        'temperature{job="shop/checkout",room="a b"} 23',
        'ticks_total{job="shop/checkout"} 300',
        expect.stringMatching(/^wait\{job="shop\/checkout",route="\/pay"\} \{"count":"18",.*"buckets":\[\[3,"-1e-128","1e-128","3"\]/),
      ]),
    );
    expect(await ask('target_info{instance="json-delta"}')).toEqual(['target_info{host_name="h1",job="shop/checkout"} 1']);
    const { data } = await server.api<{ data: Record<string, unknown> }>('/api/v1/metadata');
    expect(data.orders_placed_total).toEqual([{ type: 'counter', unit: '', help: 'Orders.' }]);
    await Promise.all(services.map((service) => service.close()));
  });

  it.skipIf(missingWritePeers().length > 0)('are what VictoriaMetrics makes of the same requests', async () => {
    const data = await mkdtemp(join(tmpdir(), 'alidade-otlp-'));
    const flags = [
      '-opentelemetry.usePrometheusNaming',
      '-opentelemetry.promoteAllResourceAttributes=false',
      '-opentelemetry.promoteResourceAttributes=host.name,service.name',
    ];
    const victoria: WritePeer = await startWrittenVictoria(data, flags);
    try {
      await folder.write('prometheus.yml', 'otlp: { promote_resource_attributes: [host.name, service.name] }\n');
      await fetch(`${server.url}/-/reload`, { method: 'POST' });
      const random = randomFrom(isFull ? Date.now() : 7);
      for (let i = 0; i < (isFull ? 500 : 60); i++) {
        const request = randomRequest(random, i);
        const body = encodeMetrics(request);
        const { status, text } =
          i % 2 === 0 ? await post('/v1/metrics', gzipSync(body), { ...PROTOBUF, 'content-encoding': 'gzip' }) : await push(request);
        expect({ status, text }).toEqual({ status: 200, text: i % 2 === 0 ? '' : '{}' });
        const theirs = await fetch(`${victoria.url}/opentelemetry/v1/metrics`, {
          method: 'POST',
          headers: PROTOBUF,
          body: Buffer.from(body),
        });
        expect(theirs.status).toBe(200);
      }
      const found = (await ask('{__name__=~"random.*"}')).map((line) => line.replace(/(instance|job)="[^"]*",?/g, '').replace(',}', '}'));
      await until('VictoriaMetrics shows as many series', async () => (await exportedOf(victoria.url)).length >= found.length);
      const wanted = await exportedOf(victoria.url);
      expect(found.toSorted()).toEqual(wanted.toSorted());
      expect(found.length).toBeGreaterThan(150);
    } finally {
      await victoria.stop();
      await rm(data, { recursive: true, force: true });
    }
  });

  it.each([
    ['UnderscoreEscapingWithSuffixes', 'strategy_a_b_bytes_total{host_name="h",job="s",x_y="1"} 1'],
    ['UnderscoreEscapingWithoutSuffixes', 'strategy_a_b{host_name="h",job="s",x_y="1"} 1'],
    ['NoUTF8EscapingWithSuffixes', 'strategy.a.b_bytes_total{host.name="h",job="s",x.y="1"} 1'],
    ['NoTranslation', 'strategy.a.b{host.name="h",job="s",x.y="1"} 1'],
  ])('are named by %s after a reload', async (strategy, series) => {
    await folder.write(
      'prometheus.yml',
      `otlp: { translation_strategy: ${strategy}, promote_resource_attributes: [host.name], convert_histograms_to_nhcb: true }\n`,
    );
    await fetch(`${server.url}/-/reload`, { method: 'POST' });
    const point = { timeUnixNano: nowNs(), asInt: '1', attributes: [attribute('x.y', '1')] };
    const histogram = { timeUnixNano: nowNs(), count: '3', sum: 4, bucketCounts: ['1', '2'], explicitBounds: [1] };
    const metrics: MetricJson[] = [
      { name: 'strategy.a.b', unit: 'By', sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [point] } },
      { name: `nhcb_${strategy}`, histogram: { aggregationTemporality: 2, dataPoints: [histogram] } },
    ];
    expect(
      await push({
        resourceMetrics: [
          { resource: { attributes: [attribute('service.name', 's'), attribute('host.name', 'h')] }, scopeMetrics: [{ metrics }] },
        ],
      }),
    ).toEqual({ status: 200, text: '{}' });
    expect(await ask('{__name__=~"strategy.*"}')).toContain(series);
    expect((await ask(`{__name__="nhcb_${strategy}"}`))[0]).toMatch(
      /\{"count":"3","sum":"4","buckets":\[\[3,"-Inf","1","1"\],\[0,"1","\+Inf","2"\]\]\}$/,
    );
  });

  it('are refused for what is wrong with them, with reasons, and counted', async () => {
    await folder.write('prometheus.yml', 'otlp: {}\n');
    await fetch(`${server.url}/-/reload`, { method: 'POST' });
    const before = await ownMetrics(server.url);
    const request = (...dataPoints: PointJson[]): MetricsRequestJson => ({
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'hostile', gauge: { dataPoints } }] }] }],
    });
    const point = { timeUnixNano: nowNs(), asInt: '1' };
    const good = encodeMetrics(request(point));
    const broken = await post('/v1/metrics', good.subarray(0, good.length - 3));
    expect(broken.status).toBe(400);
    expect(broken.text).toContain('resourceMetrics[0]');
    const large = await push(request({ ...point, attributes: [attribute('a', 'x'.repeat(10_000_000))] }, point));
    expect(large).toEqual({ status: 200, text: expect.stringContaining('1 of 2 data points refused: 1 label too long') });
    const bytes = Buffer.from(encodeMetrics(request({ ...point, attributes: [attribute('a', 'BAD')] })));
    bytes[bytes.indexOf('BAD')] = 0xff;
    expect((await post('/v1/metrics', bytes)).text).toContain('not UTF-8');
    for (const dayMs of [-86_400_000, 86_400_000]) {
      const { text } = await push(request({ ...point, timeUnixNano: nowNs(dayMs), attributes: [attribute('clock', String(dayMs))] }));
      if (dayMs > 0) expect(text).toContain('too far in future');
    }
    expect((await post('/v1/metrics', 'x', { 'content-type': 'text/plain' })).status).toBe(415);
    expect(await ask('hostile')).toEqual(['hostile{} 1']);
    const after = await ownMetrics(server.url);
    for (const reason of ['label_too_long', 'invalid_labels', 'too_far_in_future']) {
      const name = `alidade_receive_data_points_refused_total{reason="${reason}"}`;
      expect((after.get(name) ?? 0) - (before.get(name) ?? 0)).toBe(1);
    }
  });

  it('come by the hundred thousand while others are served', async () => {
    const points = isFull ? 1_000_000 : 100_000;
    const body = manyPoints(points);
    let slowestMs = 0;
    let isDone = false;
    const watch = (async () => {
      while (!isDone) {
        const startMs = performance.now();
        await (await fetch(`${server.url}/-/healthy`)).text();
        slowestMs = Math.max(slowestMs, performance.now() - startMs);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const startMs = performance.now();
    const { status, text } = await post('/v1/metrics', body);
    const tookMs = performance.now() - startMs;
    isDone = true;
    await watch;
    report(
      `${points} points in ${(body.length / 1e6).toFixed(1)} MB: ${tookMs.toFixed(0)} ms, slowest other answer ${slowestMs.toFixed(0)} ms`,
    );
    expect({ status, text }).toEqual({ status: 200, text: '' });
    expect(await ask('count(many)')).toEqual(['{} 1000']);
    expect(await ask('sum(count_over_time(many[1h]))')).toEqual([`{} ${points}`]);
    // A tenth of a second where nothing else runs; beside other tests nothing can be said.
    if (isFull) expect(slowestMs).toBeLessThan(1_000);
  });

  it.skipIf(!prometheus)('are those that a real Prometheus scrapes of the same service', async () => {
    if (!peer) throw new Error('there is no peer');
    const { url } = peer;
    const pushed = pushingService(`${server.url}/v1/metrics`, 'protobuf', 'delta', 'pushed');
    for (let round = 0; round < ROUNDS_SCRAPED; round++) {
      pushed.work();
      await pushed.flush();
    }
    await pushed.close();
    const names = '{__name__=~"orders.*|revenue.*|queue.*|latency.*|temperature|ticks.*"';
    const withoutJob = (lines: readonly string[]) => lines.map((line) => line.replace(/job="[^"]*",?/, '').replace(/,?\}/, '}'));
    await until('Prometheus has scraped', async () => (await ask('revenue_total', url)).length === 1);
    const theirs = withoutJob(await ask(`${names}}`, url));
    expect(withoutJob(await ask(`${names},instance="pushed"}`))).toEqual(theirs);
    expect(theirs.length).toBeGreaterThan(8);
    const metadata = async (url: string, metric: string) =>
      ((await (await fetch(`${url}/api/v1/metadata?metric=${metric}`)).json()) as { data: unknown }).data;
    for (const metric of ['latency', 'revenue_total', 'temperature'])
      expect(await metadata(server.url, metric)).toEqual(await metadata(url, metric));
  });
});

/** A gauge with a thousand series. */
function manyPoints(points: number): Uint8Array {
  const startMs = Date.now() - 60_000;
  const dataPoints = Array.from({ length: points }, (_, i) => ({
    timeUnixNano: `${BigInt(startMs + Math.floor(i / 1_000) * 10) * 1_000_000n}`,
    asInt: String(i),
    attributes: [attribute('series', String(i % 1_000)), attribute('other', 'the same for all')],
  }));
  return encodeMetrics({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'many', gauge: { dataPoints } }] }] }] });
}

/** A request with metrics of its own names, of all kinds that both receivers keep alike. */
function randomRequest(random: () => number, number: number): MetricsRequestJson {
  const whole = (below: number) => Math.floor(random() * below);
  const pick = <T>(list: readonly T[]): T => list[whole(list.length)] as T;
  const attributes = () =>
    [...new Set(['a', 'b.c', 'http.status_code', '1st', '_x', 'é'].filter(() => random() < 0.4))].map((key) =>
      attribute(key, pick(['x', 'y z', 'ü"\\'])),
    );
  const point = () => ({ timeUnixNano: nowNs(-whole(5_000)), startTimeUnixNano: nowNs(-60_000) });
  const number64 = () => (random() < 0.5 ? { asInt: String(whole(1e6) - 5e5) } : { asDouble: whole(1e6) / 64 });
  const distribution = () => {
    const bounds = [...new Set(Array.from({ length: whole(6) }, () => whole(1_000) / 8))].sort((a, b) => a - b);
    const counts = Array.from({ length: bounds.length + 1 }, () => whole(50));
    return {
      explicitBounds: bounds,
      bucketCounts: counts.map(String),
      count: String(counts.reduce((sum, count) => sum + count, 0)),
      sum: whole(1e5) / 4,
    };
  };
  const quantiles = () => ({
    count: String(whole(100)),
    sum: whole(1e4) / 8,
    quantileValues: [0, 0.5, 0.99].filter(() => random() < 0.7).map((quantile) => ({ quantile, value: whole(100) / 4 })),
  });
  const metrics = Array.from({ length: 1 + whole(4) }, (_, i): MetricJson => {
    const head = {
      name: `random.${number}.${i}${pick(['', '.total', '_seconds', '/x y'])}`,
      unit: pick(['', 's', 'By', '1', '{item}', 'By/s', 'ms']),
    };
    // VictoriaMetrics gives the suffix _ratio to sums that may fall, too.
    const kind = pick(['gauge', 'counter', head.unit === '1' ? 'counter' : 'updown', 'histogram', 'summary'] as const);
    if (kind === 'gauge') return { ...head, gauge: { dataPoints: [{ ...point(), ...number64(), attributes: attributes() }] } };
    if (kind === 'summary') return { ...head, summary: { dataPoints: [{ ...point(), ...quantiles(), attributes: attributes() }] } };
    if (kind === 'histogram')
      return {
        ...head,
        histogram: { aggregationTemporality: 2, dataPoints: [{ ...point(), ...distribution(), attributes: attributes() }] },
      };
    return {
      ...head,
      sum: {
        aggregationTemporality: 2,
        isMonotonic: kind === 'counter',
        dataPoints: [{ ...point(), ...number64(), attributes: attributes() }],
      },
    };
  });
  const resource = { attributes: [attribute('service.name', 'rnd'), attribute('host.name', pick(['h1', 'h2']))] };
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 'lib', version: '1' }, metrics }] }] };
}

/** All series of VictoriaMetrics with their last values, in the same notation. */
async function exportedOf(url: string): Promise<string[]> {
  await fetch(`${url}/internal/force_flush`);
  const text = await (await fetch(`${url}/api/v1/export?match[]={__name__=~"random.*"}`)).text();
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { metric, values } = JSON.parse(line) as { metric: Record<string, string>; values: number[] };
    const { __name__ = '', scope_name: _scope, scope_version: _version, ...labels } = metric;
    return seriesText(__name__, labels, String(values.at(-1)));
  });
}

function seriesText(name: string, labels: Readonly<Record<string, string>>, value: string): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${pairs.map(([label, text]) => `${label}=${JSON.stringify(text)}`).join(',')}} ${value}`;
}

/** Series with their values, `instance` left out, in their order as text. */
async function valuesOf(url: string, query: string): Promise<string[]> {
  type Series = { metric: Record<string, string>; value?: [number, string]; histogram?: [number, unknown] };
  const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
  const { data, error } = (await answer.json()) as { data?: { result: Series[] }; error?: string };
  if (!data) throw new Error(`${query}: ${error}`);
  return data.result
    .map(({ metric: { __name__ = '', instance: _, ...labels }, value, histogram }) =>
      seriesText(__name__, labels, value?.[1] ?? JSON.stringify(histogram?.[1])),
    )
    .sort();
}
