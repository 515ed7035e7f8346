// Unit tests of the rules of objectives, in the format of `promtool test rules`: everything fails, nothing fails, nothing is there.
import type { LatencyIndicator, RatioIndicator, Slo } from '../schema/slo.ts';
import { errorBudget } from './budget.ts';
import { type ExampleSeries, exampleSeries, seriesText } from './example-series.ts';
import { RECORDED, sloSelector } from './recorded-names.ts';
import { sloRules } from './rules.ts';
import { extendSelector, parseSelector } from './selector.ts';

/** A file of unit tests for rules: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/. */
export interface RuleTestFile {
  readonly rule_files: readonly string[];
  readonly evaluation_interval: string;
  readonly tests: readonly RuleTest[];
}

/** One scenario. */
export interface RuleTest {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly promql_expr_test: readonly ExpressionTest[];
}

/** What an expression must answer at a time. */
export interface ExpressionTest {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

/** The tests of objectives, and those that none can be made for, with the reason. */
export interface SloRuleTests {
  readonly file: RuleTestFile;
  readonly skipped: readonly { readonly slo: Slo; readonly reason: string }[];
}

/** Minutes of samples; long enough for every `for`, short enough to be cheap. */
const MINUTES = 16;
const EVAL_TIME = `${MINUTES}m`;
/** Two samples must lie in the shortest window; slices are shorter than windows of alerts. */
const SAMPLES_PER_MINUTE = 4;

/** Tests for the rules in `ruleFiles`, which `generateSloRules` made of the same objectives. */
export function generateSloRuleTests(slos: readonly Slo[], ruleFiles: readonly string[]): SloRuleTests {
  const skipped: { slo: Slo; reason: string }[] = [];
  const tests = slos.flatMap((slo) => {
    const world = worldOf(slo);
    if (typeof world === 'string') skipped.push({ slo, reason: world });
    return typeof world === 'string' ? [] : scenarios(slo, world);
  });
  return { file: { rule_files: ruleFiles, evaluation_interval: '1m', tests }, skipped };
}

type InputSeries = RuleTest['input_series'];

/** Series of which all events fail, and of which none does. */
interface World {
  readonly failing: InputSeries;
  readonly fine: InputSeries;
}

function scenarios(slo: Slo, { failing, fine }: World): RuleTest[] {
  const test = (what: string, input_series: InputSeries, promql_expr_test: readonly ExpressionTest[]): RuleTest => ({
    name: `${slo.service}/${slo.name}: ${what}`,
    interval: '15s',
    input_series,
    promql_expr_test,
  });
  const fired = (names: readonly string[]): ExpressionTest => ({
    expr: `count by (alertname) (ALERTS{alertstate="firing",slo=${JSON.stringify(slo.name)},slo_service=${JSON.stringify(slo.service)}})`,
    eval_time: EVAL_TIME,
    exp_samples: alertsOf(slo)
      .filter((name) => names.includes(name))
      .map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
  });
  const remaining = (value: number): ExpressionTest => ({
    expr: `round(sum(${RECORDED.budgetRemaining}${sloSelector(slo)}), 0.001)`,
    eval_time: EVAL_TIME,
    exp_samples: [{ labels: '{}', value }],
  });
  const overspent = Math.round((1 - 1 / errorBudget(slo.target)) * 1_000) / 1_000;
  return [
    test('everything fails', failing, [
      fired(['ErrorBudgetBurnRateCritical', 'ErrorBudgetBurnRateWarning', 'ErrorBudgetExhausted']),
      remaining(overspent),
    ]),
    test('nothing fails', fine, [fired([]), remaining(1)]),
    test('nothing is there', [], [fired(['SLODataMissing'])]),
  ];
}

function alertsOf(slo: Slo): string[] {
  return sloRules(slo).flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : [])));
}

function worldOf(slo: Slo): World | string {
  const { indicator } = slo;
  const least = Math.max(60, SAMPLES_PER_MINUTE * (slo.minEvents ?? 0));
  if (indicator.type === 'ratio') return ratioWorld(indicator, least);
  if (indicator.type === 'latency') return latencyWorld(indicator, least);
  if (indicator.type === 'time-slice' && 'of' in indicator)
    return indicator.of.type === 'ratio' ? ratioWorld(indicator.of, least) : latencyWorld(indicator.of, least);
  return 'its indicator is a query: no series can be made up for it';
}

function ratioWorld(indicator: RatioIndicator, perMinute: number): World | string {
  const part = 'bad' in indicator ? indicator.bad : indicator.good;
  if (!('counter' in indicator.total) || !('counter' in part)) return 'its events are a query: no series can be made up for it';
  const within = exampleSeries([indicator.total.counter, part.counter]);
  const without = exampleSeries([indicator.total.counter], [part.counter]);
  if (!within || !without) return `no series is found that ${indicator.total.counter} matches and ${part.counter} does, or does not`;
  const [failing, fine] = 'bad' in indicator ? [within, without] : [without, within];
  return { failing: [counting(failing, perMinute)], fine: [counting(fine, perMinute)] };
}

function latencyWorld({ histogram, threshold, kind }: LatencyIndicator, perMinute: number): World | string {
  const selector = parseSelector(histogram);
  const any = selector && exampleSeries([extendSelector(selector, '')]);
  if (!any) return `no series is found that ${histogram} matches`;
  if (kind === 'native') {
    const fast = Math.floor(Math.log2(threshold));
    return { failing: [observing(any, fast + 2, perMinute)], fine: [observing(any, fast, perMinute)] };
  }
  const named = (suffix: string, le?: string): ExampleSeries => ({
    name: `${any.name}${suffix}`,
    labels: le === undefined ? any.labels : { ...any.labels, le },
  });
  const rest = [counting(named('_bucket', '+Inf'), perMinute), counting(named('_count'), perMinute)];
  const bucket = (count: number) => counting(named('_bucket', String(threshold)), count);
  return { failing: [bucket(0), ...rest], fine: [bucket(perMinute), ...rest] };
}

function counting(series: ExampleSeries, perMinute: number): InputSeries[number] {
  return { series: seriesText(series), values: `0+${perMinute / SAMPLES_PER_MINUTE}x${MINUTES * SAMPLES_PER_MINUTE}` };
}

/** A native histogram of schema 0, whose bucket `index` holds what is in (2^(index-1), 2^index]. */
function observing(series: ExampleSeries, index: number, perMinute: number): InputSeries[number] {
  const histogram = (count: number) => `{{schema:0 count:${count} sum:${count * 2 ** index} buckets:[${count}] offset:${index}}}`;
  return {
    series: seriesText(series),
    values: `${histogram(0)}+${histogram(perMinute / SAMPLES_PER_MINUTE)}x${MINUTES * SAMPLES_PER_MINUTE}`,
  };
}
