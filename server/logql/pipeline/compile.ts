import { type Clock, systemClock } from '../../model/clock.ts';
import type { Stage } from '../parse/ast.ts';
import { decolorizeStage } from './decolorize.ts';
import { labelFormatStage, lineFormatStage } from './format.ts';
import { jsonStage } from './json.ts';
import { jsonExpressionsStage } from './json-expressions.ts';
import { labelFilterStage } from './label-filter.ts';
import { lineFilterStage } from './line-filter.ts';
import { logfmtStage } from './logfmt.ts';
import { labelsReadBy } from './needed-labels.ts';
import { patternStage } from './pattern.ts';
import { dropStage, keepStage } from './pick.ts';
import type { LineStage } from './pipeline.ts';
import { regexpStage } from './regexp.ts';
import { unpackStage } from './unpack.ts';

export interface CompileOptions {
  /**
   * The labels that are wanted in the end (of grouping, unwrap and its filters). Parsers then set only these and what later stages
   * look at; errors of lines are found all the same. Undefined: all labels are wanted.
   */
  readonly neededLabels?: ReadonlySet<string> | undefined;
  /** For `now` in templates; default: real time. */
  readonly clock?: Clock | undefined;
}

/**
 * The stages of a query in order, to be run on one line after the other until one says false. They keep state between lines: not to be
 * shared by queries. Throws AppError `logql.parse` or `matcher.bad_regexp`.
 */
export function compileStages(stages: readonly Stage[], options: CompileOptions = {}): LineStage[] {
  const clock = options.clock ?? systemClock;
  const compiled: LineStage[] = [];
  let needed = options.neededLabels;
  // From the end: what a parser must set is what comes behind it.
  for (const stage of stages.toReversed()) {
    compiled.push(compileStage(stage, needed, clock));
    const read = needed && labelsReadBy(stage);
    needed = needed && read ? new Set([...needed, ...read]) : undefined;
  }
  return compiled.reverse();
}

function compileStage(stage: Stage, needed: ReadonlySet<string> | undefined, clock: Clock): LineStage {
  switch (stage.kind) {
    case 'line_filter':
      return lineFilterStage(stage);
    case 'json':
      return stage.extractions.length > 0 ? jsonExpressionsStage(stage.extractions) : jsonStage(needed);
    case 'logfmt':
      return logfmtStage(stage, needed);
    case 'pattern':
      return patternStage(stage.pattern, needed);
    case 'regexp':
      return regexpStage(stage.pattern, needed);
    case 'unpack':
      return unpackStage();
    case 'decolorize':
      return decolorizeStage();
    case 'drop':
      return dropStage(stage.labels);
    case 'keep':
      return keepStage(stage.labels);
    case 'label_filter':
      return labelFilterStage(stage.filter);
    case 'line_format':
      return lineFormatStage(stage, clock);
    case 'label_format':
      return labelFormatStage(stage, clock);
  }
}
