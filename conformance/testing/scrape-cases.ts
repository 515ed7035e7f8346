// Bodies of targets with histograms, for a real Prometheus and for us.
import type { ScrapeConfig } from '../../server/config/scrape-config.ts';
import {
  encodeExposition,
  type FamilyFields,
  type HistogramFields,
  type MetricFields,
} from '../../server/scrape/testing/protobuf-encoder.ts';

/** A body, and how it is scraped. */
export interface ScrapeCase {
  readonly body: string | Uint8Array;
  /** Default: the delimited protobuf format. */
  readonly contentType?: string;
  /** Settings of the job in both notations. */
  readonly yaml?: readonly string[];
  readonly settings?: Partial<ScrapeConfig>;
}

export const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
export const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
export const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const INF = Number.POSITIVE_INFINITY;
const NATIVE: HistogramFields = {
  count: 12,
  sum: 18.4,
  schema: 1,
  zeroThreshold: 0.001,
  zeroCount: 2,
  positiveSpans: [
    [0, 2],
    [1, 2],
  ],
  positiveDeltas: [1, 1, -1, 0],
  negativeSpans: [
    [0, 2],
    [1, 2],
  ],
  negativeDeltas: [1, 1, -1, 0],
};
const BUCKETS = [
  { le: 1, count: 4 },
  { le: 5, count: 7 },
  { le: INF, count: 12 },
];
const CLASSIC: HistogramFields = { count: 12, sum: 18.4, buckets: BUCKETS };
const FINE: HistogramFields = {
  count: 40,
  sum: 1,
  schema: 8,
  positiveSpans: [[-20, 40]],
  positiveDeltas: [1, ...Array.from({ length: 39 }, () => 0)],
};

const one = (histogram: HistogramFields, metric: Partial<MetricFields> = {}, family: Partial<FamilyFields> = {}) =>
  encodeExposition([{ name: 'h', help: 'Help.', type: 'histogram', metrics: [{ labels: { a: 'b' }, histogram, ...metric }], ...family }]);
const broken = (changes: HistogramFields) => ({ body: one({ ...NATIVE, ...changes }) });
const gauge = (metric: Partial<MetricFields>, family: Partial<FamilyFields> = {}) =>
  encodeExposition([{ name: 'g', type: 'gauge', metrics: [{ value: 1, ...metric }], ...family }]);
const keepClassic = { yaml: ['always_scrape_classic_histograms: true'], settings: { alwaysScrapeClassicHistograms: true } };
const convert = { yaml: ['convert_classic_histograms_to_nhcb: true'], settings: { convertClassicHistogramsToNhcb: true } };
const convertAndKeep = {
  yaml: [...convert.yaml, ...keepClassic.yaml],
  settings: { ...convert.settings, ...keepClassic.settings },
};
const limit = (n: number) => ({ yaml: [`native_histogram_bucket_limit: ${n}`], settings: { nativeHistogramBucketLimit: n } });
const factor = (n: number) => ({ yaml: [`native_histogram_min_bucket_factor: ${n}`], settings: { nativeHistogramMinBucketFactor: n } });
const nowS = Math.floor(Date.now() / 1000);
const at = (timestampMs: number) => ({ labels: { t: String(timestampMs) }, value: 3, timestampMs });

const TEXT_HISTOGRAM =
  '# HELP h Help.\n# TYPE h histogram\nh_bucket{a="b",le="1"} 4\nh_bucket{a="b",le="5"} 7\nh_bucket{a="b",le="+Inf"} 12\nh_sum{a="b"} 18.4\nh_count{a="b"} 12\n';
const classicText = (...lines: string[]) => `# TYPE h histogram\n${lines.map((line) => `${line}\n`).join('')}`;

/**
 * Cases with native histograms turned on. Left out because 3.5 is wrong there: a family whose metrics are native and classic by turns
 * (it treats all like the first), `sample_limit` (it does not count histograms, later versions do), schemas that do not exist (it
 * stores them, and dies when asked), protobuf with native histograms turned off (it drops their classic part, later versions do not).
 */
