import { type ReadLine, SERVICE_NAMES } from './log-line.ts';

/** Lines of several services are told apart by a column without asking; none where the reader has one already. */
export function autoColumns(lines: readonly ReadLine[], chosen: readonly string[]): readonly string[] {
  for (const name of SERVICE_NAMES) {
    const first = lines[0]?.stream[name];
    if (lines.some(({ stream }) => stream[name] !== first)) return chosen.includes(name) ? [] : [name];
  }
  return [];
}

const LOOKED_AT = 300;
const LEAST_CH = 6;
const MOST_CH = 24;
/** Room for the button that removes a column. */
const HEAD_CH = 3;

/** Grid tracks of a row: level mark, button, time, level, columns as wide as what stands in the first lines (within reason), the line. */
export function rowTracks(lines: readonly ReadLine[], names: readonly string[], hasDate: boolean): string {
  const columns = names.map((name) => {
    const widest = lines.slice(0, LOOKED_AT).reduce((found, line) => {
      const value = line.fields.find((field) => field.name === name)?.value ?? '';
      return Math.max(found, value.length);
    }, name.length + HEAD_CH);
    return `${Math.min(MOST_CH, Math.max(LEAST_CH, widest)) + 1}ch`;
  });
  return ['3px', '20px', hasDate ? '24ch' : '13ch', '8ch', ...columns, 'minmax(0, 1fr)'].join(' ');
}
