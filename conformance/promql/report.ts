// What a run found, in a form to read.
import { JUSTIFIED, justificationOf } from './justified.ts';
import { describeDifference, type Outcome, tableOf } from './run.ts';

export interface Report {
  /** Counts by area, then what is justified, with reasons. */
  readonly text: string;
  /** Each in three lines. */
  readonly unjustified: readonly string[];
  /** The part of the questions whose answer holds nothing and so proves little. */
  readonly emptyShare: number;
}

export function report({ counts, differences }: Outcome): Report {
  const justified = JUSTIFIED.map((one) => ({
    reason: one.reason,
    found: differences.filter((each) => justificationOf(each) === one).length,
  }));
  const lines = justified.filter(({ found }) => found > 0).map(({ reason, found }) => `  ${found} × ${reason}`);
  const all = [...counts.values()];
  const totalOf = (key: 'empty' | 'questions') => all.reduce((sum, count) => sum + count[key], 0);
  const emptyShare = totalOf('empty') / totalOf('questions');
  return {
    emptyShare,
    text: [
      tableOf(counts),
      `${(100 * emptyShare).toFixed(1)} % of the answers are empty`,
      ...(lines.length > 0 ? ['Differ for a reason:', ...lines] : []),
    ].join('\n'),
    unjustified: differences.filter((each) => !justificationOf(each)).map(describeDifference),
  };
}
