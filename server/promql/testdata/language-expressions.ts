// Expressions about features that upstream keeps behind flags, and the series that they are asked of.
import type { LanguageFeatures } from '../../model/language-features.ts';
import type { TestSeries } from './series.ts';

/** Expressions that are compared under the features of upstream's `flags`. */
export interface Evaluated {
  readonly what: string;
  readonly flags: readonly string[];
  readonly features: Partial<LanguageFeatures>;
  readonly expressions: readonly string[];
}

const STEP_MS = 30_000;
const FIRST_MS = 100_000;
const STEPS = 40;

/** Counters of two names, series with type and unit, info series of which one replaces another, a name in UTF-8. */
export function languageSeries(): TestSeries[] {
  const series: TestSeries[] = [];
  const line = (labels: Readonly<Record<string, string>>, valueAt: (n: number) => number, from = 0, to = STEPS) => {
    const samples = Array.from({ length: to - from }, (_, i) => ({ timestampMs: FIRST_MS + (from + i) * STEP_MS, value: valueAt(from + i) }));
    series.push({ labels, samples });
  };
  const p = { job: 'j', instance: 'p' };
  const q = { job: 'j', instance: 'q' };
  line({ __name__: 'a_total', ...p }, (n) => n);
  line({ __name__: 'a_total', ...q }, (n) => 2 * n);
  line({ __name__: 'b_total', ...p }, (n) => n + 5);
  line({ __name__: 'b_total', ...q }, (n) => 2 * n + 5);
  line({ __name__: 'build_info', ...p, goversion: 'go1', version: 'b1' }, one);
  line({ __name__: 'build_info', ...q, build: 'x', goversion: 'go2' }, one);
  line({ __name__: 'dup_info', ...p, version: 'v1' }, one);
  line({ __name__: 'gauge_total', __type__: 'gauge', ...q }, (n) => 7 * n);
  line({ __name__: 'has_version', ...p, version: 'own' }, (n) => n);
  line({ __name__: 'has_version', ...q }, (n) => n + 1);
  line({ __name__: 'has_version', job: 'k', instance: 'q' }, (n) => n + 1);
  line({ __name__: 'jobonly', foo: 'bar', job: 'j' }, (n) => n);
  line({ __name__: 'my.metric', job: 'j', 'my.label': 'ü' }, (n) => n);
  line({ __name__: 'noident', foo: 'bar' }, (n) => n);
  line({ __name__: 'other_info', job: 'k', instance: 'p', o: '1' }, one);
  line({ __name__: 'same_info', ...p, s: '1' }, one);
  line({ __name__: 'same_info', ...p, s: '2' }, one);
  line({ __name__: 'target_info', ...p, region: 'eu', version: 'v1' }, one);
  line({ __name__: 'target_info', ...q, region: 'us', version: 'v1', zone: 'z' }, one, 0, 18);
  line({ __name__: 'target_info', ...q, region: 'us', version: 'v2' }, one, 18);
  line({ __name__: 'typed', __type__: 'counter', __unit__: 'seconds', ...p }, (n) => 2 * n);
  line({ __name__: 'typed', __type__: 'gauge', __unit__: 'seconds', ...p }, (n) => 3 * n);
  line({ __name__: 'typed_total', __type__: 'counter', __unit__: 'bytes', ...p }, (n) => 4 * n);
  line({ __name__: 'typed_total', __type__: 'counter', __unit__: 'bytes', ...q }, (n) => 5 * n);
  line({ __name__: 'unitonly', __unit__: 'bytes', ...p }, (n) => 8 * n);
  line({ __name__: 'unitonly', __unit__: 'bytes', ...q }, (n) => 7 * n);
  return series;
}

function one(): number {
  return 1;
}

