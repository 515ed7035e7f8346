export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
/** Takes the observations above, or below, a limit out of a histogram. */
export type TrimOperator = '</' | '>/';
export type VectorOperator = ArithmeticOperator | ComparisonOperator | TrimOperator;

const ARITHMETIC: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
  atan2: Math.atan2,
};

const COMPARISON: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** Whether the operator has a meaning for histograms only. */
export function isTrim(op: VectorOperator): op is TrimOperator {
  return op === '</' || op === '>/';
}

/** The function of an arithmetic operator, undefined for any other. */
export function arithmeticOf(op: VectorOperator): ((a: number, b: number) => number) | undefined {
  return op in ARITHMETIC ? ARITHMETIC[op as ArithmeticOperator] : undefined;
}

/** The test of a comparison operator. */
export function comparisonOf(op: ComparisonOperator): (a: number, b: number) => boolean {
  return COMPARISON[op];
}

/** IEEE 754 `pow`, which unlike JavaScript's has 1^NaN = 1 and (-1)^±Inf = 1. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1;
  return base ** exponent;
}
