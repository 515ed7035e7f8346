// Runs cases against both sides and counts what came of them.
import type { Question } from './ask.ts';
import type { Case } from './grammar/areas.ts';
import { judge, type Sides, type Verdict } from './judge.ts';
import { questionsOf } from './questions.ts';

/** Requests under way at a time. */
const IN_FLIGHT = 8;
const TOLERANCE = 1e-9;

export interface Difference {
  readonly area: string;
  readonly question: Question;
  readonly words: string;
}

/** How the questions of an area went. */
export interface Count {
  expressions: number;
  questions: number;
  empty: number;
  errors: number;
  annotated: number;
  histograms: number;
  byChance: number;
  different: number;
}

export interface Outcome {
  readonly counts: ReadonlyMap<string, Count>;
  readonly differences: readonly Difference[];
}

export async function run(sides: Sides, cases: readonly Case[], asked = questionsOf): Promise<Outcome> {
  const counts = new Map<string, Count>();
  const found: (Difference & { readonly turn: number })[] = [];
  let next = 0;
  const worker = async () => {
    for (let turn = next++; turn < cases.length; turn = next++) {
      const { area, expr, tolerance = TOLERANCE } = cases[turn] as Case;
      const count = counts.get(area) ?? newCount();
      counts.set(area, count);
      count.expressions++;
      for (const question of asked(expr, turn)) {
        const verdict = await judge(sides, question, tolerance);
        add(count, verdict);
        if (verdict.kind === 'different') found.push({ area, question, words: verdict.difference ?? '', turn });
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return { counts, differences: found.sort((a, b) => a.turn - b.turn) };
}

function newCount(): Count {
  return { expressions: 0, questions: 0, empty: 0, errors: 0, annotated: 0, histograms: 0, byChance: 0, different: 0 };
}

function add(count: Count, verdict: Verdict): void {
  count.questions++;
  if (verdict.isEmpty) count.empty++;
  if (verdict.isError) count.errors++;
  if (verdict.hasAnnotations) count.annotated++;
  if (verdict.hasHistograms) count.histograms++;
  if (verdict.kind === 'alike by chance') count.byChance++;
  if (verdict.kind === 'different') count.different++;
}

/** The counts as a table, with a line for all. */
export function tableOf(counts: ReadonlyMap<string, Count>): string {
  const all = newCount();
  const keys = Object.keys(all) as (keyof Count)[];
  for (const count of counts.values()) for (const key of keys) all[key] += count[key];
  const head = ['area', 'expr.', 'asked', 'empty', 'errors', 'annot.', 'histogr.', 'chance', 'DIFFER'];
  const rows = [...counts, ['all', all] as const].map(([area, count]) => [area, ...keys.map((key) => String(count[key]))]);
  return [head, ...rows].map(([area = '', ...cells]) => area.padEnd(26) + cells.map((cell) => cell.padStart(9)).join('')).join('\n');
}

/** A difference in three lines: which question, which answers. */
export function describeDifference({ area, question, words }: Difference): string {
  const when =
    'timeMs' in question
      ? `at ${question.timeMs / 1000}`
      : `from ${question.startMs / 1000} to ${question.endMs / 1000} every ${question.stepMs / 1000}`;
  return `[${area}] ${question.expr}\n    ${when}\n    ${words.slice(0, 600)}`;
}
