import { httpRequestDurationSeconds, httpRequestsTotal } from './catalog.ts';
import type { Instrument } from './instrument.ts';
import { settle, startTimer } from './settle.ts';

/** One answered HTTP request. */
export interface HttpRequestFacts {
  readonly method: string;
  /** Route pattern such as `/users/:id`; never the raw path, which would make a series of every visitor's typing error. */
  readonly endpoint: string;
  readonly status: number;
  readonly durationSeconds: number;
}

/** Counts and times HTTP requests; from `httpMetrics`. */
export interface HttpMetrics {
  /** Records one request that has been answered. */
  record(request: HttpRequestFacts): void;
  /**
   * Wraps a handler so that each call counts and is timed. Its status is that of `statusOf`, by default the `statusCode` (or `status`)
   * of the result or of the error; without one 200, or 500 when it throws.
   */
  track<A extends unknown[], R>(
    method: string,
    endpoint: string,
    handler: (...args: A) => R,
    statusOf?: (outcome: unknown) => number | undefined,
  ): (...args: A) => R;
}

/** Registers `http_requests_total` and `http_request_duration_seconds` and returns what feeds them. */
export function httpMetrics(instrument: Instrument): HttpMetrics {
  const requests = instrument.counter(httpRequestsTotal);
  const duration = instrument.histogram(httpRequestDurationSeconds);

  function record(request: HttpRequestFacts): void {
    const { method, endpoint } = request;
    requests.inc({ method, endpoint, status: String(request.status) });
    duration.observe({ method, endpoint }, request.durationSeconds);
  }

  return {
    record,
    track:
      (method, endpoint, handler, statusOf = statusCodeOf) =>
      (...args) => {
        const elapsed = startTimer();
        return settle(
          () => handler(...args),
          (outcome) => {
            const status = outcome.ok ? (statusOf(outcome.value) ?? 200) : (statusOf(outcome.error) ?? 500);
            record({ method, endpoint, status, durationSeconds: elapsed() });
          },
        );
      },
  };
}

/** The HTTP status that a result or an error carries as `statusCode` or `status`, if it is one (100 to 599). */
export function statusCodeOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { statusCode, status } = value as { statusCode?: unknown; status?: unknown };
  return [statusCode, status].find(
    (code): code is number => typeof code === 'number' && Number.isInteger(code) && code >= 100 && code <= 599,
  );
}
