import { describe, expect, it } from 'vitest';
import { DEFAULT_OTLP, type OtlpSettings } from '../config/otlp-section.ts';
import { DataPoint } from '../formats/otlp/data-point.ts';
import { readMetrics } from '../formats/otlp/decode-metrics.ts';
import { readMetricsJson } from '../formats/otlp/decode-metrics-json.ts';
import {
  type AttributeJson,
  encodeMetrics,
  type MetricJson,
  type MetricsRequestJson,
  type PointJson,
} from '../formats/otlp/testing/encode-metrics.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { decodeHistogram } from '../model/histogram-codec.ts';
import { histogramText } from '../model/histogram-text.ts';
import { bitsOf, isStaleAt } from '../model/stale.ts';
import { storageError } from '../storage/errors.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { type DeltaChanges, DeltaStreams } from './otlp-metrics/delta-streams.ts';
import { createMetricReceiver, type MetricPushResult } from './otlp-metrics.ts';
import { RemoteMetadataCache } from './remote-metadata.ts';

const FULL = { commit: () => Promise.reject(storageError('storage.overloaded')) };
const NOW = 1_700_000_000_000;
const at = (ms: number) => `${BigInt(NOW + ms) * 1_000_000n}`;
const attribute = (key: string, stringValue: string): AttributeJson => ({ key, value: { stringValue } });
const SERVICE = [attribute('service.name', 'api')];
const DELTA = 1;
const CUMULATIVE = 2;

const request = (metrics: readonly MetricJson[], resource: readonly AttributeJson[] = SERVICE): MetricsRequestJson => ({
  resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics: [{ scope: { name: 'lib', version: '1.2' }, metrics }] }],
});
const gauge = (name: string, ...dataPoints: PointJson[]): MetricJson => ({ name, gauge: { dataPoints } });
const sum = (name: string, aggregationTemporality: number, ...dataPoints: PointJson[]): MetricJson => ({
  name,
  sum: { isMonotonic: true, aggregationTemporality, dataPoints },
});

function open(
  changes: Partial<OtlpSettings> = {},
  options: { maxDeltaStreams?: number; writesCreated?: boolean; withTypeAndUnit?: boolean } = {},
) {
  const clock = new FakeClock(NOW);
  const store = openMemoryStore(clock, { maxFutureMs: 600_000 });
  const metadata = new RemoteMetadataCache();
  const settings = { ...DEFAULT_OTLP, ...changes };
  const { maxDeltaStreams = 10, ...features } = options;
  const receiver = createMetricReceiver({
    store: store.metrics,
    exemplars: store.exemplars,
    clock,
    settings: () => settings,
    metadata,
    limits: { maxDeltaStreams },
    outOfOrderMs: () => 0,
    lookbackMs: 300_000,
    ...features,
  });
  const push = (sent: MetricsRequestJson, encoding: 'protobuf' | 'json' = 'protobuf'): Promise<MetricPushResult> =>
    receiver.push((sink) => (encoding === 'json' ? readMetricsJson(JSON.stringify(sent), sink) : readMetrics(encodeMetrics(sent), sink)));
  /** Every sample as `series value @ms`, target_info left out unless it is asked for. */
  const samples = async (metric?: string): Promise<string[]> => {
    const matchers = [{ name: '__name__', type: metric ? ('=' as const) : ('!=' as const), value: metric ?? 'target_info' }];
    const [set] = await store.metrics.select([{ matchers, startMs: 0, endMs: NOW + 1e9 }], {});
    if (!set) return [];
    const bits = bitsOf(set.values);
    return set.labels.flatMap((labels, i) =>
      Array.from({ length: (set.offsets[i + 1] as number) - (set.offsets[i] as number) }, (_, j) => {
        const k = (set.offsets[i] as number) + j;
        const { bytes, offsets } = set.histograms ?? { bytes: new Uint8Array(), offsets: new Uint32Array() };
        const body = bytes.subarray(offsets[k] ?? 0, offsets[k + 1] ?? 0);
        const value = isStaleAt(bits, k) ? 'stale' : body.length > 0 ? histogramText(decodeHistogram(body)) : String(set.values[k]);
        return `${labels} ${value} @${(set.timestampsMs[k] as number) - NOW}`;
      }),
    );
  };
  return { clock, store, metadata, receiver, push, samples };
}

