import { createHttpClient, type HttpClient, type HttpClientDeps } from '../../http-client/http-client.ts';
import { systemClock } from '../../model/clock.ts';
import { discoveryError } from '../errors.ts';
import { messageIn, readJsonAnswer } from '../json-answer.ts';
import type { ApiAccess } from './access.ts';

const HEADERS = { accept: 'application/json', 'user-agent': 'Alidade' };
// A refusal's reason is short; an endless one is cut off.
const MAX_REASON_BYTES = 64 * 1024;

/** What limits one request. */
export interface RequestLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** The Kubernetes API, as far as following lists needs it. Every failure is an AppError with a message for people. */
export interface ApiClient {
  /** One page of a list as it was answered, and its size decompressed. */
  list(path: string, query: Readonly<Record<string, string>>, limits: RequestLimits): Promise<{ answer: unknown; sizeBytes: number }>;
  /** The bytes of a watch as they come; `expired` when the version to start from is too old. They must be read to their end or left by `break`. */
  watch(path: string, query: Readonly<Record<string, string>>, limits: RequestLimits): Promise<AsyncIterable<Uint8Array> | 'expired'>;
  close(): Promise<void>;
}

/** One way to the API server, and how many of its requests are under way. */
interface Way {
  readonly access: ApiAccess;
  readonly http: HttpClient;
  requests: number;
}

/** Builds a client; `openAccess` is asked before each request, so that a changed kubeconfig counts at once. */
export function createApiClient(openAccess: () => Promise<ApiAccess>, deps: HttpClientDeps): ApiClient {
  const clock = deps.clock ?? systemClock;
  let current: Way | undefined;
  let isClosed = false;
  const ways = new Set<Way>();

  // Watches over an old way go on until they end, which takes minutes; then they are opened over the new one.
  function closeUnused(way: Way): void {
    if (way === current || way.requests > 0 || !ways.delete(way)) return;
    void way.http.close();
  }

  /** The way for one request, which must be left. */
  async function enter(): Promise<Way> {
    const access = await openAccess();
    if (isClosed) throw discoveryError('discovery.no_access', 'discovery has ended');
    if (current?.access !== access) {
      const before = current;
      current = { access, http: createHttpClient(access.client, deps), requests: 0 };
      ways.add(current);
      if (before) closeUnused(before);
    }
    current.requests++;
    return current;
  }

  function leave(way: Way): void {
    way.requests--;
    closeUnused(way);
  }

  async function* leaving(body: AsyncIterable<Uint8Array>, way: Way): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } finally {
      leave(way);
    }
  }

  async function openWatch({ access, http }: Way, path: string, query: Readonly<Record<string, string>>, limits: RequestLimits) {
    const late = new AbortController();
    const signal = AbortSignal.any([limits.signal, late.signal]);
    const { status, body } = await http.stream(urlOf(access, path, query), { ...limits, signal, headers: HEADERS });
    if (status === 200) return body;
    const timer = clock.after(limits.timeoutMs, () => late.abort());
    const reason = messageIn(await firstBytes(body));
    timer.cancel();
    if (status === 410) return 'expired';
    if (status === 401) access.onUnauthorized?.();
    throw discoveryError(
      'discovery.bad_answer',
      `server returned HTTP status ${status} for the watch of ${path}${reason && `: ${reason}`}`,
    );
  }

  return {
    async list(path, query, limits) {
      const way = await enter();
      const { access, http } = way;
      const headers = { ...HEADERS, 'accept-encoding': 'gzip' };
      const answer = await http.request(urlOf(access, path, query), { ...limits, headers }).finally(() => leave(way));
      if (answer.status === 401) access.onUnauthorized?.();
      if (answer.status === 410) throw discoveryError('discovery.list_again', `the list of ${path} has changed too much to be continued`);
      return { answer: readJsonAnswer(answer, path), sizeBytes: answer.body.length };
    },
    async watch(path, query, limits) {
      const way = await enter();
      let isOpen = false;
      try {
        const body = await openWatch(way, path, query, limits);
        isOpen = body !== 'expired';
        return body === 'expired' ? body : leaving(body, way);
      } finally {
        if (!isOpen) leave(way);
      }
    },
    async close() {
      isClosed = true;
      await Promise.all([...ways].map(({ http }) => http.close()));
    },
  };
}

function urlOf({ baseUrl }: ApiAccess, path: string, query: Readonly<Record<string, string>>): string {
  return `${baseUrl.replace(/\/+$/, '')}${path}?${new URLSearchParams(query)}`;
}

// The beginning of a refusal, whatever ends it.
async function firstBytes(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      parts.push(chunk);
      size += chunk.length;
      if (size > MAX_REASON_BYTES) break;
    }
  } catch {
    // It ended early: what was said until then is the reason.
  }
  return Buffer.concat(parts).toString('utf8');
}
