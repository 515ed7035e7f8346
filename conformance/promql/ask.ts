// One question to one side.

/** What is asked of both sides. Times in milliseconds since the epoch. */
export type Question =
  | { readonly expr: string; readonly timeMs: number }
  | { readonly expr: string; readonly startMs: number; readonly endMs: number; readonly stepMs: number };

export interface HistogramJson {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly (readonly [borders: number, lower: string, upper: string, count: string])[];
}

export interface SeriesJson {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
  readonly histogram?: readonly [number, HistogramJson];
  readonly histograms?: readonly (readonly [number, HistogramJson])[];
}

/** The JSON of an answer of the query API, with its status. */
export interface Answer {
  readonly httpStatus: number;
  readonly status: string;
  readonly data?: { readonly resultType: string; readonly result: unknown };
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** An answer as it came. */
export interface RawAnswer {
  readonly httpStatus: number;
  readonly text: string;
}

/** The answer's JSON. Throws when it is none. */
export function parseAnswer({ httpStatus, text }: RawAnswer): Answer {
  try {
    return { ...(JSON.parse(text) as Omit<Answer, 'httpStatus'>), httpStatus };
  } catch (cause) {
    throw new Error(`status ${httpStatus} and no JSON: ${text.slice(0, 300)}`, { cause });
  }
}

export async function ask(url: string, question: Question): Promise<RawAnswer> {
  const seconds = (ms: number) => String(ms / 1000);
  const [path, times] =
    'timeMs' in question
      ? ['query', { time: seconds(question.timeMs) }]
      : ['query_range', { start: seconds(question.startMs), end: seconds(question.endMs), step: seconds(question.stepMs) }];
  return post(`${url}/api/v1/${path}`, { query: question.expr, ...times });
}

/** Once more when the connection broke: an idle one may be closed just when it is used again. */
async function post(url: string, form: Readonly<Record<string, string>>, attempts = 3): Promise<RawAnswer> {
  try {
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
    return { httpStatus: response.status, text: await response.text() };
  } catch (error) {
    if (attempts === 1) throw error;
    return post(url, form, attempts - 1);
  }
}
