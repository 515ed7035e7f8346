import type { Grouping, LabelFilter, RangeAggregation, Stage } from '../parse/ast.ts';

/** The labels that parsers must extract so that the aggregation comes out the same; undefined when it may be any. */
export function neededLabels({ log, unwrap }: RangeAggregation, grouping: Grouping | undefined): ReadonlySet<string> | undefined {
  if (!grouping || grouping.without) return undefined;
  const needed = new Set(grouping.labels);
  for (const stage of log.stages) if (!addNeeds(stage, needed)) return undefined;
  if (unwrap) {
    needed.add(unwrap.label);
    for (const filter of unwrap.filters) addFilter(filter, needed);
  }
  return needed;
}

/** Adds what a stage reads; false when that is not known beforehand. */
function addNeeds(stage: Stage, needed: Set<string>): boolean {
  switch (stage.kind) {
    case 'label_filter':
      addFilter(stage.filter, needed);
      return true;
    case 'line_format':
    case 'label_format':
    case 'unpack':
      return false;
    case 'drop':
    case 'keep':
      for (const { name } of stage.labels) needed.add(name);
      return true;
    default:
      return true;
  }
}

function addFilter(filter: LabelFilter, needed: Set<string>): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      addFilter(filter.left, needed);
      addFilter(filter.right, needed);
      return;
    case 'string':
      needed.add(filter.matcher.name);
      return;
    default:
      needed.add(filter.name);
  }
}
