export { type LabelPattern, patternOf, recognisePattern } from './label-pattern.ts';
export {
  type CardinalityAnalysis,
  type CardinalityLabel,
  type HighCardinalityMetric,
  MetricsOptimizer,
  type OptimizerOptions,
  type StorageCost,
} from './metrics-optimizer.ts';
export {
  type BillItem,
  EXERCISE_LOAD,
  EXERCISE_STACK,
  type MonitoredLoad,
  type MonthlyBill,
  monthlyBill,
  type Workload,
} from './monthly-bill.ts';
export { EXERCISE_PRICES, type Prices } from './prices.ts';
export {
  HIGH_CARDINALITY_SERIES,
  type MetricUse,
  RETENTION_DAYS,
  type RetentionClass,
  retentionClass,
} from './retention-policy.ts';
export { GB, type QueryPerformance, queryPerformance, type StoredSeries, storageBytes } from './storage-cost.ts';