const HISTOGRAM: PointJson = { timeUnixNano: at(0), count: '5', sum: 12, bucketCounts: ['1', '0', '4'], explicitBounds: [0.5, 10] };
const EXPONENTIAL: PointJson = {
  timeUnixNano: at(0),
  count: '9',
  sum: 12,
  scale: 1,
  zeroCount: '1',
  positive: { offset: -2, bucketCounts: ['1', '2', '0', '3'] },
  negative: { offset: 0, bucketCounts: ['2'] },
};

describe('metrics of OpenTelemetry', () => {
  it.each(['protobuf', 'json'] as const)('become the series that Prometheus makes of them, in %s', async (encoding) => {
    const { push, samples, metadata } = open();
    const result = await push(
      request([
        {
          ...gauge('g.a', { timeUnixNano: at(0), asInt: '-5', attributes: [attribute('x.y', '1')] }),
          unit: 'By',
          description: 'What it is.',
        },
        { ...sum('c', CUMULATIVE, { timeUnixNano: at(1), asDouble: 2.5 }), unit: 's' },
        { name: 'u', sum: { aggregationTemporality: CUMULATIVE, dataPoints: [{ timeUnixNano: at(0), asDouble: 1e300 }] } },
        { name: 'h', unit: 'ms', histogram: { aggregationTemporality: CUMULATIVE, dataPoints: [HISTOGRAM] } },
        { name: 'e', exponentialHistogram: { aggregationTemporality: CUMULATIVE, dataPoints: [EXPONENTIAL] } },
        {
          name: 'q',
          summary: { dataPoints: [{ timeUnixNano: at(0), count: '6', sum: 3, quantileValues: [{ quantile: 0.5, value: 2 }] }] },
        },
      ]),
      encoding,
    );
    expect(result).toEqual({ rejectedPoints: 0, message: '' });
    expect(await samples()).toEqual([
      'c_seconds_total{job="api"} 2.5 @1',
      'e{job="api"} {count:9, sum:12, [-1.414213562373095,-1):2, [-1e-128,1e-128]:1, (0.5,0.7071067811865475]:1, (0.7071067811865475,1]:2, (1.414213562373095,2]:3} @0',
      'g_a_bytes{job="api", x_y="1"} -5 @0',
      'h_milliseconds_bucket{job="api", le="+Inf"} 5 @0',
      'h_milliseconds_bucket{job="api", le="0.5"} 1 @0',
      'h_milliseconds_bucket{job="api", le="10"} 1 @0',
      'h_milliseconds_count{job="api"} 5 @0',
      'h_milliseconds_sum{job="api"} 12 @0',
      'q{job="api", quantile="0.5"} 2 @0',
      'q_count{job="api"} 6 @0',
      'q_sum{job="api"} 3 @0',
      'u{job="api"} 1e+300 @0',
    ]);
    expect(metadata.entries('g_a_bytes')).toEqual([{ metric: 'g_a_bytes', type: 'gauge', help: 'What it is.', unit: 'bytes' }]);
    expect(metadata.entries('e')[0]?.type).toBe('histogram');
    expect(metadata.entries('u')[0]?.type).toBe('gauge');
  });

  it('have job and instance of the service, and a target_info from the first point to the last', async () => {
    const resource = [
      ...SERVICE,
      attribute('service.namespace', 'shop'),
      attribute('service.instance.id', 'i1'),
      attribute('host.name', 'h'),
    ];
    const { push, samples } = open();
    await push(request([gauge('g', { timeUnixNano: at(-400_000), asInt: '1' }, { timeUnixNano: at(0), asInt: '2' })], resource));
    expect(await samples('g')).toEqual(['g{instance="i1", job="shop/api"} 1 @-400000', 'g{instance="i1", job="shop/api"} 2 @0']);
    const labels = '{host_name="h", instance="i1", job="shop/api"}';
    expect(await samples('target_info')).toEqual([-400_000, -250_000, -100_000, 0].map((ms) => `target_info${labels} 1 @${ms}`));
    const kept = open({ keepIdentifyingResourceAttributes: true });
    await kept.push(request([gauge('g', { timeUnixNano: at(0), asInt: '1' })], resource));
    expect(await kept.samples('target_info')).toEqual([
      'target_info{host_name="h", instance="i1", job="shop/api", service_instance_id="i1", service_name="api", service_namespace="shop"} 1 @0',
    ]);
    const bare = open();
    await bare.push(request([gauge('g', { timeUnixNano: at(0), asInt: '1' })]));
    expect(await bare.samples('target_info')).toEqual([]);
  });

  it('have a target_info that few bytes do not make large', async () => {
    const { push, samples } = open();
    const day = 86_400_000;
    const timesOfOne = 17 * 576 + 1;
    const resourceMetrics = Array.from({ length: 20 }, (_, i) => ({
      resource: { attributes: [...SERVICE, attribute('host.name', `h${i}`)] },
      scopeMetrics: [{ metrics: [gauge('g', { timeUnixNano: at(-17 * day), asInt: '1' }, { timeUnixNano: at(0), asInt: '2' })] }],
    }));
    await push({ resourceMetrics });
    const found = await samples('target_info');
    expect(found.length).toBeLessThan(11_000);
    expect(found.filter((sample) => sample.endsWith(' @0'))).toHaveLength(20);
    // The first resource has all of them.
    expect(found.filter((sample) => sample.includes('"h0"'))).toHaveLength(timesOfOne);
  });

  it('are told when their target_info has labels that are too long or have no name', async () => {
    const { push, samples } = open();
    const good = gauge('g', { timeUnixNano: at(0), asInt: '1' });
    const long = await push(request([good], [...SERVICE, attribute('host.name', 'x'.repeat(100_000))]));
    expect(long).toMatchObject({
      rejectedPoints: 0,
      message: expect.stringMatching(/^1 target_info refused \(first: .* 1000\d\d characters/),
    });
    const bad = await push(request([good], [...SERVICE, attribute('', 'x')]));
    expect(bad).toMatchObject({ rejectedPoints: 0, message: expect.stringContaining('an attribute has no name') });
    expect(await samples('g')).toHaveLength(1);
    expect(await samples('target_info')).toEqual([]);
  });

  it.each([
    [{ promoteResourceAttributes: ['b', 'absent'] }, 'g{a="point", b="B", job="api"}'],
    [{ promoteAllResourceAttributes: true }, 'g{a="point", b="B", job="api", service_name="api"}'],
    [{ promoteAllResourceAttributes: true, ignoreResourceAttributes: ['service.name'] }, 'g{a="point", b="B", job="api"}'],
    [{ promoteScopeMetadata: true }, 'g{a="point", job="api", otel_scope_name="lib", otel_scope_version="1.2"}'],
    [
      { translationStrategy: 'NoTranslation' as const, promoteAllResourceAttributes: true },
      'g{a="point", b="B", job="api", service.name="api"}',
    ],
  ])('take what %o promotes', async (settings, series) => {
    const { push, samples } = open(settings);
    const resource = [...SERVICE, attribute('a', 'A'), attribute('b', 'B')];
    await push(request([gauge('g', { timeUnixNano: at(0), asInt: '1', attributes: [attribute('a', 'point')] })], resource));
    expect(await samples('g')).toEqual([`${series} 1 @0`]);
  });

  it('merge attributes whose names become one, and write values of all types', async () => {
    const { push, samples } = open();
    const attributes: AttributeJson[] = [
      attribute('a_b', 'under'),
      attribute('a.b', 'dot'),
      attribute('empty', ''),
      { key: 'double', value: { doubleValue: 0.5 } },
      { key: 'int', value: { intValue: '9007199254740993' } },
      { key: 'bool', value: { boolValue: true } },
      { key: 'list', value: { arrayValue: { values: [{ stringValue: '<' }, { intValue: '2' }] } } },
      { key: 'map', value: { kvlistValue: { values: [attribute('z', '1'), attribute('y', '2')] } } },
      attribute('job', 'overridden'),
    ];
    for (const encoding of ['protobuf', 'json'] as const)
      await push(request([gauge('g', { timeUnixNano: at(encoding === 'json' ? 1 : 0), asInt: '1', attributes })]), encoding);
    const labels =
      'a_b="dot;under", bool="true", double="0.5", int="9007199254740993", job="api", list="[\\"\\\\u003c\\",2]", map="{\\"y\\":\\"2\\",\\"z\\":\\"1\\"}"';
    expect(await samples('g')).toEqual([`g{${labels}} 1 @0`, `g{${labels}} 1 @1`]);
  });

  it('end where a point says that there is no value', async () => {
    const { push, samples } = open();
    const flags = 1;
    await push(
      request([
        gauge('g', { timeUnixNano: at(0), flags }),
        { name: 'h', histogram: { aggregationTemporality: CUMULATIVE, dataPoints: [{ ...HISTOGRAM, flags }] } },
        { name: 'e', exponentialHistogram: { aggregationTemporality: CUMULATIVE, dataPoints: [{ timeUnixNano: at(0), flags }] } },
      ]),
    );
    const found = await samples();
    expect(found).toHaveLength(7);
    expect(found.every((sample) => sample.endsWith(' stale @0'))).toBe(true);
  });

  it('become native histograms with custom buckets where that is wanted', async () => {
    const { push, samples } = open({ convertHistogramsToNhcb: true });
    await push(request([{ name: 'h', histogram: { aggregationTemporality: CUMULATIVE, dataPoints: [HISTOGRAM] } }]));
    expect(await samples()).toEqual(['h{job="api"} {count:5, sum:12, [-Inf,0.5]:1, (10,+Inf]:4} @0']);
  });

  it('lose resolution that native histograms do not have, and are refused when they are coarser', async () => {
    const { push, samples } = open();
    const exponential = (name: string, point: PointJson): MetricJson => ({
      name,
      exponentialHistogram: { aggregationTemporality: CUMULATIVE, dataPoints: [{ timeUnixNano: at(0), ...point }] },
    });
    const positive = { offset: 3, bucketCounts: ['1', '1', '1', '1', '1'] };
    const result = await push(
      request([
        exponential('fine', { count: '5', sum: 5, scale: 10, positive }),
        exponential('coarse', { count: '5', sum: 5, scale: -5, positive }),
        exponential('odd', { count: '7', sum: 5, positive }),
      ]),
    );
    const found = await samples('fine');
    // Buckets 3 | 4 5 6 7 of scale 10 are 0 | 1 of scale 8.
    expect(found[0]).toMatch(/\{count:5, sum:5, \(1,[^:]*\]:1, \([^:]*\]:4\} @0$/);
    expect(result.rejectedPoints).toBe(2);
    expect(result.message).toContain('Scale must be >= -4, was -5');
  });

  it('keep exemplars with their buckets', async () => {
    const { push, store } = open();
    const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    const exemplars = [
      { timeUnixNano: at(-5), asDouble: 7, traceId, spanId, filteredAttributes: [attribute('user', 'u')] },
      { timeUnixNano: at(-4), asDouble: 99, filteredAttributes: [attribute('long', 'x'.repeat(200))] },
    ];
    await push(
      request([
        { name: 'h', histogram: { aggregationTemporality: CUMULATIVE, dataPoints: [{ ...HISTOGRAM, exemplars }] } },
        sum('c', CUMULATIVE, { timeUnixNano: at(0), asInt: '1', exemplars: [{ timeUnixNano: at(-3), asInt: '3', traceId }] }),
      ]),
    );
    const found = store.exemplars
      .select([], 0, NOW)
      .map(({ seriesLabels, exemplars: list }) => [String(seriesLabels), list.map(({ labels, value }) => `${labels} ${value}`)]);
    expect(found).toEqual([
      ['c_total{job="api"}', [`{trace_id="${traceId}"} 3`]],
      ['h_bucket{job="api", le="+Inf"}', ['{} 99']],
      ['h_bucket{job="api", le="10"}', [`{span_id="${spanId}", trace_id="${traceId}", user="u"} 7`]],
    ]);
  });

  it('begin with a zero where that feature is on', async () => {
    const { push, samples } = open({}, { writesCreated: true });
    for (const ms of [0, 1_000])
      await push(request([sum('c', CUMULATIVE, { startTimeUnixNano: at(-60_000), timeUnixNano: at(ms), asInt: '5' })]));
    expect(await samples()).toEqual(['c_total{job="api"} 0 @-60000', 'c_total{job="api"} 5 @0', 'c_total{job="api"} 5 @1000']);
  });

  it('have type and unit where that feature is on', async () => {
    const { push, samples } = open({}, { withTypeAndUnit: true });
    await push(request([{ ...sum('c', CUMULATIVE, { timeUnixNano: at(0), asInt: '5' }), unit: 'By/s' }]));
    expect(await samples()).toEqual(['c_bytes_per_second_total{__type__="counter", __unit__="bytes_per_second", job="api"} 5 @0']);
  });
});

describe('deltas', () => {
  it('are added up', async () => {
    const { push, samples } = open();
    const points = (ms: number): MetricJson[] => [
      {
        name: 'first',
        exponentialHistogram: { aggregationTemporality: DELTA, dataPoints: [{ ...EXPONENTIAL, timeUnixNano: at(ms) }] },
      },
      sum('c', DELTA, { startTimeUnixNano: at(ms - 1_000), timeUnixNano: at(ms), asInt: '2', attributes: [attribute('a', 'b')] }),
      { name: 'h', histogram: { aggregationTemporality: DELTA, dataPoints: [{ ...HISTOGRAM, timeUnixNano: at(ms) }] } },
      {
        name: 'e',
        exponentialHistogram: {
          aggregationTemporality: DELTA,
          dataPoints: [{ ...EXPONENTIAL, scale: ms === 0 ? 2 : 1, timeUnixNano: at(ms) }],
        },
      },
    ];
    await push(request(points(0)));
    expect(await push(request(points(1_000)), 'json')).toMatchObject({ rejectedPoints: 0 });
    const found = await samples();
    expect(found.filter((sample) => sample.endsWith('@1000'))).toEqual([
      'c_total{a="b", job="api"} 4 @1000',
      expect.stringMatching(/^e\{job="api"\} \{count:18, sum:24, \[-1.414213562373095,-1\):4, .*\]:3\} @1000$/),
      expect.stringMatching(/^first\{job="api"\} \{count:18, sum:24, /),
      'h_bucket{job="api", le="+Inf"} 10 @1000',
      'h_bucket{job="api", le="0.5"} 2 @1000',
      'h_bucket{job="api", le="10"} 2 @1000',
      'h_count{job="api"} 10 @1000',
      'h_sum{job="api"} 24 @1000',
    ]);
  });

  it('that come twice or late are told and counted once', async () => {
    const { push, samples } = open();
    const delta = (ms: number, startMs = -10_000) =>
      request([sum('c', DELTA, { startTimeUnixNano: at(startMs), timeUnixNano: at(ms), asInt: '1' })]);
    await push(delta(0));
    await push(delta(2_000));
    expect((await push(delta(2_000))).message).toContain('1 delta out of order (first: metric "c": the delta is not newer');
    expect((await push(delta(1_000))).rejectedPoints).toBe(1);
    expect((await push(delta(3_000, -20_000))).message).toContain('delta older start');
    await push(delta(3_000));
    expect(await samples()).toEqual(['c_total{job="api"} 1 @0', 'c_total{job="api"} 2 @2000', 'c_total{job="api"} 3 @3000']);
  });

  it('begin anew when their bounds change, and after a long silence', async () => {
    const { push, samples, clock } = open();
    const histogram = (ms: number, bound: number) =>
      request([
        {
          name: 'h',
          histogram: {
            aggregationTemporality: DELTA,
            dataPoints: [{ timeUnixNano: at(ms), count: '3', bucketCounts: ['1', '2'], explicitBounds: [bound] }],
          },
        },
      ]);
    await push(histogram(0, 1));
    await push(histogram(1_000, 1));
    await push(histogram(2_000, 2));
    expect(await samples('h_count')).toEqual(['h_count{job="api"} 3 @0', 'h_count{job="api"} 6 @1000', 'h_count{job="api"} 3 @2000']);
    await clock.advance(400_000);
    await push(histogram(400_000, 2));
    expect((await samples('h_count')).at(-1)).toBe('h_count{job="api"} 3 @400000');
  });

  it('have as many streams as they may', async () => {
    const { push, samples, clock } = open({}, { maxDeltaStreams: 2 });
    const delta = (name: string) => request([sum(name, DELTA, { timeUnixNano: at(0), asInt: '1' })]);
    await push(delta('a'));
    await push(delta('b'));
    expect((await push(delta('c'))).message).toContain('limits.max_delta_streams');
    await clock.advance(400_000);
    expect(await push(delta('c'))).toMatchObject({ rejectedPoints: 0 });
    expect(await samples()).toHaveLength(3);
  });

  it('have fewer streams when those have many buckets', async () => {
    const { push, samples } = open({}, { maxDeltaStreams: 12 });
    const histogram = (name: string, buckets: number, ms: number): MetricJson => {
      const explicitBounds = Array.from({ length: buckets - 1 }, (_, i) => i);
      const point = { timeUnixNano: at(ms), count: `${buckets}`, bucketCounts: Array(buckets).fill('1'), explicitBounds };
      return { name, histogram: { aggregationTemporality: DELTA, dataPoints: [point] } };
    };
    const refused = async (...metrics: MetricJson[]) => (await push(request(metrics))).rejectedPoints;
    expect(await refused(histogram('wide', 160, 0), histogram('b', 16, 0), histogram('c', 17, 0))).toBe(1);
    // What there is goes on, but does not grow.
    expect(await refused(histogram('wide', 160, 1), histogram('b', 16, 1), histogram('d', 16, 1))).toBe(0);
    expect(await refused(histogram('b', 17, 2))).toBe(1);
    expect(await refused(histogram('wide', 16, 2), histogram('b', 160, 2))).toBe(0);
    expect(await samples('b_count')).toEqual([16, 32, 160].map((count, i) => `b_count{job="api"} ${count} @${i}`));
  });

  it('have no stream where there is no room for their series', async () => {
    const { push, store } = open({}, { maxDeltaStreams: 1 });
    const delta = (ms: number) => request([sum(`c${ms}`, DELTA, { timeUnixNano: at(ms), asInt: '1' })]);
    const appender = store.metrics.appender.bind(store.metrics);
    const seriesRef = () => {
      throw storageError('storage.too_many_series');
    };
    store.metrics.appender = () => Object.assign(appender(), { seriesRef });
    expect((await push(delta(0))).message).toContain('series limit');
    store.metrics.appender = appender;
    expect(await push(delta(1))).toMatchObject({ rejectedPoints: 0 });
  });

  it('end their stream with a point without a value', async () => {
    const { push, samples } = open();
    await push(
      request([
        sum('c', DELTA, { timeUnixNano: at(0), asInt: '5' }, { timeUnixNano: at(1), flags: 1 }, { timeUnixNano: at(2), asInt: '1' }),
      ]),
    );
    expect(await samples()).toEqual(['c_total{job="api"} 5 @0', 'c_total{job="api"} stale @1', 'c_total{job="api"} 1 @2']);
  });
});

describe('deltas of a request that is not stored', () => {
  const delta = (ms: number, ...more: MetricJson[]) => request([sum('c', DELTA, { timeUnixNano: at(ms), asInt: '1' }), ...more]);

  it('do not count: the request is broken at its end', async () => {
    const { receiver, push, samples } = open();
    await push(delta(0));
    const whole = encodeMetrics(delta(1_000, gauge('g', { timeUnixNano: at(0), asInt: '1' })));
    const broken = Buffer.from(whole).subarray(0, -1);
    await expect(receiver.push((sink) => readMetrics(broken, sink))).rejects.toMatchObject({ code: 'otlp.bad_protobuf' });
    // One that is new with such a request has not begun either.
    expect(await push(delta(1_000))).toMatchObject({ rejectedPoints: 0 });
    expect(await samples('c_total')).toEqual(['c_total{job="api"} 1 @0', 'c_total{job="api"} 2 @1000']);
  });

  it('do not count, and are taken when they come again: the store was full', async () => {
    const { store, push, samples } = open();
    await push(delta(0));
    const appender = store.metrics.appender.bind(store.metrics);
    store.metrics.appender = () => Object.assign(appender(), FULL);
    await expect(push(delta(1_000))).rejects.toMatchObject({ code: 'storage.overloaded' });
    store.metrics.appender = appender;
    expect(await push(delta(1_000))).toMatchObject({ rejectedPoints: 0 });
    expect(await samples('c_total')).toEqual(['c_total{job="api"} 1 @0', 'c_total{job="api"} 2 @1000']);
  });

  it('stay where another request has added to them meanwhile', () => {
    const streams = new DeltaStreams(10);
    const add = (changes: DeltaChanges, timeMs: number) => {
      const point = Object.assign(new DataPoint(), { timeMs, value: 1 });
      return streams.add(changes, 'key', point, NOW) ?? point.value;
    };
    const [first, second, third]: [DeltaChanges, DeltaChanges, DeltaChanges] = [new Map(), new Map(), new Map()];
    expect([add(first, 1), add(second, 2), add(first, 3)]).toEqual([1, 2, 3]);
    streams.undo(second);
    expect(add(third, 4)).toBe(4);
    streams.undo(third);
    streams.undo(first);
    // What the second added stays, as the first began from it.
    expect(add(third, 5)).toBe(3);
  });
});

describe('a request whose resource is huge', () => {
  const huge = [...SERVICE, attribute('blob', 'x'.repeat(2_000_000))];
  const good = { timeUnixNano: at(0), asInt: '1' };

  it('reads it once, not for each of its metrics and scopes', async () => {
    const { push, samples } = open();
    const metrics = Array.from({ length: 5_000 }, () => gauge('g', good));
    const scopeMetrics = [
      { scope: { name: 'lib' }, metrics },
      ...Array.from({ length: 5_000 }, (_, i) => ({ scope: { name: `lib${i}` }, metrics: [gauge('g')] })),
    ];
    await push({ resourceMetrics: [{ resource: { attributes: huge }, scopeMetrics }] });
    expect(await samples('g')).toEqual(['g{job="api"} 1 @0']);
    // Its labels are not looked at again for each point either.
    const { push: promoting } = open({ promoteAllResourceAttributes: true });
    const many = [...SERVICE, ...Array.from({ length: 20_000 }, (_, i) => attribute(`attribute_${i}`, ''))];
    const points = Array.from({ length: 5_000 }, (_, i) => ({ ...good, attributes: [attribute('i', `${i}`)] }));
    expect(await promoting(request([gauge('g', ...points)], many))).toMatchObject({ rejectedPoints: 5_000 });
  }, 10_000);

  it('lets other work go on while its points are new', async () => {
    const { push } = open({ promoteAllResourceAttributes: true });
    const many = [...SERVICE, ...Array.from({ length: 4_000 }, (_, i) => attribute(`a_${i}`, ''))];
    const points = Array.from({ length: 400 }, (_, i) => ({ ...good, attributes: [attribute('i', `${i}`)] }));
    let turns = 0;
    const counter = setInterval(() => turns++, 0);
    await push(request([gauge('g', ...points)], many));
    clearInterval(counter);
    expect(turns).toBeGreaterThan(3);
  });
});

describe('what cannot be stored', () => {
  it('is refused point by point with the reason', async () => {
    const { push, samples } = open();
    const long = 'x'.repeat(100_000);
    const good = { timeUnixNano: at(0), asInt: '1' };
    const result = await push(
      request([
        gauge('good', good),
        gauge('', good),
        gauge('...', good),
        gauge(
          'g',
          { ...good, attributes: [attribute('', 'x')] },
          { ...good, attributes: [attribute('__', 'x')] },
          { ...good, attributes: [attribute('long', long)] },
        ),
        gauge(
          'times',
          { timeUnixNano: at(86_400_000), asInt: '1' },
          { timeUnixNano: at(0), asInt: '1' },
          { timeUnixNano: at(-1), asInt: '1' },
        ),
        sum('none', 0, good),
        {
          name: 'wide',
          histogram: { aggregationTemporality: CUMULATIVE, dataPoints: [{ ...HISTOGRAM, bucketCounts: Array(10_002).fill('1') }] },
        },
      ]),
    );
    expect(await samples()).toEqual(['good{job="api"} 1 @0', 'times{job="api"} 1 @0']);
    expect(result.rejectedPoints).toBe(9);
    for (const part of [
      '2 invalid name',
      '2 invalid labels',
      '1 label too long',
      '1 too far in future',
      '1 out of order',
      '1 unspecified temporality',
      '1 too many buckets',
    ])
      expect(result.message).toContain(part);
    expect(result.message.length).toBeLessThan(3_000);
  });

  it('is refused where many labels meet many buckets', async () => {
    const { push, samples } = open();
    const attributes = [attribute('long', 'x'.repeat(60_000))];
    const many = { timeUnixNano: at(0), count: '1', bucketCounts: ['1'], attributes };
    const point = (bounds: number): PointJson => ({ ...many, explicitBounds: Array.from({ length: bounds }, (_, i) => i) });
    const histogram = (name: string, bounds: number): MetricJson => ({
      name,
      histogram: { aggregationTemporality: CUMULATIVE, dataPoints: [point(bounds)] },
    });
    const result = await push(request([histogram('some', 20), histogram('many', 9_000)]));
    expect(result).toMatchObject({ rejectedPoints: 1, message: expect.stringContaining('the labels of all its series') });
    expect(await samples('many_count')).toEqual([]);
    expect(await samples('some_count')).toHaveLength(1);
  });

  it('is refused where it is not UTF-8, in names, attributes and resources', async () => {
    const { push, samples } = open();
    const bad = (sent: MetricsRequestJson) => {
      const bytes = Buffer.from(encodeMetrics(sent));
      for (let i = bytes.indexOf('BAD'); i >= 0; i = bytes.indexOf('BAD', i)) bytes[i] = 0xff;
      return bytes;
    };
    const good = { timeUnixNano: at(0), asInt: '1' };
    const { store, clock } = open();
    const receiver = createMetricReceiver({
      store: store.metrics,
      exemplars: store.exemplars,
      clock,
      settings: () => DEFAULT_OTLP,
      metadata: new RemoteMetadataCache(),
      limits: { maxDeltaStreams: 1 },
      outOfOrderMs: () => 0,
      lookbackMs: 300_000,
    });
    const bodies = [
      bad(request([gauge('xBAD', good)])),
      bad(request([gauge('g', { ...good, attributes: [attribute('a', 'BAD')] })])),
      bad(request([gauge('g', good)], [attribute('service.name', 'BAD')])),
    ];
    for (const body of bodies) expect((await receiver.push((sink) => readMetrics(body, sink))).message).toContain('not UTF-8');
    expect((await push(request([gauge('g', { ...good, attributes: [attribute('a', '\ud800')] })]), 'json')).message).toContain('not UTF-8');
    expect(await samples()).toEqual([]);
  });

  it('stores nothing of a request that is broken', async () => {
    const { store, clock } = open();
    const body = encodeMetrics(request([gauge('a', { timeUnixNano: at(0), asInt: '1' }), gauge('b', { timeUnixNano: at(0), asInt: '1' })]));
    const receiver = createMetricReceiver({
      store: store.metrics,
      exemplars: store.exemplars,
      clock,
      settings: () => DEFAULT_OTLP,
      metadata: new RemoteMetadataCache(),
      limits: { maxDeltaStreams: 1 },
      outOfOrderMs: () => 0,
      lookbackMs: 300_000,
    });
    for (let cut = 1; cut < body.length; cut++)
      await expect(receiver.push((sink) => readMetrics(body.subarray(0, cut), sink))).rejects.toMatchObject({ code: 'otlp.bad_protobuf' });
    expect(await store.metrics.series({ matcherSets: [], startMs: 0, endMs: NOW + 1 }, {})).toEqual([]);
  });
});