export const NATIVE_CASES: Readonly<Record<string, ScrapeCase>> = {
  empty: { body: new Uint8Array() },
  simple: {
    body: encodeExposition([
      { name: 'c_total', help: 'A counter.', type: 'counter', metrics: [{ value: 3, labels: { x: '1', y: 'ü' } }, { value: 4 }] },
      { name: 'g', help: 'A gauge.', type: 'gauge', metrics: [{ value: -0 }] },
      { name: 'nan', type: 'gauge', metrics: [{ value: Number.NaN }, { labels: { i: 'inf' }, value: INF }] },
      { name: 'u', help: '', type: 'untyped', metrics: [{ value: 5 }] },
      {
        name: 's',
        type: 'summary',
        metrics: [
          {
            summary: {
              count: 4,
              sum: 5,
              quantiles: [
                [0.5, 1],
                [1, 2],
                [0.99, Number.NaN],
              ],
            },
          },
        ],
      },
      { name: 's0', type: 'summary', metrics: [{ summary: { count: 4, sum: 5 } }] },
      { name: 'none', type: 'gauge', metrics: [] },
    ]),
  },
  units: {
    body: encodeExposition([
      { name: 'a_seconds', unit: 'seconds', type: 'gauge', metrics: [{ value: 1 }] },
      { name: 'b_seconds_total', unit: 'seconds', type: 'counter', metrics: [{ value: 1 }] },
      { name: 'c_bytes', unit: 'bytes', help: 'Help.', type: 'histogram', metrics: [{ histogram: NATIVE }] },
    ]),
  },
  wrong_unit: { body: gauge({}, { unit: 'seconds' }) },
  native: { body: one(NATIVE) },
  packed: { body: one({ ...NATIVE, isPacked: true }) },
  float: {
    body: one({
      countFloat: 4.5,
      sum: 1,
      schema: 0,
      zeroThreshold: 0.5,
      zeroCountFloat: 0.5,
      positiveSpans: [[0, 2]],
      positiveCounts: [1.5, 2.5],
    }),
  },
  gauge_histogram: { body: one(NATIVE, {}, { type: 'gaugehistogram' }) },
  gauge_classic: { body: one(CLASSIC, {}, { type: 'gaugehistogram' }) },
  many: {
    body: encodeExposition([
      {
        name: 'h',
        type: 'histogram',
        metrics: [
          { histogram: NATIVE, labels: { i: '1' } },
          { histogram: { ...NATIVE, schema: 3 }, labels: { i: '2' } },
        ],
      },
    ]),
  },
  empty_native: { body: one({ count: 0, sum: 0, schema: 3, zeroThreshold: 1e-128 }) },
  empty_span: { body: one({ count: 0, sum: 0, schema: 3, positiveSpans: [[0, 0]] }) },
  unmarked_empty: { body: one({ count: 0, sum: 0, schema: 3 }) },
  sum_only: { body: one({ sum: 3 }) },
  nothing: { body: encodeExposition([{ name: 'h', type: 'histogram', metrics: [{}] }]) },
  empty_buckets: {
    body: one({
      count: 2,
      sum: 1,
      schema: 0,
      zeroThreshold: 1e-9,
      positiveSpans: [
        [0, 4],
        [2, 1],
      ],
      positiveDeltas: [1, -1, 0, 1, -1],
    }),
  },
  nan_sum: { body: one({ ...NATIVE, count: 14, sum: Number.NaN }) },
  large: {
    body: one({
      count: 9_007_199_254_740_993n,
      sum: 1,
      schema: 0,
      positiveSpans: [[0, 2]],
      positiveDeltas: [9_007_199_254_740_991n, -9_007_199_254_740_989n],
    }),
  },
  classic: { body: one(CLASSIC) },
  classic_without_inf: { body: one({ count: 12, sum: 1, buckets: BUCKETS.slice(0, 2) }) },
  classic_inf_first: { body: one({ count: 12, sum: 1, buckets: [...BUCKETS].reverse() }) },
  classic_float: {
    body: one({
      countFloat: 2.5,
      sum: 1,
      buckets: [
        { le: 1, countFloat: 0.5 },
        { le: INF, countFloat: 2.5 },
      ],
    }),
  },
  both: { body: one({ ...NATIVE, ...CLASSIC }) },
  both_kept: { body: one({ ...NATIVE, ...CLASSIC }), ...keepClassic },
  native_kept: { body: one(NATIVE), ...keepClassic },
  own_times: { body: one(NATIVE, { timestampMs: nowS * 1000 - 1000 }) },
  label_le: { body: one(CLASSIC, { labels: { le: 'x' } }) },
  labels_twice: {
    body: gauge({
      labels: [
        ['a', '1'],
        ['a', '2'],
      ],
    }),
  },
  empty_label: { body: gauge({ labels: { a: '' } }) },
  utf8_names: { body: gauge({ labels: { 'a.b': '1', ü: '2' } }, { name: 'my.metric/ü' }) },
  utf8_legacy: {
    body: gauge({}, { name: 'my.metric' }),
    yaml: ['metric_name_validation_scheme: legacy', 'metric_name_escaping_scheme: underscores'],
    settings: { nameValidationScheme: 'legacy' },
  },
  utf8_label_legacy: {
    body: gauge({ labels: { 'a.b': '1' } }),
    yaml: ['metric_name_validation_scheme: legacy', 'metric_name_escaping_scheme: underscores'],
    settings: { nameValidationScheme: 'legacy' },
  },
  name_less: { body: gauge({}, { name: '' }) },
  unknown_type: { body: gauge({}, { type: 9 }) },
  same_twice: { body: one(NATIVE, {}, { metrics: [{ histogram: NATIVE }, { histogram: { ...NATIVE, count: 13, zeroCount: 3 } }] }) },
  family_twice: { body: Buffer.concat([gauge({ labels: { i: '1' } }), gauge({ labels: { i: '2' } })]) },
  truncated: { body: one(NATIVE).subarray(0, -7) },
  truncated_length: { body: Buffer.concat([gauge({}), Buffer.from([0x80])]) },
  garbage: { body: 'a 1\nb 2\n' },
  text_as_protobuf: { body: TEXT_HISTOGRAM },
  protobuf_as_text: { body: one(NATIVE), contentType: TEXT },
  bare_type: { body: one(NATIVE), contentType: 'application/vnd.google.protobuf' },
  other_message: { body: one(NATIVE), contentType: 'application/vnd.google.protobuf; proto=other; encoding=text' },
  fallback: {
    body: one(NATIVE),
    contentType: '',
    yaml: ['fallback_scrape_protocol: PrometheusProto'],
    settings: { fallbackProtocol: 'PrometheusProto' },
  },
  // Refused histograms.
  span_mismatch: broken({ positiveDeltas: [1, 1, -1] }),
  negative_bucket: broken({ positiveDeltas: [1, 1, -3, 2] }),
  negative_offset: broken({
    positiveSpans: [
      [0, 2],
      [-1, 2],
    ],
  }),
  count_too_low: broken({ count: 3 }),
  count_too_high: broken({ count: 30 }),
  custom_schema: broken({ schema: -53 }),
  float_mismatch: { body: one({ countFloat: 1, sum: 1, schema: 0, positiveSpans: [[0, 2]], positiveCounts: [1.5, 2.5] }) },
  negative_float: { body: one({ countFloat: 5, sum: 1, schema: 0, positiveSpans: [[0, 2]], positiveCounts: [-1.5, 2.5] }) },
  // Limits.
  sample_limit_met: {
    body: encodeExposition([{ name: 'h', type: 'histogram', metrics: [{ histogram: NATIVE }] }]),
    yaml: ['sample_limit: 1'],
    settings: { sampleLimit: 1 },
  },
  body_limit: { body: one(NATIVE), yaml: ['body_size_limit: 10B'], settings: { bodySizeLimitBytes: 10 } },
  limit_fits: { body: one(NATIVE), ...limit(8) },
  limit_reduces: { body: one(NATIVE), ...limit(5) },
  limit_reduces_far: { body: one(FINE), ...limit(2) },
  limit_fails: { body: one({ ...FINE, schema: -4, count: 3, positiveSpans: [[-3, 3]], positiveDeltas: [1, 0, 0] }), ...limit(2) },
  factor_coarse: { body: one(FINE), ...factor(1.1) },
  factor_two: { body: one(FINE), ...factor(2) },
  factor_huge: { body: one(FINE), ...factor(1e9) },
  factor_small: { body: one(FINE), ...factor(1.001) },
  factor_one: { body: one(FINE), ...factor(1) },
  // Conversion.
  convert: { body: one(CLASSIC), ...convert },
  convert_kept: { body: one(CLASSIC), ...convertAndKeep },
  convert_both: { body: one({ ...NATIVE, ...CLASSIC }), ...convert },
  convert_both_kept: { body: one({ ...NATIVE, ...CLASSIC }), ...convertAndKeep },
  convert_gauge: { body: one(CLASSIC, {}, { type: 'gaugehistogram' }), ...convert },
  convert_float: {
    body: one({
      countFloat: 2.5,
      sum: 1,
      buckets: [
        { le: 1, countFloat: 0.5 },
        { le: INF, countFloat: 2.5 },
      ],
    }),
    ...convert,
  },
  convert_many: {
    body: encodeExposition([
      {
        name: 'h',
        type: 'histogram',
        metrics: [
          { histogram: CLASSIC, labels: { i: '1' } },
          { histogram: CLASSIC, labels: { i: '2' } },
        ],
      },
      { name: 'g', type: 'gauge', metrics: [{ value: 1 }] },
      { name: 'i', type: 'histogram', metrics: [{ histogram: CLASSIC }] },
    ]),
    ...convert,
  },
  convert_text: { body: TEXT_HISTOGRAM, contentType: TEXT, ...convert },
  convert_text_kept: { body: TEXT_HISTOGRAM, contentType: TEXT, ...convertAndKeep },
  convert_openmetrics: { body: `${TEXT_HISTOGRAM}# EOF\n`, contentType: OPENMETRICS, ...convert },
  convert_untyped: { body: TEXT_HISTOGRAM.replace('histogram', 'untyped'), contentType: TEXT, ...convert },
  convert_without_type: { body: TEXT_HISTOGRAM.replace(/^#.*\n/gm, ''), contentType: TEXT, ...convert },
  convert_other_family: { body: TEXT_HISTOGRAM.replace('TYPE h', 'TYPE i'), contentType: TEXT, ...convert },
  convert_gauge_between: {
    body: classicText('h_bucket{le="1"} 4', 'g 1', 'h_bucket{le="+Inf"} 5', 'h_sum 1', 'h_count 5'),
    contentType: TEXT,
    ...convert,
  },
  convert_interleaved: {
    body: classicText(
      'h_bucket{a="1",le="+Inf"} 4',
      'h_bucket{a="2",le="+Inf"} 5',
      'h_sum{a="1"} 1',
      'h_count{a="1"} 4',
      'h_sum{a="2"} 1',
      'h_count{a="2"} 5',
    ),
    contentType: TEXT,
    ...convert,
  },
  convert_no_buckets: { body: classicText('h_sum 1', 'h_count 4'), contentType: TEXT, ...convert },
  convert_no_count: { body: classicText('h_bucket{le="1"} 4', 'h_bucket{le="+Inf"} 5', 'h_sum 1'), contentType: TEXT, ...convert },
  convert_no_inf: { body: classicText('h_bucket{le="1"} 4', 'h_count 5'), contentType: TEXT, ...convert },
  convert_no_inf_no_count: { body: classicText('h_bucket{le="1"} 4', 'h_bucket{le="2"} 5'), contentType: TEXT, ...convert },
  convert_mismatch: {
    body: classicText('h_bucket{le="1"} 4', 'h_bucket{le="+Inf"} 5', 'h_sum 1', 'h_count 6'),
    contentType: TEXT,
    ...convert,
  },
  convert_falling: {
    body: classicText('h_bucket{le="1"} 4', 'h_bucket{le="+Inf"} 3', 'h_sum 1', 'h_count 3'),
    contentType: TEXT,
    ...convert,
  },
  convert_falling_kept: {
    body: classicText('h_bucket{le="1"} 4', 'h_bucket{le="+Inf"} 3', 'h_sum 1', 'h_count 3'),
    contentType: TEXT,
    ...convertAndKeep,
  },
  convert_unordered: {
    body: classicText('h_bucket{le="5"} 7', 'h_bucket{le="+Inf"} 12', 'h_bucket{le="1"} 4', 'h_count 12'),
    contentType: TEXT,
    ...convert,
  },
  convert_bound_twice: {
    body: classicText('h_bucket{le="1"} 4', 'h_bucket{le="1.0"} 5', 'h_bucket{le="+Inf"} 12', 'h_count 12'),
    contentType: TEXT,
    ...convert,
  },
  convert_bad_bound: { body: classicText('h_bucket{le="x"} 4', 'h_bucket{le="+Inf"} 12', 'h_count 12'), contentType: TEXT, ...convert },
  convert_no_bound: { body: classicText('h_bucket 4', 'h_bucket{le="+Inf"} 12', 'h_count 12'), contentType: TEXT, ...convert },
  convert_nan_bound: { body: classicText('h_bucket{le="NaN"} 4', 'h_bucket{le="+Inf"} 12', 'h_count 12'), contentType: TEXT, ...convert },
  convert_negative: { body: classicText('h_bucket{le="1"} -4', 'h_bucket{le="+Inf"} 12', 'h_count 12'), contentType: TEXT, ...convert },
  convert_fractions: {
    body: classicText('h_bucket{le="1"} 1.5', 'h_bucket{le="+Inf"} 2.5', 'h_sum 0.1', 'h_count 2.5'),
    contentType: TEXT,
    ...convert,
  },
  convert_zeros: {
    body: classicText(
      ...[1, 2, 3, 4, 5].map((le) => `h_bucket{le="${le}"} ${le > 4 ? 2 : 0}`),
      'h_bucket{le="+Inf"} 2',
      'h_sum 0',
      'h_count 2',
    ),
    contentType: TEXT,
    ...convert,
  },
  convert_empty: {
    body: classicText('h_bucket{le="1"} 0', 'h_bucket{le="+Inf"} 0', 'h_sum 0', 'h_count 0'),
    contentType: TEXT,
    ...convert,
  },
  convert_negative_bounds: {
    body: classicText('h_bucket{le="-1"} 1', 'h_bucket{le="0"} 2', 'h_bucket{le="+Inf"} 3', 'h_sum -1', 'h_count 3'),
    contentType: TEXT,
    ...convert,
  },
  convert_minus_infinity: {
    body: classicText('h_bucket{le="-Inf"} 1', 'h_bucket{le="+Inf"} 3', 'h_sum -1', 'h_count 3'),
    contentType: TEXT,
    ...convert,
  },
  convert_limit: {
    body: TEXT_HISTOGRAM,
    contentType: TEXT,
    yaml: [...convert.yaml, 'native_histogram_bucket_limit: 2'],
    settings: { ...convert.settings, nativeHistogramBucketLimit: 2 },
  },
  convert_sample_limit: {
    body: TEXT_HISTOGRAM,
    contentType: TEXT,
    yaml: [...convert.yaml, 'sample_limit: 1'],
    settings: { ...convert.settings, sampleLimit: 1 },
  },
  convert_relabelled: {
    body: TEXT_HISTOGRAM,
    contentType: TEXT,
    yaml: [...convert.yaml, "metric_relabel_configs: [{source_labels: [__name__], regex: 'h_.*', action: drop}]"],
    settings: {
      ...convert.settings,
      metricRelabel: [
        { action: 'drop', sourceLabels: ['__name__'], separator: ';', regex: 'h_.*', modulus: 0, targetLabel: '', replacement: '$1' },
      ],
    },
  },
  convert_own_times: {
    body: classicText(
      ...['h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 3', 'h_sum -1', 'h_count 3'].map((line) => `${line} ${nowS * 1000 - 500}`),
    ),
    contentType: TEXT,
    ...convert,
  },
  convert_created: {
    body: `${classicText('h_bucket{le="+Inf"} 3', 'h_sum 1', 'h_count 3', `h_created ${nowS - 100}`)}# EOF\n`,
    contentType: OPENMETRICS,
    ...convert,
  },
  convert_created_text: {
    body: classicText('h_bucket{le="+Inf"} 3', 'h_sum 1', 'h_count 3', `h_created ${nowS - 100}`),
    contentType: TEXT,
    ...convert,
  },
  convert_created_kept: {
    body: `${classicText('h_bucket{le="+Inf"} 3', 'h_sum 1', 'h_count 3', `h_created ${nowS - 100}`)}# EOF\n`,
    contentType: OPENMETRICS,
    ...convertAndKeep,
  },
  convert_created_counter: { body: `# TYPE a counter\na_total 1\na_created ${nowS - 100}\n# EOF\n`, contentType: OPENMETRICS, ...convert },
  created_openmetrics: {
    body: `${classicText('h_bucket{le="+Inf"} 3', 'h_sum 1', 'h_count 3', `h_created ${nowS - 100}`)}# EOF\n`,
    contentType: OPENMETRICS,
  },
  convert_created_first: {
    body: `${classicText(`h_created ${nowS - 100}`, 'h_bucket{le="+Inf"} 3', 'h_sum 1', 'h_count 3')}# EOF\n`,
    contentType: OPENMETRICS,
    ...convert,
  },
  convert_created_between: {
    body: `${classicText('h_bucket{le="+Inf"} 3', `h_created ${nowS - 100}`, 'h_sum 1', 'h_count 3')}# EOF\n`,
    contentType: OPENMETRICS,
    ...convert,
  },
  convert_created_elsewhere: {
    body: [
      '# TYPE b counter\nb_total 1\nb_created 1\n',
      classicText('h_bucket{le="+Inf"} 3', 'h_sum 1', 'h_count 3'),
      '# TYPE a counter\na_total 1\na_created 1\n# TYPE g gauge\ng_created 1\n# EOF\n',
    ].join(''),
    contentType: OPENMETRICS,
    ...convert,
  },
  convert_summary: { body: '# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 2\ns_count 3\n', contentType: TEXT, ...convert },
  // Exemplars.
  exemplars: {
    body: encodeExposition([
      {
        name: 'c_total',
        type: 'counter',
        metrics: [
          { value: 1, exemplar: at(nowS * 1000 - 1500) },
          { labels: { i: '2' }, value: 1, exemplar: { labels: { t: 'none' }, value: 2 } },
        ],
      },
      { name: 'h', type: 'histogram', metrics: [{ histogram: { ...NATIVE, exemplars: [at(nowS * 1000 - 2500)] } }] },
      {
        name: 'old',
        type: 'histogram',
        metrics: [
          {
            histogram: {
              ...CLASSIC,
              buckets: [
                { le: 1, count: 4, exemplar: at(nowS * 1000 - 3500) },
                { le: INF, count: 12, exemplar: { labels: { t: 'none' }, value: 2 } },
              ],
            },
          },
        ],
      },
      {
        name: 'both',
        type: 'histogram',
        metrics: [
          {
            histogram: {
              ...NATIVE,
              buckets: [
                { le: 1, count: 4, exemplar: at(nowS * 1000 - 4500) },
                { le: INF, count: 12, exemplar: { labels: { t: 'none' }, value: 2 } },
              ],
            },
          },
        ],
      },
      { name: 'timeless', type: 'histogram', metrics: [{ histogram: { ...NATIVE, exemplars: [{ labels: { t: 'none' }, value: 2 }] } }] },
      {
        name: 'several',
        type: 'histogram',
        metrics: [{ histogram: { ...NATIVE, exemplars: [at(nowS * 1000 - 1000), at(nowS * 1000 - 3000), at(nowS * 1000 - 2000)] } }],
      },
    ]),
  },
};

const om = (...lines: string[]): ScrapeCase => ({ body: lines.map((line) => `${line}\n`).join(''), contentType: OPENMETRICS });

/** Cases of the feature type-and-unit-labels. */
export const IDENTITY_CASES: Readonly<Record<string, ScrapeCase>> = {
  protobuf: {
    body: encodeExposition([
      { name: 'a_seconds', unit: 'seconds', type: 'gauge', metrics: [{ value: 1 }] },
      { name: 'b', type: 'untyped', metrics: [{ value: 1 }] },
      { name: 'c_bytes', unit: 'bytes', type: 'histogram', metrics: [{ histogram: NATIVE }] },
      { name: 'd', type: 'histogram', metrics: [{ histogram: CLASSIC }] },
      { name: 'e', type: 'gaugehistogram', metrics: [{ histogram: NATIVE }] },
      { name: 'f', type: 'summary', metrics: [{ summary: { count: 1, sum: 1, quantiles: [[0.5, 1]] } }] },
      { name: 'g_total', type: 'counter', metrics: [{ value: 1 }] },
    ]),
  },
  protobuf_overwritten: {
    body: encodeExposition([
      { name: 'a_seconds', unit: 'seconds', type: 'gauge', metrics: [{ value: 1, labels: { __type__: 'x', __unit__: 'y' } }] },
      { name: 'b', type: 'untyped', metrics: [{ value: 1, labels: { __type__: 'x', __unit__: 'y' } }] },
    ]),
  },
  protobuf_converted: { body: one(CLASSIC), ...convert },
  text: { body: '# TYPE a gauge\na 1\n# TYPE b untyped\nb 1\n# TYPE c counter\nc 1\n# HELP d Text.\nd 1\n', contentType: TEXT },
  text_untyped: { body: 'a 1\n', contentType: TEXT },
  text_overwritten: { body: 'a{__type__="x",__unit__="y"} 1\n# TYPE b gauge\nb{__type__="x",__unit__="y"} 1\n', contentType: TEXT },
  text_histogram: { body: TEXT_HISTOGRAM, contentType: TEXT },
  text_converted: { body: TEXT_HISTOGRAM, contentType: TEXT, ...convert },
  openmetrics: om('# TYPE a_seconds gauge', '# UNIT a_seconds seconds', 'a_seconds 1', '# TYPE b gauge', 'b 1', '# EOF'),
  openmetrics_unit_first: om('# UNIT a_seconds seconds', '# TYPE a_seconds gauge', 'a_seconds 1', '# TYPE b gauge', 'b 1', '# EOF'),
  openmetrics_unit_only: om('# UNIT a_seconds seconds', 'a_seconds 1', 'b 1', '# EOF'),
  openmetrics_help: om('# TYPE a_seconds gauge', '# UNIT a_seconds seconds', '# HELP b Text.', 'b 1', '# EOF'),
  openmetrics_help_same: om('# TYPE a_seconds gauge', '# UNIT a_seconds seconds', '# HELP a_seconds Text.', 'a_seconds 1', '# EOF'),
  openmetrics_types: om(
    ...['counter', 'gauge', 'histogram', 'gaugehistogram', 'stateset', 'info', 'summary', 'unknown'].flatMap((type, i) => [
      `# TYPE t${i} ${type}`,
      `t${i} 1`,
    ]),
    '# EOF',
  ),
  openmetrics_unconverted: om(
    '# TYPE h_seconds histogram',
    '# UNIT h_seconds seconds',
    'h_seconds_bucket{le="+Inf"} 3',
    'h_seconds_sum 1',
    'h_seconds_count 3',
    '# TYPE g gauge',
    'g 1',
    '# EOF',
  ),
};

const created = nowS * 1000 - 5000;

/** Cases of the feature created-timestamp-zero-ingestion, and of extra-scrape-metrics. */
export const CREATED_CASES: Readonly<Record<string, ScrapeCase>> = {
  counter: { body: encodeExposition([{ name: 'c_total', type: 'counter', metrics: [{ value: 5, createdMs: created }] }]) },
  summary: {
    body: encodeExposition([
      { name: 's', type: 'summary', metrics: [{ summary: { count: 1, sum: 2, quantiles: [[0.5, 1]], createdMs: created } }] },
    ]),
  },
  native: { body: one({ ...NATIVE, createdMs: created }) },
  float: {
    body: one({
      countFloat: 4.5,
      sum: 1,
      schema: 0,
      zeroThreshold: 0.5,
      zeroCountFloat: 0.5,
      positiveSpans: [[0, 2]],
      positiveCounts: [1.5, 2.5],
      createdMs: created,
    }),
  },
  classic: { body: one({ ...CLASSIC, createdMs: created }) },
  ...Object.fromEntries(
    [59, 61, 4_000].map((minutes) => [
      `minutes_${minutes}`,
      { body: encodeExposition([{ name: 'c_total', type: 'counter', metrics: [{ value: 5, createdMs: (nowS - minutes * 60) * 1000 }] }]) },
    ]),
  ),
  future: { body: encodeExposition([{ name: 'c_total', type: 'counter', metrics: [{ value: 5, createdMs: nowS * 1000 + 300_000 }] }]) },
  sample_limit: {
    body: encodeExposition([{ name: 'c_total', type: 'counter', metrics: [{ value: 5, createdMs: created }] }]),
    yaml: ['sample_limit: 1'],
    settings: { sampleLimit: 1 },
  },
  body_limit: { body: one(NATIVE), yaml: ['body_size_limit: 10B'], settings: { bodySizeLimitBytes: 10 } },
  garbage: { body: 'x' },
  openmetrics: om('# TYPE a counter', 'a_total 5', `a_created ${nowS - 5}`, '# EOF'),
  openmetrics_several: om(
    '# TYPE a counter',
    'a_total{i="1"} 5',
    `a_created{i="1"} ${nowS - 5}`,
    'a_total{i="2"} 6',
    'a_total{i="3"} 7',
    `a_created{i="3"} ${nowS - 4.5}`,
    `a_created{i="4"} ${nowS - 4}`,
    'a_total{i="5"} 8',
    'a_total{i="6",j="x"} 9',
    `a_created{j="x",i="6"} ${nowS - 4}`,
    '# EOF',
  ),
  openmetrics_families: om(
    '# TYPE h histogram',
    'h_bucket{i="1",le="1"} 1',
    'h_bucket{i="1",le="+Inf"} 2',
    `h_created{i="1"} ${nowS - 5}`,
    'h_sum{i="1"} 2',
    'h_count{i="1"} 2',
    '# TYPE s summary',
    's{quantile="0.5"} 1',
    's_sum 2',
    's_count 3',
    `s_created ${nowS - 5}`,
    '# TYPE g gauge',
    'g 1',
    `g_created ${nowS - 5}`,
    '# TYPE u unknown',
    'u 1',
    `u_created ${nowS - 5}`,
    '# TYPE gh gaugehistogram',
    'gh_bucket{le="+Inf"} 2',
    'gh_gcount 2',
    'gh_gsum 2',
    `gh_created ${nowS - 5}`,
    '# EOF',
  ),
  openmetrics_odd: om(
    '# TYPE a counter',
    'b_total 5',
    `a_created ${nowS - 5}`,
    'a_total 6',
    `c_created ${nowS - 5}`,
    '# TYPE d counter',
    'd_total 5',
    'd_created NaN',
    '# TYPE e counter',
    'e_total 5',
    'e_created 0',
    '# TYPE f counter',
    'f_total 5',
    `f_created ${nowS + 300}`,
    '# TYPE "my.c" counter',
    '{"my.c_total"} 5',
    `{"my.c_created"} ${nowS - 5}`,
    '# TYPE lone counter',
    `lone_created ${nowS - 5}`,
    '# EOF',
  ),
};

const ago = { timestampMs: nowS * 1000 - 2000 };

/** What is scraped to be federated; the times are those of the target, so that two scrapers agree. */
export const FEDERATED_BODY = encodeExposition([
  {
    name: 'h',
    type: 'histogram',
    metrics: [
      { histogram: NATIVE, labels: { z: '1', own: 'yes' }, ...ago },
      { histogram: { ...FINE, count: 41, zeroCount: 1, zeroThreshold: 1e-9 }, labels: { z: '2' }, ...ago },
    ],
  },
  { name: 'gh', type: 'gaugehistogram', metrics: [{ histogram: NATIVE, ...ago }] },
  { name: 'my.metric', type: 'gauge', metrics: [{ value: 1.5, labels: { 'x.y': 'z', ü_1: 'a"b\\c\nd' }, ...ago }] },
  { name: '9a', type: 'gauge', metrics: [{ value: -1e30, ...ago }] },
  { name: 'c', type: 'histogram', metrics: [{ histogram: CLASSIC, ...ago }] },
  {
    name: 'plain',
    type: 'counter',
    metrics: [
      { value: 1, labels: { site: 'mine' }, ...ago },
      { value: Number.NaN, labels: { i: 'inf' }, ...ago },
    ],
  },
]);
