// What upstream says about histograms in a query.
import type { HistogramNote, HistogramOperation } from '../../vector/histogram-cells.ts';
import type { Annotations } from './annotations.ts';

/** Something about the histograms of one series in a range vector. */
export type RangeNote =
  | 'mixed'
  | 'ignored'
  | 'not_counter'
  | 'not_gauge'
  | 'mixed_schemas'
  | { readonly kind: 'bounds_reconciled' | 'reset_collision'; readonly operation: HistogramOperation };

/** Tells about the operation `name` (an aggregation or an operator); `operand` and `whole` are the places of its operand and of all of it. */
export function annotateOperation(
  note: HistogramNote,
  name: string,
  { operand, whole }: { readonly operand: number; readonly whole: number },
  annotations: Annotations,
): void {
  switch (note.kind) {
    case 'mixed':
      annotations.warn('encountered a mix of histograms and floats for aggregation', operand);
      break;
    case 'ignored':
      annotations.info(`ignored histogram in ${name} aggregation`, operand);
      break;
    case 'mixed_schemas':
      annotations.warn(mixedSchemas(note.name), operand);
      break;
    case 'incompatible_layout':
      annotations.warn(`incompatible bucket layout encountered for binary operator ${name}`, whole);
      break;
    case 'incompatible_types':
      annotations.info(`incompatible sample types encountered for binary operator "${name}": ${note.left} ${name} ${note.right}`, whole);
      break;
    case 'bounds_reconciled':
    case 'reset_collision':
      annotateArithmetic(note, note.operation === 'aggregation' ? operand : whole, annotations);
  }
}

/** Tells about a series named `metricName` in a range vector at `offset`. */
export function annotateRange(note: RangeNote, metricName: string, offset: number, annotations: Annotations): void {
  const name = JSON.stringify(metricName);
  switch (note) {
    case 'mixed':
      annotations.warn(`encountered a mix of histograms and floats for metric name ${name}`, offset);
      break;
    case 'ignored':
      annotations.info(`ignored histograms in a range containing both floats and histograms for metric name ${name}`, offset);
      break;
    case 'not_counter':
      annotations.warn(`this native histogram metric is not a counter: ${name}`, offset);
      break;
    case 'not_gauge':
      annotations.warn(`this native histogram metric is not a gauge: ${name}`, offset);
      break;
    case 'mixed_schemas':
      annotations.warn(mixedSchemas(metricName), offset);
      break;
    default:
      annotateArithmetic(note, offset, annotations);
  }
}

function annotateArithmetic(
  { kind, operation }: { readonly kind: 'bounds_reconciled' | 'reset_collision'; readonly operation: HistogramOperation },
  offset: number,
  annotations: Annotations,
): void {
  if (kind === 'bounds_reconciled') annotations.info(`mismatched custom buckets were reconciled during ${operation}`, offset);
  else annotations.warn(`conflicting counter resets during histogram ${operation}`, offset);
}

function mixedSchemas(metricName: string): string {
  return `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${JSON.stringify(metricName)}`;
}
