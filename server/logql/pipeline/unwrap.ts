import type { Unwrap } from '../parse/ast.ts';
import { type Converted, toBytes, toDurationNs, toFloat } from './convert.ts';
import { labelFilterStage } from './label-filter.ts';
import type { LineState } from './pipeline.ts';

export const UNWRAP_ERROR = 'SampleExtractionErr';

/** The number of a line; undefined leaves the line out. */
export type UnwrapLine = (state: LineState) => number | undefined;

/**
 * The number of a line: the label's value as it is, as a duration in seconds, or in bytes. Undefined when the line has no such label
 * or the filters behind `unwrap` drop it. A value that is no number gives 0 and sets `__error__`, for those filters to see.
 * Throws AppError `matcher.bad_regexp` or `logql.parse`.
 */
export function compileUnwrap({ label, conversion, filters }: Unwrap): UnwrapLine {
  const convert = conversion === '' ? toFloat : conversion === 'bytes' ? toBytes : toSeconds;
  const stages = filters.map(labelFilterStage);
  return (state) => {
    const text = state.labels.get(label);
    if (text === '') return undefined;
    const found = convert(text);
    if (found.problem !== undefined) state.labels.fail(UNWRAP_ERROR, found.problem);
    for (const stage of stages) if (!stage(state)) return undefined;
    return found.value ?? 0;
  };
}

function toSeconds(text: string): Converted {
  const found = toDurationNs(text);
  return found.problem === undefined ? { value: found.value / 1e9 } : found;
}
