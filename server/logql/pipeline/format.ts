import { isAppError } from '../../model/app-error.ts';
import type { Clock } from '../../model/clock.ts';
import type { LabelFormatStage, LineFormatStage } from '../parse/ast.ts';
import { compileLineTemplate, type LineTemplate } from './line-template.ts';
import type { LineStage, LineState } from './pipeline.ts';

export const TEMPLATE_ERROR = 'TemplateFormatErr';

/** `| line_format "{{.a}}"`; a line whose template fails stays as it is, with an error. Throws AppError `logql.parse`. */
export function lineFormatStage({ template }: LineFormatStage, clock: Clock): LineStage {
  const compiled = compileLineTemplate('line', template, clock);
  return (state) => {
    state.line = expandOr(state, compiled) ?? state.line;
    return true;
  };
}

/** `| label_format a=b, c="{{.d}}"`; templates see the labels as they were before the first of them. Throws AppError `logql.parse`. */
export function labelFormatStage({ assignments }: LabelFormatStage, clock: Clock): LineStage {
  const steps = assignments.map(({ label, from, template }) => ({
    label,
    from,
    template: template === undefined ? undefined : compileLineTemplate(`label '${label}'`, template, clock),
  }));
  const needsSnapshot = steps.filter(({ template }) => template).length > 1;
  return (state) => {
    const { labels } = state;
    let snapshot: ReadonlyMap<string, string> | undefined;
    for (const { label, from, template } of steps) {
      if (template) {
        if (needsSnapshot) snapshot ??= new Map(labels.names().map((name) => [name, labels.get(name)]));
        const value = expandOr(state, template, snapshot);
        if (value !== undefined) labels.set(label, value);
      } else if (from !== undefined && from !== label && labels.has(from)) {
        labels.set(label, labels.get(from));
        labels.delete(from);
      }
    }
    return true;
  };
}

/** The text, or undefined with the error noted in the line's labels. */
function expandOr(state: LineState, template: LineTemplate, snapshot?: ReadonlyMap<string, string>): string | undefined {
  try {
    return template.expand(state, snapshot);
  } catch (error) {
    if (!isAppError(error)) throw error;
    state.labels.fail(TEMPLATE_ERROR, error.message);
    return undefined;
  }
}
