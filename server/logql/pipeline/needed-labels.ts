import { systemClock } from '../../model/clock.ts';
import type { LabelFilter, Stage } from '../parse/ast.ts';
import { compileLineTemplate } from './line-template.ts';

/** The labels that a stage looks at; undefined when that may be any. */
export function labelsReadBy(stage: Stage): ReadonlySet<string> | undefined {
  switch (stage.kind) {
    case 'label_filter':
      return new Set(namesOfFilter(stage.filter));
    case 'drop':
    case 'keep':
      // A label that is dropped or kept whatever its value is not looked at.
      return new Set(stage.labels.flatMap(({ name, matcher }) => (matcher ? [name] : [])));
    case 'line_format':
      return compileLineTemplate('line', stage.template, systemClock).names;
    case 'label_format': {
      const names = new Set<string>();
      for (const { label, from, template } of stage.assignments) {
        const read =
          template === undefined ? new Set([from ?? label]) : compileLineTemplate(`label '${label}'`, template, systemClock).names;
        if (read === undefined) return undefined;
        for (const name of read) names.add(name);
      }
      return names;
    }
    default:
      return new Set();
  }
}

/** The labels that a condition looks at. */
export function namesOfFilter(filter: LabelFilter): string[] {
  if ('left' in filter) return [...namesOfFilter(filter.left), ...namesOfFilter(filter.right)];
  return filter.kind === 'string' ? [filter.matcher.name] : [filter.name];
}
