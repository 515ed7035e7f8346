import type { LineFilter } from '../../storage/store.ts';
import type { LineFilterStage, Stage } from '../parse/ast.ts';

/**
 * The line filters that the store can test: those before any stage that changes the line, without ip() and patterns. `rest` are the
 * other stages, in order. Nothing is lost: stages in between neither change the line nor bring one back.
 */
export function pushableFilters(stages: readonly Stage[]): { filters: LineFilter[]; rest: Stage[] } {
  const filters: LineFilter[] = [];
  const rest: Stage[] = [];
  let isLineChanged = false;
  for (const stage of stages) {
    const filter = isLineChanged || stage.kind !== 'line_filter' ? undefined : toStoreFilter(stage);
    if (filter) filters.push(filter);
    else rest.push(stage);
    isLineChanged ||= stage.kind === 'line_format' || stage.kind === 'unpack' || stage.kind === 'decolorize';
  }
  return { filters, rest };
}

function toStoreFilter({ op, values }: LineFilterStage): LineFilter | undefined {
  if (op === '|>' || op === '!>' || values.some(({ isIp }) => isIp)) return undefined;
  return { type: op, values: values.map(({ text }) => text) };
}
