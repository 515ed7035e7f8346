import { compileMatcher } from '../../model/matcher.ts';
import type { PickStage } from '../parse/ast.ts';
import { ERROR, ERROR_DETAILS } from './line-labels.ts';
import type { LineStage } from './pipeline.ts';

interface Pick {
  readonly name: string;
  readonly test: (value: string) => boolean;
}

function compilePicks(labels: PickStage['labels']): Pick[] {
  return labels.map(({ name, matcher }) => ({ name, test: matcher ? compileMatcher(matcher) : () => true }));
}

/** `| drop a, b="x"`. Throws AppError `matcher.bad_regexp`. */
export function dropStage(picked: PickStage['labels']): LineStage {
  const picks = compilePicks(picked);
  return ({ labels }) => {
    for (const { name, test } of picks) if (labels.has(name) && test(labels.get(name))) labels.delete(name);
    return true;
  };
}

/** `| keep a, b="x"`: drops every other label but the error of the line. Throws AppError `matcher.bad_regexp`. */
export function keepStage(picked: PickStage['labels']): LineStage {
  const picks = compilePicks(picked);
  return ({ labels }) => {
    for (const name of labels.names()) {
      if (name === ERROR || name === ERROR_DETAILS) continue;
      if (!picks.some((pick) => pick.name === name && pick.test(labels.get(name)))) labels.delete(name);
    }
    return true;
  };
}
