/** What of PromQL upstream keeps behind `--enable-feature`; each field is one of its names. */
export interface LanguageFeatures {
  /** promql-experimental-functions */
  readonly experimentalFunctions: boolean;
  /** promql-duration-expr: arithmetic where a duration stands. */
  readonly durationExpressions: boolean;
  /** promql-delayed-name-removal: names are dropped at the end of a query, not step by step. */
  readonly delayedNameRemoval: boolean;
  /** promql-extended-range-selectors: the modifiers `anchored` and `smoothed`. */
  readonly extendedRangeSelectors: boolean;
  /** promql-binop-fill-modifiers: `fill`, `fill_left` and `fill_right` between vectors. */
  readonly fillModifiers: boolean;
  /** type-and-unit-labels: `__type__` and `__unit__` are part of a series' name. */
  readonly typeAndUnitLabels: boolean;
}

export const NO_FEATURES: LanguageFeatures = Object.freeze({
  experimentalFunctions: false,
  durationExpressions: false,
  delayedNameRemoval: false,
  extendedRangeSelectors: false,
  fillModifiers: false,
  typeAndUnitLabels: false,
});

export const ALL_FEATURES: LanguageFeatures = Object.freeze({
  experimentalFunctions: true,
  durationExpressions: true,
  delayedNameRemoval: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
  typeAndUnitLabels: true,
});