/** What becomes of `__type__` and `__unit__`. */
const TYPES_AND_UNITS: readonly string[] = [
  'typed',
  'rate(typed[5m])',
  '-typed',
  'abs(typed_total)',
  'typed + 1',
  'typed > bool 1',
  'typed > 1',
  'typed_total + typed_total',
  'typed_total + on(instance) typed_total',
  'typed_total + on(instance,__type__) typed_total',
  'typed_total + on(instance) group_left(__type__) typed_total',
  'typed_total + ignoring(__unit__) unitonly',
  'typed_total == ignoring(__unit__) typed_total',
  'typed_total + unitonly',
  'typed_total and unitonly',
  'typed_total and ignoring(__unit__,__type__) unitonly',
  'typed_total and on(instance) unitonly',
  'typed_total or unitonly',
  'unitonly unless typed_total',
  'sum without(instance) (typed)',
  'sum without(instance) (typed_total)',
  'sum by (__type__) (typed)',
  'sum by (__type__) (rate(typed[5m]))',
  'topk without(instance) (1, typed)',
  'count_values without(instance) ("v", typed_total)',
  'label_replace(typed_total, "x", "$1", "__type__", "(.*)")',
  'label_join(typed_total, "x", ",", "__type__", "__name__")',
  'last_over_time(typed_total[5m])',
  'max_over_time(typed_total[5m])',
  'timestamp(typed_total)',
  'quantile without (instance) (0.5, typed)',
  'absent(nope{__type__="a",__unit__="b"})',
  'histogram_quantile(0.5, typed)',
  'increase(gauge_total[5m])',
  'rate(unitonly[5m])',
  'irate(typed[5m])',
  'deriv(typed_total[5m])',
  'clamp_min(typed_total, 3)',
  'round(typed_total)',
  'hour(typed_total)',
  'sort(typed_total)',
  'typed_total * on(instance) group_left(version) target_info',
  'typed_total[1m:30s]',
  'rate(typed_total[1m])[1m:30s]',
  'vector(1) + on() group_right() typed_total',
  'scalar(typed{__type__="gauge"})',
  'max_over_time((-typed_total)[1m:30s])',
  'last_over_time(typed_total[1m:30s])',
  'sum without (__name__, instance) (typed)',
  'limitk(1, typed_total)',
];

