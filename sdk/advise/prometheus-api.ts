/** One series of an instant query. */
export interface InstantSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The few calls of Prometheus' HTTP API that advice needs; any server that speaks it will do. Throws Error with the server's words. */
export class PrometheusApi {
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;

  constructor(url: string, { token, timeoutMs = 120_000 }: { readonly token?: string | undefined; readonly timeoutMs?: number } = {}) {
    this.#baseUrl = url.replace(/\/+$/, '');
    this.#headers = token ? { authorization: `Bearer ${token}` } : {};
    this.#timeoutMs = timeoutMs;
  }

  /** An instant vector. */
  async query(expr: string): Promise<InstantSample[]> {
    type Vector = { readonly resultType: string; readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
    const { resultType, result } = await this.#ask<Vector>('/api/v1/query', [['query', expr]]);
    if (resultType !== 'vector') throw new Error(`"${expr}" is a ${resultType}; an instant vector was wanted`);
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** Names of the labels of series that match. */
  labelNames(match: string): Promise<string[]> {
    return this.#ask('/api/v1/labels', [['match[]', match]]);
  }

  /** Values of a label of series that match, at most `limit` (servers that know no limit answer all). */
  async labelValues(name: string, match: string, limit: number): Promise<string[]> {
    const path = `/api/v1/label/${encodeURIComponent(name)}/values`;
    const values = await this.#ask<string[]>(path, [
      ['match[]', match],
      ['limit', String(limit)],
    ]);
    return values.slice(0, limit);
  }

  async #ask<T>(path: string, parameters: readonly [string, string][]): Promise<T> {
    const search = new URLSearchParams(parameters);
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const response = await fetch(`${this.#baseUrl}${path}?${search}`, { headers: this.#headers, signal });
    const answer = (await response.json().catch(() => ({}))) as { status?: string; data?: T; error?: string };
    if (!response.ok || answer.status !== 'success' || answer.data === undefined)
      throw new Error(`${this.#baseUrl}${path}: ${answer.error ?? `${response.status} ${response.statusText}`}`);
    return answer.data;
  }
}
