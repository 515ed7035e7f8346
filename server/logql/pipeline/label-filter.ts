import { compileMatcher } from '../../model/matcher.ts';
import type { Comparison, LabelFilter } from '../parse/ast.ts';
import { type Converted, toBytes, toDurationNs, toFloat } from './convert.ts';
import { compileIpSearch } from './ip.ts';
import type { LineStage } from './pipeline.ts';

export const LABEL_FILTER_ERROR = 'LabelFilterErr';

const COMPARE: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};
const CONVERT: Readonly<Record<'number' | 'duration' | 'bytes', (text: string) => Converted>> = {
  number: toFloat,
  duration: toDurationNs,
  bytes: toBytes,
};

/** A condition on labels. Throws AppError `matcher.bad_regexp` or `logql.parse`. */
export function labelFilterStage(filter: LabelFilter): LineStage {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return bothStage(filter.kind === 'or', labelFilterStage(filter.left), labelFilterStage(filter.right));
    case 'string': {
      const { name } = filter.matcher;
      const test = compileMatcher(filter.matcher);
      return ({ labels }) => test(labels.get(name));
    }
    case 'ip': {
      const { name } = filter;
      const isInside = compileIpSearch(filter.pattern);
      return ({ labels }) => labels.hasError() || (labels.has(name) && isInside(labels.get(name)) === (filter.op === '='));
    }
    default:
      return comparisonStage(filter);
  }
}

function bothStage(isOr: boolean, left: LineStage, right: LineStage): LineStage {
  return (state) => {
    const isLeft = left(state);
    if (isLeft === isOr) return isLeft;
    return right(state);
  };
}

/** A line that has an error already passes; so does one whose label cannot be read, with an error. A missing label fails. */
function comparisonStage({ kind, name, op, value }: Extract<LabelFilter, { kind: 'number' | 'duration' | 'bytes' }>): LineStage {
  const compare = COMPARE[op];
  const convert = CONVERT[kind];
  return ({ labels }) => {
    if (labels.hasError()) return true;
    const text = labels.get(name);
    if (text === '') return false;
    const found = convert(text);
    if (found.problem !== undefined) {
      labels.fail(LABEL_FILTER_ERROR, found.problem);
      return true;
    }
    return compare(found.value, value);
  };
}
