// The state of the search in its URL: /traces?q={ status = error }&min=250ms&from=now-1h&to=now. Links are made with data/links.ts.
import type { TraceQuestion } from '../../data/traces.ts';
import { type Codec, choiceParam, textParam, type UrlSchema } from '../../data/url-state.ts';
import { parseLatency } from '../../format/duration.ts';

export type TraceSort = 'newest' | 'slowest';
export type DotScale = 'log' | 'linear';

export interface TracesState {
  /** TraceQL, '' = all. */
  readonly q: string;
  /** Durations of the whole trace as written: "250ms". */
  readonly min: string;
  readonly max: string;
  readonly sort: TraceSort;
  readonly scale: DotScale;
  /** How many traces at most. */
  readonly limit: number;
}

/** How many traces a search brings, and how many the reader can ask for. */
export const TRACE_LIMITS = { plain: 200, most: 1_000 } as const;

const limitParam: Codec<number> = {
  decode: ([text]) =>
    text !== undefined && /^\d{1,4}$/.test(text) ? Math.min(TRACE_LIMITS.most, Math.max(1, Number(text))) : TRACE_LIMITS.plain,
  encode: (value) => (value === TRACE_LIMITS.plain ? undefined : [String(value)]),
};

/** Parameters of the search besides time, which useTime keeps. */
export const tracesParams: UrlSchema<TracesState> = {
  q: textParam(),
  min: textParam(),
  max: textParam(),
  sort: choiceParam<TraceSort>(['newest', 'slowest'], 'newest'),
  scale: choiceParam<DotScale>(['log', 'linear'], 'log'),
  limit: limitParam,
};

/** The question of a state; durations that cannot be read are left out (the form says so). */
export function questionOf({ q, min, max, limit }: TracesState): TraceQuestion {
  return { q, minMs: min === '' ? undefined : parseLatency(min), maxMs: max === '' ? undefined : parseLatency(max), limit };
}

/** What is wrong with a written duration, undefined when nothing is. */
export function latencyProblem(text: string): string | undefined {
  return text.trim() === '' || parseLatency(text) !== undefined ? undefined : 'write 250ms, 1.5s or 2m';
}

/** Whether the state asks for anything in particular. */
export function isNarrowed({ q, min, max }: TracesState): boolean {
  return q.trim() !== '' || min !== '' || max !== '';
}
