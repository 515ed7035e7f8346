import { isAbsolute, relative } from 'node:path';
import type { Problem } from './config.ts';

/** `file:line: path: message`, as editors and compilers write it; files below `cwd` are shown relative to it. Warnings say so. */
export function formatProblem(problem: Problem, cwd: string = process.cwd()): string {
  const place = [showFile(problem.file, cwd), ...(problem.line > 0 ? [String(problem.line)] : [])].filter((part) => part !== '').join(':');
  const message = `${problem.severity === 'warning' ? 'warning: ' : ''}${problem.message}`;
  return [place, problem.path, message].filter((part) => part !== '').join(': ');
}

/** By file, then line, errors before warnings on the same line. Does not change its argument. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) =>
      compare(a.file, b.file) ||
      a.line - b.line ||
      compare(a.severity, b.severity) ||
      compare(a.path, b.path) ||
      compare(a.message, b.message),
  );
}

/** ` (did you mean "x"?)`, or '' when nothing known is close enough to `word`. */
export function didYouMean(word: string, known: readonly string[]): string {
  const best = known.map((candidate) => ({ candidate, edits: editDistance(word, candidate) })).sort((a, b) => a.edits - b.edits)[0];
  return best && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? ` (did you mean "${best.candidate}"?)` : '';
}

function showFile(file: string, cwd: string): string {
  const below = relative(cwd, file);
  return below === '' || below.startsWith('..') || isAbsolute(below) ? file : below;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Damerau-Levenshtein with adjacent swaps (optimal string alignment); keys are short, so the full table is fine.
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, at(i - 2, j - 2) + 1);
      row.push(edits);
    }
  }
  return at(a.length, b.length);
}