/** What becomes of names. */
const NAMES: readonly string[] = [
  'rate({__name__=~"a_total|b_total"}[5m])',
  '-{__name__=~"a_total|b_total"}',
  'label_replace(rate({__name__=~"a_total|b_total"}[5m]), "name", "$1", "__name__", "(.*)_total")',
  'label_replace(rate(a_total[5m]), "__name__", "rate_$1", "__name__", "(.*)")',
  'label_replace(rate(a_total[5m]), "__name__", "x", "instance", "p")',
  'label_replace(rate(a_total[5m]), "__name__", "", "instance", "p")',
  'label_replace(rate(a_total[5m]), "__name__", "$1", "__name__", "(.*)")',
  'label_replace(rate(a_total[5m]), "foo", "$1", "__name__", "(.*)")',
  'label_join(rate(a_total[5m]), "__name__", "_", "__name__", "instance")',
  'label_join(rate(a_total[5m]), "foo", "_", "__name__", "instance")',
  'label_join(rate(a_total[5m]), "__name__", "_", "nope")',
  'sum by (__name__) (rate({__name__=~"a_total|b_total"}[5m]))',
  'sum by (__name__, job) (a_total)',
  'sum by (__name__) (a_total or rate(a_total[5m]))',
  'sum by (__name__) ({__name__=~"a_total|b_total"} or rate({__name__=~"a_total|b_total"}[5m]))',
  'sum by (__name__) (abs(a_total{instance="p"}) or a_total)',
  'sum by (__name__) (abs(a_total) or a_total{instance="p"})',
  'count by (__name__) (abs(a_total{instance="p"}) or a_total{instance="q"})',
  'sum without (instance) (rate({__name__=~"a_total|b_total"}[5m]))',
  'sum(rate({__name__=~"a_total|b_total"}[5m]))',
  'topk(1, rate({__name__=~"a_total|b_total"}[5m]))',
  'topk by (__name__) (1, rate({__name__=~"a_total|b_total"}[5m]))',
  'limitk by (__name__) (1, rate({__name__=~"a_total|b_total"}[5m]))',
  'limit_ratio(1, rate({__name__=~"a_total|b_total"}[5m]))',
  'count_values by (__name__) ("v", rate({__name__=~"a_total|b_total"}[5m]))',
  'count_values("__name__", rate(a_total[5m]))',
  'count_values("v", rate({__name__=~"a_total|b_total"}[5m]))',
  'quantile by (__name__) (0.5, rate({__name__=~"a_total|b_total"}[5m]))',
  'rate(a_total[5m]) + rate(b_total[5m])',
  'rate(a_total[5m]) + on(__name__, instance) rate(b_total[5m])',
  'rate(a_total[5m]) + on(__name__, instance) rate(a_total[5m])',
  'rate({__name__=~"a_total|b_total"}[5m]) + on(__name__, instance) rate({__name__=~"a_total|b_total"}[5m])',
  'rate({__name__=~"a_total|b_total"}[5m]) > on(__name__, instance) rate({__name__=~"a_total|b_total"}[5m]) * 0.5',
  'rate({__name__=~"a_total|b_total"}[5m]) >= on(__name__, instance) rate({__name__=~"a_total|b_total"}[5m])',
  'rate({__name__=~"a_total|b_total"}[5m]) >= bool on(__name__, instance) rate({__name__=~"a_total|b_total"}[5m])',
  'a_total >= bool a_total',
  'label_replace(a_total >= bool a_total, "n", "$1", "__name__", "(.*)")',
  'label_replace(a_total + a_total, "n", "$1", "__name__", "(.*)")',
  'label_replace(a_total + 1, "n", "$1", "__name__", "(.*)")',
  'label_replace(a_total > bool 1, "n", "$1", "__name__", "(.*)")',
  'label_replace(a_total > 1, "n", "$1", "__name__", "(.*)")',
  'label_replace(-a_total, "n", "$1", "__name__", "(.*)")',
  '{__name__=~"a_total|b_total"} + 1',
  '{__name__=~"a_total|b_total"} > bool 1',
  '1 + {__name__=~"a_total|b_total"}',
  'rate(a_total[5m]) and rate(b_total[5m])',
  'rate(a_total[5m]) and on(__name__) rate(b_total[5m])',
  'rate(a_total[5m]) or rate(b_total[5m])',
  'rate(a_total[5m]) or on(__name__) rate(b_total[5m])',
  'rate(a_total[5m]) or on(__name__,instance) rate(b_total[5m])',
  'rate(a_total[5m]) unless on(__name__) rate(b_total[5m])',
  'a_total or on(__name__,instance) abs(a_total)',
  'abs(a_total) or on(instance, job, foo, __name__) a_total',
  'abs(a_total{instance="p"}) or a_total',
  'sort(rate({__name__=~"a_total|b_total"}[5m]))',
  'sort_by_label(rate({__name__=~"a_total|b_total"}[5m]), "__name__")',
  'abs({__name__=~"a_total|b_total"})',
  'abs(rate({__name__=~"a_total|b_total"}[5m]))',
  'max_over_time(rate({__name__=~"a_total|b_total"}[1m])[2m:30s])',
  'last_over_time((a_total or rate(b_total[1m]))[2m:30s])',
  'last_over_time(a_total[2m:30s])',
  'rate(a_total[1m])[2m:30s]',
  'rate({__name__=~"a_total|b_total"}[1m])[2m:30s]',
  'absent(rate(nope[5m]))',
  'absent_over_time(nope[5m])',
  'scalar(rate(a_total{instance="p"}[5m]))',
  'vector(1)',
  'timestamp(a_total)',
  'label_replace(timestamp(a_total), "n", "$1", "__name__", "(.*)")',
  'label_replace(hour(a_total), "n", "$1", "__name__", "(.*)")',
  'label_replace(vector(1), "__name__", "x", "", "")',
  'rate(a_total[5m]) * on(instance) group_left(__name__) b_total',
  'rate(a_total[5m]) > on(instance) group_left(__name__) b_total * 0',
  'a_total > on(instance) group_left(__name__) rate(b_total[5m]) * 0',
  'a_total > on(instance) group_left() rate(b_total[5m]) * 0',
  'label_replace(a_total > on(instance) group_left(__name__) rate(b_total[5m]) * 0, "n","$1","__name__","(.*)")',
  'rate(a_total[5m]) > on(instance) b_total * 0',
  'a_total > on(instance) (b_total * 0)',
  '(b_total * 0) < on(instance) a_total',
  '(b_total * 0) < a_total',
  'a_total > (b_total * 0)',
  'a_total > on(instance, __name__) a_total * 0',
  'group by (__name__) (rate(a_total[5m]))',
  'sum by (__name__, instance) (rate(a_total[5m]) or b_total)',
  'histogram_quantile(0.5, rate(a_total[5m]))',
  'predict_linear({__name__=~"a_total|b_total"}[5m], 10)',
  'quantile_over_time(0.5, {__name__=~"a_total|b_total"}[5m])',
  'clamp({__name__=~"a_total|b_total"}, 1, 2)',
  'label_replace(clamp(a_total, 1, 2), "n","$1","__name__","(.*)")',
  'label_replace(sum by (__name__) (rate(a_total[5m])), "n","$1","__name__","(.*)")',
  'sum by (n) (label_replace(rate(a_total[5m]), "n","$1","__name__","(.*)"))',
  'label_replace(label_replace(rate(a_total[5m]), "__name__", "kept", "", ""), "n","$1","__name__","(.*)")',
  'rate(label_replace(a_total,"__name__","zzz","","")[2m:30s])',
  'abs(label_replace(rate(a_total[5m]), "__name__", "kept", "", ""))',
  'label_replace(label_replace(rate(typed[5m]), "__name__", "kept", "", ""),"t","$1","__type__","(.*)")',
  'label_replace(rate(typed[5m]),"t","$1","__type__","(.*)")',
  'label_replace(rate(typed[5m]),"__type__","c","","")',
  'label_replace(rate(typed_total[5m]),"__type__","c","","")',
  'sum by (__type__) (rate(typed[5m]))',
  'sum by (__unit__) (rate(typed[5m]))',
  'sum by (__name__) (rate(typed[5m]))',
  'sum without (instance) (rate(typed[5m]))',
  'sum without (instance) (rate(typed_total[5m]))',
  'topk without (instance) (1, rate(typed_total[5m]))',
  'rate(typed_total[5m]) + on(__type__, instance) rate(typed_total[5m])',
  'rate(typed_total[5m]) > on(__type__, instance) rate(typed_total[5m]) * 0.1',
  'rate(typed_total[5m]) > ignoring(foo) rate(typed_total[5m]) * 0.1',
  'rate(typed_total[5m]) > rate(typed_total[5m]) * 0.1',
  'count_values without(instance) ("v", rate(typed_total[5m]))',
  '{__name__=~"a_total|b_total"} * 2 > 1',
  'info(rate(a_total[5m]))',
  'label_replace(info(rate(a_total[5m])),"n","$1","__name__","(.*)")',
];

