import { type ReadLine, SERVICE_NAMES } from './log-line.ts';

/** Lines of several services are told apart by a column without asking; none where the reader has one already. */
export function autoColumns(lines: readonly ReadLine[], chosen: readonly string[]): readonly string[] {
  for (const name of SERVICE_NAMES) {
    const first = lines[0]?.stream[name];
    if (lines.some(({ stream }) => stream[name] !== first)) return chosen.includes(name) ? [] : [name];
  }
  return [];
}
