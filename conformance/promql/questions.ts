// When each expression is asked for.
import type { Question } from './ask.ts';
import { END_MS, START_MS } from './data/series.ts';

const MINUTE = 60_000;

/** Mostly in the middle, where most series are; beside, on and between scrapes; at the edges; after the end. */
const INSTANTS = [
  START_MS + 61 * MINUTE + 1_234,
  START_MS + 43 * MINUTE,
  START_MS + 80 * MINUTE + 7_500,
  END_MS - 20_000,
  START_MS + 59 * MINUTE + 45_000,
  START_MS + 4 * MINUTE + 1,
  END_MS + 4 * MINUTE,
];

/** Ends on and between steps; steps longer and shorter than windows and scrapes; from before the data, to after it; one step. */
const RANGES = [
  { startMs: START_MS + 17 * MINUTE, endMs: START_MS + 77 * MINUTE, stepMs: 97_000 },
  { startMs: START_MS + 30 * MINUTE, endMs: START_MS + 110 * MINUTE, stepMs: 5 * MINUTE },
  { startMs: START_MS + 58 * MINUTE + 500, endMs: START_MS + 66 * MINUTE, stepMs: 15_000 },
  { startMs: START_MS - 10 * MINUTE, endMs: END_MS + 10 * MINUTE, stepMs: 7 * MINUTE },
  { startMs: START_MS + 60 * MINUTE, endMs: START_MS + 60 * MINUTE + 20_000, stepMs: 1_000 },
  { startMs: START_MS + 90 * MINUTE, endMs: START_MS + 90 * MINUTE, stepMs: MINUTE },
];

/** The first instant and range come up every second time. */
function rotate<T>(choices: readonly T[], turn: number): T {
  return choices[turn % 2 === 0 ? 0 : 1 + (((turn - 1) / 2) % (choices.length - 1))] as T;
}

/** An instant and a range query of expression number `turn`. */
export function questionsOf(expr: string, turn: number): Question[] {
  return [
    { expr, timeMs: rotate(INSTANTS, turn) },
    { expr, ...rotate(RANGES, turn) },
  ];
}