/** Computed durations. */
const DURATIONS: readonly string[] = [
  'sum_over_time(a_total[1m*2])',
  'sum_over_time(a_total[(1m+30)*2])',
  'a_total offset (1m*2)',
  'a_total offset -(1m*2)',
  'a_total offset -(1m+0.5)',
  'rate(a_total[2^8])',
  'max_over_time(a_total[4m/2:30s*2])',
  'max_over_time(a_total[10m%7m:30s+0] offset (1m-2m))',
  'count_over_time(a_total[-5m*-2])',
  'a_total[1m*2]',
  'a_total[5m-2m:1m/2]',
  'sum_over_time(a_total[1.0005*100])',
  'count_over_time(a_total[0.03*1000.5])',
  'count_over_time(a_total[60.0009999*1])',
  'count_over_time(a_total[1/3*180])',
  'a_total offset (0.0015*1000)',
];

/** info(), without what was corrected in it after 3.5. */
const INFO: readonly string[] = [
  'info(a_total)',
  'info(a_total, {})',
  'info(a_total, {version=~".+"})',
  'info(a_total, {version="v1"})',
  'info(a_total, {version="v2"})',
  'info(a_total, {version!="v2"})',
  'info(a_total, {region="eu"})',
  'info(a_total, {zone=~".*"})',
  'info(a_total, {zone=~".+"})',
  'info(a_total, {nope=~".*"})',
  'info(a_total, {nope=~".+"})',
  'info(a_total, {nope=""})',
  'info(a_total, {version="v1", region="us"})',
  'info(a_total, {__name__="build_info"})',
  'info(a_total, {__name__="build_info", goversion=~".+"})',
  'info(a_total, {__name__=~".+_info"})',
  'info(a_total, {__name__=~"(target|build)_info"})',
  'info(a_total, {__name__=~"(target|build)_info", goversion=~".+"})',
  'info(a_total, {__name__=~"(target|build)_info", goversion=~".+", region=~".+"})',
  'info(a_total, {__name__=~"(target|dup)_info"})',
  'info(a_total, {__name__="same_info"})',
  'info(a_total, {__name__="other_info"})',
  'info(a_total, {__name__="other_info", o=~".*"})',
  'info(a_total, {__name__="other_info", o=~".+"})',
  'info(a_total, {"build_info"})',
  'info(noident)',
  'info(noident, {version=~".+"})',
  'info(noident, {version=~".*"})',
  'info(jobonly)',
  'info(jobonly, {version=~".+"})',
  'info(has_version)',
  'info(has_version, {region=~".+"})',
  'info(target_info)',
  'info(build_info)',
  'info(build_info, {__name__="build_info"})',
  'info({__name__=~"a_total|target_info"})',
  'info({__name__=~"a_total|target_info|build_info"}, {__name__="build_info"})',
  'info(rate(a_total[5m]))',
  'info(sum by (job, instance) (a_total))',
  'info(sum by (job) (a_total))',
  'info(sum(a_total))',
  'info(a_total offset 10m)',
  'info(a_total @ 100000)',
  'info(rate(a_total[1m] offset 10m))',
  'info(sum by (job, instance) (a_total offset 10m))',
  'info(a_total, {version=~".+"} offset 10m)',
  'info(nope)',
  'info(vector(1))',
  'info(a_total, {job="k"})',
  'info(a_total, {instance="p", version=~".+"})',
  'sum by (version) (info(a_total))',
  'info(a_total) * 2',
  'max_over_time(info(a_total)[5m:1m])',
  'info(a_total == 1e9)',
  'info(a_total, {version=~".+", version!="v1"})',
  'info(a_total, {version=~".*", region=~".+"})',
  'info(a_total, {__name__=~".+", zone=~".+"})',
  'label_replace(info(a_total), "x", "$1", "version", "(.*)")',
  'info(a_total @ 300)',
  'info({__name__=~"a_total|noident"})',
  'info({__name__=~"a_total|noident|jobonly"}, {version=~".*"})',
  'info(a_total offset 1m)',
  'info(a_total offset 4m)',
  'info(a_total offset 5m)',
  'info(a_total offset -5m)',
  'info(has_version{job="k"}, {__name__="same_info"})',
  'info(a_total{instance="q"}, {__name__="same_info"})',
];

