import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, request as undiciRequest } from 'undici';
import type { HttpClientConfig } from '../config/http-client.ts';
import type { OAuth2Config } from '../config/oauth2.ts';
import { isAppError } from '../model/app-error.ts';
import { type Clock, systemClock } from '../model/clock.ts';
import { type BodyMemory, readBody } from './body.ts';
import { createConnections } from './connections.ts';
import { authHeaders } from './credentials.ts';
import { httpClientError } from './errors.ts';
import { explainFailure } from './explain-failure.ts';
import { createTokenSource, type TokenSource } from './oauth2.ts';
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
  /** Where the answer's body goes: it stays as it is until the next request with the same memory. Default: memory of its own. */
  readonly memory?: BodyMemory | undefined;
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
  /** As `request`, but answers when the headers are there, which `timeoutMs` limits. How long and how large the body may get is for the reader to decide. */
  stream(url: string, request?: HttpRequest): Promise<HttpStream>;
  /** Ends idle connections; requests under way fail. */
  close(): Promise<void>;
}

/** An answer of whatever status whose body is read as it comes. It must be read to its end, left by `break`, or its request aborted. */
export interface HttpStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As it comes, not decompressed. Throws AppError `http_client.*` when the connection fails or the caller aborts. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** What a client needs besides its settings: `resolve` maps host names to addresses (`app` → `127.0.0.1`). */
export interface HttpClientDeps {
  readonly resolve?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** Where proxies may be named; default: the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Every request goes through this unix socket, whatever host its URL names. */
  readonly socketPath?: string | undefined;
}

interface Attempt {
  readonly url: URL;
  readonly method: string;
  readonly body: string | Uint8Array | undefined;
}

/** Builds a client. Nothing is opened or read before the first request; files of secrets and certificates are read at each. */
export function createHttpClient(config: HttpClientConfig, deps: HttpClientDeps = {}): HttpClient {
  const { resolve = {}, clock = systemClock } = deps;
  const connections = createConnections(config, { resolve, env: deps.env ?? process.env, socketPath: deps.socketPath });
  const underWay = new Set<Limits>();
  const oauth = config.oauth2 && createOAuth(config.oauth2, deps);

  async function requestOnce(attempt: Attempt, isFirst: boolean, request: HttpRequest, signal: AbortSignal) {
    const headers = isFirst
      ? { ...request.headers, ...(await authHeaders(config, attempt.url, async () => oauth?.tokens.authorization(signal))) }
      : withoutCredentials(request.headers);
    // Last: fetching a token takes a while, and a pool is closed when a certificate file changes meanwhile.
    const dispatcher = await connections.dispatcher(attempt.url);
    return await undiciRequest(withoutUserInfo(attempt.url), {
      dispatcher,
      method: attempt.method as Dispatcher.HttpMethod,
      headers,
      body: attempt.body ?? null,
      signal,
    });
  }

  async function follow(first: Attempt, request: HttpRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    let attempt = first;
    for (let redirects = 0; ; redirects++) {
      const answer = await requestOnce(attempt, isSameServer(first.url, attempt.url), request, signal);
      const location = answer.headers.location;
      if (!config.followRedirects || !REDIRECTS.has(answer.statusCode) || typeof location !== 'string') return answer;
      await answer.body.dump({ limit: 64 * 1024 });
      if (redirects >= MAX_REDIRECTS) {
        throw httpClientError('http_client.too_many_redirects', `stopped after ${MAX_REDIRECTS} redirects at ${attempt.url.origin}`);
      }
      attempt = redirected(attempt, answer.statusCode, location);
    }
  }

  /** Runs `use` with a signal that the caller and the time limit abort; failures come out in the words of the trade. */
  async function limited<T>(url: string, request: HttpRequest, use: (signal: AbortSignal, limits: Limits) => Promise<T>): Promise<T> {
    const limits = startLimits(clock, request, underWay);
    try {
      return await use(limits.signal, limits);
    } catch (error) {
      limits.end();
      const reason = explained(error, url, limits.signal);
      if (isAppError(reason, 'http_client.timeout')) connections.distrust(httpUrl(url));
      throw reason;
    }
  }

  function explained(error: unknown, url: string, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    return isAppError(error) ? error : explainFailure(error, url, config);
  }

  function firstAttempt(url: string, request: HttpRequest): Attempt {
    return { url: httpUrl(url), method: request.method ?? 'GET', body: request.body };
  }

  return {
    request: (url, request = {}) =>
      limited(url, request, async (signal, limits) => {
        const answer = await follow(firstAttempt(url, request), request, signal);
        const body = await readBody(answer.body, answer.headers['content-encoding'], request.maxBytes ?? DEFAULT_MAX_BYTES, request.memory);
        limits.end();
        return { status: answer.statusCode, headers: flattenHeaders(answer.headers), body };
      }),
    stream: (url, request = {}) =>
      limited(url, request, async (signal, limits) => {
        const answer = await follow(firstAttempt(url, request), request, signal);
        limits.endTime();
        return { status: answer.statusCode, headers: flattenHeaders(answer.headers), body: chunks(answer.body, url, limits) };
      }),
    async close() {
      // Those over pools that were replaced since cannot be reached by way of the pools.
      for (const limits of [...underWay])
        limits.abort(httpClientError('http_client.closed', 'the HTTP client was closed before the answer'));
      await connections.close();
      await oauth?.http.close();
    },
  };

  async function* chunks(body: AsyncIterable<Uint8Array>, url: string, limits: Limits): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw explained(error, url, limits.signal);
    } finally {
      limits.end();
    }
  }
}

/** Tokens come through a client of their own, with the TLS and the proxy of the `oauth2` section. It follows no redirects: its body may hold the client's secret. */
function createOAuth(oauth2: OAuth2Config, deps: HttpClientDeps): { tokens: TokenSource; http: HttpClient } {
  const http = createHttpClient({ ...oauth2, followRedirects: false }, deps);
  return { http, tokens: createTokenSource(oauth2, http, deps.clock ?? systemClock) };
}

/** What ends a request early: its caller, or its time limit. */
interface Limits {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** No time limit any more. */
  endTime(): void;
  end(): void;
}

function startLimits(clock: Clock, { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: HttpRequest, underWay: Set<Limits>): Limits {
  const controller = new AbortController();
  const timer = clock.after(timeoutMs, () => controller.abort(timeoutReason(timeoutMs)));
  const onAbort = () => controller.abort(cancelReason());
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const limits: Limits = {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    endTime: () => timer.cancel(),
    end() {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      underWay.delete(limits);
    },
  };
  underWay.add(limits);
  return limits;
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

// Credentials stay with the server that they are for; that includes its own move from http to https. Upstream takes them everywhere.
function isSameServer(first: URL, next: URL): boolean {
  if (next.origin === first.origin) return true;
  return (
    next.hostname === first.hostname && first.protocol === 'http:' && next.protocol === 'https:' && first.port === '' && next.port === ''
  );
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
