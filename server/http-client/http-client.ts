import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, request as undiciRequest } from 'undici';
import type { HttpClientConfig } from '../config/http-client.ts';
import { isAppError } from '../model/app-error.ts';
import { type Clock, systemClock } from '../model/clock.ts';
import { readBody } from './body.ts';
import { createConnections } from './connections.ts';
import { authHeaders } from './credentials.ts';
import { httpClientError } from './errors.ts';
import { explainFailure } from './explain-failure.ts';
import { parseUrl } from './parse-url.ts';

/** Largest answer in bytes, decompressed, when a request names no limit. */
export const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** One HTTP request. `maxBytes` limits the decompressed body; `timeoutMs` spans everything from connecting to the last byte. */
export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

/** An answer of whatever status, read to its end and decompressed (gzip, deflate). */
export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; repeated headers are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** HTTP with the settings of one `HttpClientConfig`; connections are kept and shared by its requests. */
export interface HttpClient {
  /** Throws AppError `http_client.*` when no complete answer came; a bad status is an answer. */
  request(url: string, request?: HttpRequest): Promise<HttpResponse>;
  /** Ends idle connections; requests under way fail. */
  close(): Promise<void>;
}

/** What a client needs besides its settings: `resolve` maps host names to addresses (`app` → `127.0.0.1`). */
export interface HttpClientDeps {
  readonly resolve?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

interface Attempt {
  readonly url: URL;
  readonly method: string;
  readonly body: string | Uint8Array | undefined;
}

/** Builds a client. Nothing is opened or read before the first request; files of secrets and certificates are read at each. */
export function createHttpClient(config: HttpClientConfig, deps: HttpClientDeps = {}): HttpClient {
  const { resolve = {}, clock = systemClock } = deps;
  const connections = createConnections(config, resolve);

  async function requestOnce(attempt: Attempt, isFirstOrigin: boolean, request: HttpRequest, signal: AbortSignal) {
    const dispatcher = await connections.dispatcher();
    const headers = isFirstOrigin
      ? { ...request.headers, ...(await authHeaders(config, attempt.url)) }
      : withoutCredentials(request.headers);
    return await undiciRequest(withoutUserInfo(attempt.url), {
      dispatcher,
      method: attempt.method as Dispatcher.HttpMethod,
      headers,
      body: attempt.body ?? null,
      signal,
    });
  }

  async function follow(first: Attempt, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    let attempt = first;
    for (let redirects = 0; ; redirects++) {
      const answer = await requestOnce(attempt, attempt.url.origin === first.url.origin, request, signal);
      const location = answer.headers.location;
      if (!config.followRedirects || !REDIRECTS.has(answer.statusCode) || typeof location !== 'string') {
        const body = await readBody(answer.body, answer.headers['content-encoding'], request.maxBytes ?? DEFAULT_MAX_BYTES);
        return { status: answer.statusCode, headers: flattenHeaders(answer.headers), body };
      }
      await answer.body.dump({ limit: 64 * 1024 });
      if (redirects >= MAX_REDIRECTS) {
        throw httpClientError('http_client.too_many_redirects', `stopped after ${MAX_REDIRECTS} redirects at ${attempt.url.origin}`);
      }
      attempt = redirected(attempt, answer.statusCode, location);
    }
  }

  return {
    async request(url, request = {}) {
      const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const controller = new AbortController();
      const timer = clock.after(timeoutMs, () => controller.abort(timeoutReason(timeoutMs)));
      const onAbort = () => controller.abort(cancelReason());
      request.signal?.addEventListener('abort', onAbort, { once: true });
      if (request.signal?.aborted) onAbort();
      try {
        return await follow({ url: httpUrl(url), method: request.method ?? 'GET', body: request.body }, request, controller.signal);
      } catch (error) {
        if (controller.signal.aborted) throw controller.signal.reason;
        throw isAppError(error) ? error : explainFailure(error, url, config);
      } finally {
        timer.cancel();
        request.signal?.removeEventListener('abort', onAbort);
      }
    },
    close: () => connections.close(),
  };
}

function timeoutReason(timeoutMs: number): Error {
  return httpClientError('http_client.timeout', `context deadline exceeded: no complete answer within ${timeoutMs / 1000}s`);
}

function cancelReason(): Error {
  return httpClientError('http_client.cancelled', 'context canceled: the request was given up');
}

function httpUrl(text: string): URL {
  const url = parseUrl(text);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url;
  throw httpClientError('http_client.bad_url', `not an absolute http or https URL: "${text}" (write http://host:port/path)`);
}

// What was meant for one server is not for the one that it redirects to.
function withoutCredentials(headers: HttpRequest['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !/^(authorization|cookie)$/i.test(name)));
}

function withoutUserInfo(url: URL): URL {
  if (url.username === '' && url.password === '') return url;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

function redirected(from: Attempt, status: number, location: string): Attempt {
  const url = parseUrl(location, from.url.href);
  if (!url) throw httpClientError('http_client.bad_url', `redirected to "${location}", which is not a URL`);
  // As browsers and Go: only 307 and 308 repeat method and body.
  const keeps = status === 307 || status === 308 || from.method === 'GET' || from.method === 'HEAD';
  return { url: httpUrl(url.href), method: keeps ? from.method : 'GET', body: keeps ? from.body : undefined };
}

function flattenHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
