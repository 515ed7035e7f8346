import { ABSENT_FUNCTIONS } from './absent.ts';
import { CHANGES_FUNCTIONS } from './changes.ts';
import { CLAMP_FUNCTIONS } from './clamp.ts';
import { CONVERT_FUNCTIONS } from './convert.ts';
import type { VectorFunction } from './function.ts';
import { HISTOGRAM_FUNCTIONS } from './histogram.ts';
import { INFO_FUNCTIONS } from './info.ts';
import { LABEL_FUNCTIONS } from './labels.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { OVER_TIME_FUNCTIONS } from './over-time.ts';
import { RATE_FUNCTIONS } from './rate.ts';
import { REGRESSION_FUNCTIONS } from './regression.ts';
import { SMOOTHING_FUNCTIONS } from './smoothing.ts';
import { SORT_FUNCTIONS } from './sort.ts';
import { SPREAD_FUNCTIONS } from './spread.ts';
import { TIME_FUNCTIONS } from './time.ts';
import { TRIGONOMETRY_FUNCTIONS } from './trigonometry.ts';

/** Every function whose value is an instant vector, by name. */
export const VECTOR_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  ...ABSENT_FUNCTIONS,
  ...CHANGES_FUNCTIONS,
  ...CLAMP_FUNCTIONS,
  ...CONVERT_FUNCTIONS,
  ...HISTOGRAM_FUNCTIONS,
  ...INFO_FUNCTIONS,
  ...LABEL_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...OVER_TIME_FUNCTIONS,
  ...RATE_FUNCTIONS,
  ...REGRESSION_FUNCTIONS,
  ...SMOOTHING_FUNCTIONS,
  ...SORT_FUNCTIONS,
  ...SPREAD_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...TRIGONOMETRY_FUNCTIONS,
};
