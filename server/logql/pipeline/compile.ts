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
   * look at; one behind which no label is looked at at all, `__error__` included, is left out, as Loki does: its errors are not found.
   * Undefined: all labels are wanted.
   */
  readonly neededLabels?: ReadonlySet<string> | undefined;
  /** Whether the line itself is looked at in the end (its length, for one). */
  readonly isLineNeeded?: boolean | undefined;
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
  let isLineRead = options.isLineNeeded ?? false;
  // From the end: what a parser must set is what comes behind it.
  for (const stage of stages.toReversed()) {
    const run = compileStage(stage, needed, clock);
    if (!(needed?.size === 0 && isOnlyParser(stage, isLineRead))) {
      compiled.push(run);
      isLineRead ||= READS_LINE.has(stage.kind);
    }
    const read = needed && labelsReadBy(stage);
    needed = needed && read ? new Set([...needed, ...read]) : undefined;
  }
  return compiled.reverse();
}

const PARSERS = new Set<Stage['kind']>(['json', 'logfmt', 'pattern', 'regexp']);
const READS_LINE = new Set<Stage['kind']>([...PARSERS, 'line_filter', 'line_format', 'label_format', 'unpack']);

/** Whether the stage does nothing but set labels; `unpack` does more where somebody looks at the line behind it. */
function isOnlyParser({ kind }: Stage, isLineRead: boolean): boolean {
  return PARSERS.has(kind) || (kind === 'unpack' && !isLineRead);
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