/** Names in UTF-8 everywhere. */
const QUOTED: readonly string[] = [
  '{"my.metric"}',
  '{"my.metric", "my.label"="ü"}',
  'sum by ("my.label") ({"my.metric"})',
  'sum without ("my.label") ({"my.metric"})',
  '{"my.metric"} * on ("my.label") {"my.metric"}',
  '{"my.metric"} * ignoring ("my.label") group_left ("my.label") sum by (job) ({"my.metric"})',
  'a_total * on (job) group_left ("my.label") {"my.metric"}',
  'label_replace(a_total, "new.label", "$1", "instance", "(.*)")',
  'label_replace({"my.metric"}, "x", "$1", "my.label", "(.*)")',
  'label_join(a_total, "new.label", "-", "job", "instance")',
  'count_values("the.value", a_total)',
  'count_values by ("my.label") ("v", {"my.metric"})',
  'rate({"my.metric"}[5m])',
  'absent({"no.metric", "my.label"="x"})',
  'sort_by_label({__name__=~"my.metric|a_total"}, "my.label")',
  'topk by ("my.label") (1, {"my.metric"})',
  '{"my.metric"}[1m]',
  'info({"my.metric"})',
];

const EXPERIMENTAL = 'promql-experimental-functions';
const DURATION = 'promql-duration-expr';
const LATE = 'promql-delayed-name-removal';
const TYPED = 'type-and-unit-labels';

export const EVALUATED: readonly Evaluated[] = [
  { what: 'names', flags: [EXPERIMENTAL], features: { experimentalFunctions: true }, expressions: [...NAMES, ...TYPES_AND_UNITS, ...QUOTED] },
  {
    what: 'names that are dropped late',
    flags: [EXPERIMENTAL, LATE],
    features: { experimentalFunctions: true, delayedNameRemoval: true },
    expressions: [...NAMES, ...TYPES_AND_UNITS, ...INFO, ...QUOTED],
  },
  {
    what: 'types and units',
    flags: [EXPERIMENTAL, TYPED],
    features: { experimentalFunctions: true, typeAndUnitLabels: true },
    expressions: [...TYPES_AND_UNITS, ...INFO],
  },
  {
    what: 'types and units that are dropped late',
    flags: [EXPERIMENTAL, TYPED, LATE],
    features: { experimentalFunctions: true, typeAndUnitLabels: true, delayedNameRemoval: true },
    expressions: [...NAMES, ...TYPES_AND_UNITS],
  },
  {
    what: 'info() and computed durations',
    flags: [EXPERIMENTAL, DURATION],
    features: { experimentalFunctions: true, durationExpressions: true },
    expressions: [...INFO, ...DURATIONS],
  },
];
