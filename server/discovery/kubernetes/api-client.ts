import { createHttpClient, type HttpClient, type HttpClientDeps } from '../../http-client/http-client.ts';
import { discoveryError } from '../errors.ts';
import { messageIn, readJsonAnswer } from '../json-answer.ts';
import type { ApiAccess } from './access.ts';

const HEADERS = { accept: 'application/json', 'user-agent': 'Alidade' };
/** Ways to the API server that were in use before the newest. */
const MAX_RETIRED = 2;
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
  /** The bytes of a watch as they come; `expired` when the version to start from is too old. */
  watch(path: string, query: Readonly<Record<string, string>>, limits: RequestLimits): Promise<AsyncIterable<Uint8Array> | 'expired'>;
  close(): Promise<void>;
}

/** Builds a client; `openAccess` is asked before each request, so that a changed kubeconfig counts at once. */
export function createApiClient(openAccess: () => Promise<ApiAccess>, deps: HttpClientDeps): ApiClient {
  let current: { readonly access: ApiAccess; readonly http: HttpClient } | undefined;
  let isClosed = false;
  const retired: HttpClient[] = [];

  async function open(): Promise<{ access: ApiAccess; http: HttpClient }> {
    const access = await openAccess();
    if (isClosed) throw discoveryError('discovery.no_access', 'discovery has ended');
    if (current?.access === access) return current;
    // Watches over the old way go on until they end, which takes minutes; then they are opened over the new one.
    if (current) retired.push(current.http);
    if (retired.length > MAX_RETIRED) void retired.shift()?.close();
    current = { access, http: createHttpClient(access.client, deps) };
    return current;
  }

  return {
    async list(path, query, limits) {
      const { access, http } = await open();
      const headers = { ...HEADERS, 'accept-encoding': 'gzip' };
      const answer = await http.request(urlOf(access, path, query), { ...limits, headers });
      if (answer.status === 401) access.onUnauthorized?.();
      if (answer.status === 410) throw discoveryError('discovery.list_again', `the list of ${path} has changed too much to be continued`);
      return { answer: readJsonAnswer(answer, path), sizeBytes: answer.body.length };
    },
    async watch(path, query, limits) {
      const { access, http } = await open();
      const { status, body } = await http.stream(urlOf(access, path, query), { ...limits, headers: HEADERS });
      if (status === 200) return body;
      const reason = messageIn(await firstBytes(body));
      if (status === 410) return 'expired';
      if (status === 401) access.onUnauthorized?.();
      throw discoveryError(
        'discovery.bad_answer',
        `server returned HTTP status ${status} for the watch of ${path}${reason && `: ${reason}`}`,
      );
    },
    async close() {
      isClosed = true;
      await Promise.all([current?.http, ...retired].map((http) => http?.close()));
    },
  };
}

function urlOf({ baseUrl }: ApiAccess, path: string, query: Readonly<Record<string, string>>): string {
  return `${baseUrl.replace(/\/+$/, '')}${path}?${new URLSearchParams(query)}`;
}

async function firstBytes(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    parts.push(chunk);
    size += chunk.length;
    if (size > MAX_REASON_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8');
}
