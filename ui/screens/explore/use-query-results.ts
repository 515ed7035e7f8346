// Runs the queries of all rows, each on its own: an answer stays in sight until the next one is there, a newer question ends the older.
import { useEffect, useRef, useState } from 'react';
import { ApiError, messageOf } from '../../data/client.ts';
import { type InstantAnswer, type RangeAnswer, runInstant, runRange } from './explore-query.ts';
import type { QuerySpan } from './step.ts';

export type Answer = RangeAnswer | InstantAnswer;

/** What one row has to show. While a question runs, and when the server cannot be reached, the answer before it stays. */
export interface RowResult {
  /** The expression that was asked last; `error` is about it. */
  readonly expr: string;
  readonly isLoading: boolean;
  readonly error?: string;
  readonly answer?: { readonly expr: string; readonly data: Answer };
}

export interface Question {
  readonly id: number;
  readonly expr: string;
}

/** Results by row id. Asks again when a question, the span or `tick` changes; undefined span = not yet. */
export function useQueryResults(
  questions: readonly Question[],
  kind: 'range' | 'instant',
  span: QuerySpan | undefined,
  tick: number,
): ReadonlyMap<number, RowResult> {
  const [results, setResults] = useState<ReadonlyMap<number, RowResult>>(new Map());
  const running = useRef(new Map<number, { readonly key: string; readonly abort: AbortController }>());
  const when = span && (kind === 'range' ? `${span.startMs} ${span.endMs} ${span.stepMs}` : span.endMs);
  const key = when === undefined ? '' : JSON.stringify([kind, when, tick, questions]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for questions, kind, span and tick by value
  useEffect(() => {
    if (span === undefined) return;
    const asked = new Set(questions.map(({ id }) => id));
    for (const [id, { abort }] of running.current) {
      if (asked.has(id)) continue;
      abort.abort();
      running.current.delete(id);
    }
    setResults((now) => new Map([...now].filter(([id]) => asked.has(id))));
    for (const { id, expr } of questions) {
      const own = JSON.stringify([kind, when, tick, expr]);
      if (running.current.get(id)?.key === own) continue;
      running.current.get(id)?.abort.abort();
      const abort = new AbortController();
      running.current.set(id, { key: own, abort });
      const put = (change: (before: RowResult | undefined) => RowResult) =>
        setResults((now) => (abort.signal.aborted ? now : new Map(now).set(id, change(now.get(id)))));
      put((before) => loading(before, expr));
      const asking = kind === 'range' ? runRange(expr, span, abort.signal) : runInstant(expr, span.endMs, abort.signal);
      asking.then(
        (data) => put(() => ({ expr, isLoading: false, answer: { expr, data } })),
        (error: unknown) => put((before) => failed(before, expr, error)),
      );
    }
  }, [key]);

  useEffect(() => {
    const { current } = running;
    return () => {
      for (const { abort } of current.values()) abort.abort();
      current.clear();
    };
  }, []);
  return results;
}

/** The same question again keeps what was wrong with it in sight, another one does not. */
function loading(before: RowResult | undefined, expr: string): RowResult {
  const error = before?.expr === expr && before.error !== undefined ? { error: before.error } : {};
  return { expr, isLoading: true, ...(before?.answer && { answer: before.answer }), ...error };
}

function failed(before: RowResult | undefined, expr: string, error: unknown): RowResult {
  const isGone = error instanceof ApiError && error.status === 0;
  return { expr, isLoading: false, error: messageOf(error), ...(isGone && before?.answer && { answer: before.answer }) };
}
