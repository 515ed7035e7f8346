import { describe, expect, it } from 'vitest';
import { ALL_FEATURES, type LanguageFeatures, NO_FEATURES } from '../../model/language-features.ts';
import { parseExpr } from '../parse/parse.ts';
import { stepDependence } from './stepwise.ts';

/** Features that change nothing about what a step depends on. */
const MORE: LanguageFeatures = { ...ALL_FEATURES, delayedNameRemoval: false, typeAndUnitLabels: false };
const of = (expr: string, features = MORE) => stepDependence(parseExpr(expr, features), features);

describe('a step depends on', () => {
  it.each([
    'x',
    '1 + 2',
    'time() - timestamp(x)',
    'sum by (service) (rate(x_total[5m]))',
    'sum by (a) (rate(x{b="1"}[5m] offset 1h)) / sum by (a) (rate(x[5m]))',
    'histogram_quantile(0.95, sum by (le, service) (rate(x_bucket[5m])))',
    '100 - (avg by (instance) (irate(x{mode="idle"}[5m])) * 100)',
    '1 - x / y',
    'avg(1 - x / y)',
    'sum(x * on (a) group_left () y)',
    'topk(5, rate(x[5m]))',
    'topk(5, x > 3)',
    'count(sum by (a) (x))',
    'max_over_time(rate(x[5m])[1h:1m])',
    'label_replace(sum by (a) (x), "b", "$1", "a", "(.*)")',
    'sum({__name__=~"x|y"})',
    'x or y and z',
    'absent(x) or vector(1)',
    'last_over_time(x[5m] anchored)',
  ])('nothing else: %s', (expr) => {
    expect(of(expr)).toBe('nothing');
  });

  it.each([
    'topk(5, sum by (a) (x offset 5m))',
    'topk(5, sum by (a) (max_over_time(x[5m:1m])))',
    'bottomk(1, x * on (a) group_left (b) y)',
    'topk(2, count by (a) (x > 1))',
  ])('nothing but ties: %s', (expr) => {
    expect(of(expr)).toBe('ties');
  });

  it.each(['topk(5, sum by (a) (rate(x[5m])))', 'bottomk(5, count by (a) (x))'])(
    'nothing, unless there are ties, and then which series there are: %s',
    (expr) => {
      expect(of(expr)).toBe('ties in series');
    },
  );

  it.each([
    'limitk(5, sum by (a) (rate(x[5m])))',
    'topk(5, sum(sum by (a) (x)))',
    'sum(sum by (a) (x))',
    'sum(sum without (b) (x) * 2)',
    'rate({__name__=~"x|y"}[5m])',
    '-{job="j"}',
    'sum(label_replace(x, "b", "$1", "a", "(.*)"))',
    'sum({__name__=~"x|y"} + 1)',
  ])('which series there are: %s', (expr) => {
    expect(of(expr)).toBe('series');
  });

  it.each([
    'topk(1, (x > 5) * on (job) y) + on () group_left () (0 * sum(sum by (job) (x)))',
    'x @ 5',
    'x @ start()',
    'rate(x[5m] @ end())',
    'max_over_time(x[5m:1m] @ 9)',
    'x offset -1m',
    'sum(max_over_time(x[5m:1m] offset -1m))',
    'end() - time()',
    'x + step()',
    'rate(x[step()]) + range()',
    'rate(x[max(step(), 1m)])',
    'x offset step()',
    'sum_over_time(x[5m:step()])',
    'info(x)',
    'sort(x)',
    'sum(sort_by_label(x, "a"))',
    'rate(x[5m] smoothed)',
    'x + fill(0) y',
    'topk(scalar(k), x)',
    'quantile_over_time(scalar(q), x[5m])',
    'clamp_max(x, time())',
    'sum(topk(2, x))',
    'sum(sum by (a) (x > 1))',
    'sum(x * on (a) y)',
    'sum(x * on (a) group_left (b) y)',
    'max(x or y)',
    'avg(histogram_quantile(0.9, x_bucket))',
    '-({job="j"} > 1)',
    'limitk(5, sum by (a) (x offset 5m))',
    'limitk(5, sum by (a) (max_over_time(x[5m:1m])))',
  ])('anything: %s', (expr) => {
    expect(of(expr)).toBe('range');
  });

  it('more, where names go late or metadata is in labels', () => {
    expect(of('x', { ...NO_FEATURES, delayedNameRemoval: true })).toBe('range');
    expect(of('rate(x[5m])', { ...NO_FEATURES, typeAndUnitLabels: true })).toBe('series');
  });
});
