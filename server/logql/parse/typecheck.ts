import { meaningError } from '../errors.ts';
import type { RangeAggregation, RangeOp } from './ast.ts';

const WITHOUT_UNWRAP = new Set<RangeOp>(['rate', 'count_over_time', 'bytes_rate', 'bytes_over_time', 'absent_over_time']);
const WITH_UNWRAP = new Set<RangeOp>([
  'rate',
  'rate_counter',
  'avg_over_time',
  'sum_over_time',
  'min_over_time',
  'max_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'quantile_over_time',
  'first_over_time',
  'last_over_time',
  'absent_over_time',
]);
const WITH_GROUPING = new Set<RangeOp>([
  'avg_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'quantile_over_time',
  'max_over_time',
  'min_over_time',
  'first_over_time',
  'last_over_time',
]);

/** Refuses what the grammar allows and Loki does not, in its words. */
export function checkRangeAggregation({ op, unwrap, param, grouping, rangeNs }: RangeAggregation): void {
  if (op === 'quantile_over_time' && param === undefined) throw meaningError(`parameter required for operation ${op}`);
  if (op !== 'quantile_over_time' && param !== undefined) throw meaningError(`parameter ${param} not supported for operation ${op}`);
  if (grouping && !WITH_GROUPING.has(op)) throw meaningError(`grouping not allowed for ${op} aggregation`);
  if (unwrap && !WITH_UNWRAP.has(op)) throw meaningError(`invalid aggregation ${op} with unwrap`);
  if (!unwrap && !WITHOUT_UNWRAP.has(op)) throw meaningError(`invalid aggregation ${op} without unwrap`);
  if (rangeNs <= 0n) throw meaningError('range must be above 0');
}
