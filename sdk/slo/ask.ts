import { SloError } from './errors.ts';

/** Asks an instant query that answers one sample or none (undefined). */
export type SloAsk = (expr: string) => Promise<number | undefined>;

/** Asks a range query that answers one series: a value for each step, undefined where there is none. */
export type SloAskRange = (expr: string, range: AskedRange) => Promise<readonly (number | undefined)[]>;

/** Steps from `startMs` to `endMs`, both included. */
export interface AskedRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** Where and how a Prometheus HTTP API is asked. */
export interface PrometheusAccess {
  /** With or without a path prefix: `http://127.0.0.1:9090`. */
  readonly url: string;
  /** For `Authorization: Bearer …`. */
  readonly token?: string | undefined;
  /** Longest wait for one answer; default 60,000. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}

interface InstantAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

/** Asks any server with Prometheus' HTTP API as of `timeMs`. Throws SloError `slo.query` when it does not answer with one sample or none. */
export function askPrometheus(access: PrometheusAccess, timeMs: number): SloAsk {
  const { url, token, timeoutMs = 60_000, fetch: send = fetch } = access;
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  return async (query) => {
    const body = new URLSearchParams({ query, time: String(timeMs / 1_000) });
    const address = `${url.replace(/\/+$/, '')}/api/v1/query`;
    let answer: InstantAnswer;
    try {
      const response = await send(address, { method: 'POST', body, headers, signal: AbortSignal.timeout(timeoutMs) });
      answer = (await response.json()) as InstantAnswer;
    } catch (error) {
      throw new SloError('slo.query', `no answer from ${address}: ${reasonOf(error)}; is it the address of a Prometheus or Alidade?`);
    }
    if (answer.status !== 'success') throw new SloError('slo.query', `${address}: ${answer.error ?? 'no reason given'} (asked: ${query})`);
    return sampleOf(answer, query);
  };
}

function sampleOf({ data }: InstantAnswer, query: string): number | undefined {
  if (data?.resultType === 'scalar') return Number((data.result as [number, string])[1]);
  if (data?.resultType !== 'vector') throw new SloError('slo.query', `${query} answers a ${data?.resultType}; an instant vector is wanted`);
  const samples = data.result as readonly { readonly value?: readonly [number, string] }[];
  if (samples.length > 1)
    throw new SloError('slo.query', `${query} answers ${samples.length} series; write it so that it answers one, with sum(…)`);
  const value = samples[0]?.value?.[1];
  return value === undefined ? undefined : Number(value);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
