// What an instant vector selector says, and its text.
import type { MetricUnit } from '../schema/metric-descriptor.ts';
import { checkRange, type Range } from './duration.ts';
import { CodeError } from './errors.ts';
import { formatMatchers, type Matchers, quote } from './matchers.ts';

/** Series of a metric. */
export interface Selector {
  /** Name of the family, for messages. */
  readonly family: string;
  readonly name: string;
  /** All labels that the series may have; undefined = any. */
  readonly labels: readonly string[] | undefined;
  readonly matchers: readonly string[];
  readonly offset?: string;
  readonly unit: MetricUnit | undefined;
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** The text of a selector; with a range, that of a range vector. */
export function formatSelector({ name, matchers, offset }: Selector, range?: Range): string {
  const isClassic = METRIC_NAME.test(name);
  const inside = isClassic ? matchers : [quote(name), ...matchers];
  const braces = inside.length === 0 ? '' : `{${inside.join(', ')}}`;
  const window = range === undefined ? '' : `[${checkRange(range)}]`;
  return `${isClassic ? name : ''}${braces}${window}${offset === undefined ? '' : ` offset ${offset}`}`;
}

/** The selector with further matchers. Throws `code.unknown_label` for a label that the metric has not. */
export function narrowed(selector: Selector, matchers: Matchers): Selector {
  checkLabels(selector, Object.keys(matchers));
  return { ...selector, matchers: [...selector.matchers, ...formatMatchers(matchers)] };
}

/** What the compiler says before, for those who do not ask it. */
export function checkLabels({ family, labels }: Selector, wanted: readonly string[]): void {
  const unknown = wanted.find((label) => labels && !labels.includes(label));
  if (unknown === undefined) return;
  throw new CodeError('code.unknown_label', `metric "${family}" has no label "${unknown}"; its labels are ${labels?.join(', ')}`);
}
