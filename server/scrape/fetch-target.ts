import { STATUS_CODES } from 'node:http';
import type { ScrapeConfig } from '../config/scrape-config.ts';
import type { HttpClient, HttpResponse } from '../http-client/http-client.ts';
import { isAppError, messageOf } from '../model/app-error.ts';
import { scrapeError } from './errors.ts';
import { createStandIn, type StandInDeps } from './stand-in.ts';
import type { Target } from './target.ts';

/** What a target answered, in the text format; `note` says what is special about the answer, '' when nothing is. */
export interface FetchedBody {
  readonly body: Uint8Array;
  readonly note: string;
}

/** Gets one body. Rejects with AppError `scrape.*`, whose message is written for the Targets screen. */
export type FetchTarget = (signal: AbortSignal) => Promise<FetchedBody>;

/** What fetching needs; without `standIn` nothing is ever answered in a target's place. */
export interface FetchDeps {
  readonly client: HttpClient;
  readonly userAgent: string;
  readonly standIn?: StandInDeps | undefined;
}

/** Largest body in bytes where the job sets no body_size_limit: no buffer is without a bound. */
export const MAX_BODY_BYTES = 256 * 1024 * 1024;

const ACCEPT = 'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
/** Fetches over HTTP; a node-exporter whose host name does not resolve is answered by the built-in host collector. */
export function createTargetFetch(target: Target, config: ScrapeConfig, deps: FetchDeps): FetchTarget {
  const headers = {
    accept: ACCEPT,
    'accept-encoding': config.enableCompression ? 'gzip' : 'identity',
    'user-agent': deps.userAgent,
    'x-prometheus-scrape-timeout-seconds': String(target.timeoutMs / 1000),
  };
  const request = { headers, timeoutMs: target.timeoutMs, maxBytes: config.bodySizeLimitBytes || MAX_BODY_BYTES };
  const standIn = deps.standIn && createStandIn(target, deps.standIn);

  return async (signal) => {
    const substitute = await standIn?.(signal);
    if (substitute) return substitute;
    try {
      const response = await deps.client.request(target.url, { ...request, signal });
      checkResponse(response, config);
      return { body: response.body, note: '' };
    } catch (error) {
      throw explain(error, target, request.maxBytes);
    }
  };
}

/** Fetches from the built-in host collector without HTTP. */
export function createHostFetch(hostMetrics: () => Promise<Uint8Array>): FetchTarget {
  return async () => ({ body: await hostMetrics(), note: 'the built-in host collector' });
}

function checkResponse({ status, headers }: HttpResponse, config: ScrapeConfig): void {
  if (status !== 200) throw scrapeError('scrape.bad_status', `server returned HTTP status ${status} ${STATUS_CODES[status] ?? ''}`.trim());
  const contentType = headers['content-type'] ?? '';
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (mediaType === 'text/plain') return;
  if (isText(config.fallbackProtocol) && !isOtherFormat(mediaType)) return;
  throw scrapeError('scrape.bad_content_type', contentTypeProblem(contentType, mediaType));
}

function contentTypeProblem(contentType: string, mediaType: string): string {
  if (isOtherFormat(mediaType)) {
    return `received Content-Type "${contentType}", which is not read yet; the target should answer the Accept header with text/plain`;
  }
  const cure = '(set fallback_scrape_protocol: PrometheusText0.0.4 for the job if the body is in the text format all the same)';
  if (contentType === '') {
    return `non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target ${cure}`;
  }
  return `received unsupported Content-Type "${contentType}" and no fallback_scrape_protocol specified for target ${cure}`;
}

function isText(protocol: ScrapeConfig['fallbackProtocol']): boolean {
  return protocol === 'PrometheusText0.0.4' || protocol === 'PrometheusText1.0.0';
}

/** Formats of Prometheus that are recognised, so that they are never mistaken for text. */
function isOtherFormat(mediaType: string): boolean {
  return mediaType === 'application/openmetrics-text' || mediaType === 'application/vnd.google.protobuf';
}

function explain(error: unknown, target: Target, maxBytes: number): Error {
  if (isAppError(error) && error.code.startsWith('scrape.')) return error;
  if (isAppError(error, 'http_client.body_too_large')) {
    return scrapeError('scrape.body_too_large', `body size limit exceeded (the body has more than ${maxBytes} bytes)`, error);
  }
  return scrapeError('scrape.request_failed', `Get "${withoutPassword(target.url)}": ${messageOf(error)}`, error);
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.password === '') return url;
  parsed.password = 'xxxxx';
  return parsed.href;
}
