import { STATUS_CODES } from 'node:http';
import type { NameEscapingScheme, ScrapeProtocol } from '../config/exposition-settings.ts';
import type { ScrapeConfig } from '../config/scrape-config.ts';
import type { HttpClient, HttpResponse } from '../http-client/http-client.ts';
import { withoutPassword } from '../http-client/parse-url.ts';
import { isAppError, messageOf } from '../model/app-error.ts';
import type { BodyFormat } from './append-body.ts';
import type { BodyMemories } from './body-memories.ts';
import { scrapeError } from './errors.ts';
import { askBuiltIn, type BuiltIn, type BuiltInMetrics } from './host-job.ts';
import { createStandIn, type StandInDeps } from './stand-in.ts';
import type { Target } from './target.ts';

/** What a target answered; `note` says what is special about the answer, '' when nothing is. */
export interface FetchedBody {
  readonly body: Uint8Array;
  readonly format: BodyFormat;
  readonly note: string;
  /** Whoever is done with the body calls it, if it is there: others use its memory then. */
  readonly release?: (() => void) | undefined;
}

/** Gets one body. Rejects with AppError `scrape.*`, whose message is written for the Targets screen. */
export type FetchTarget = (signal: AbortSignal) => Promise<FetchedBody>;

/** What fetching needs; without `standIn` nothing is ever answered in a target's place. */
export interface FetchDeps {
  readonly client: HttpClient;
  readonly userAgent: string;
  readonly memories: BodyMemories;
  readonly standIn?: StandInDeps | undefined;
}

/** Largest body in bytes where the job sets no body_size_limit: no buffer is without a bound. */
export const MAX_BODY_BYTES = 256 * 1024 * 1024;

const OPENMETRICS = 'application/openmetrics-text';
const PROTOBUF = 'application/vnd.google.protobuf';
const MEDIA_TYPES: Readonly<Record<ScrapeProtocol, string>> = {
  PrometheusProto: `${PROTOBUF};proto=io.prometheus.client.MetricFamily;encoding=delimited`,
  'OpenMetricsText1.0.0': `${OPENMETRICS};version=1.0.0`,
  'OpenMetricsText0.0.1': `${OPENMETRICS};version=0.0.1`,
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
};
/** Formats in which names can be written in more than one way. */
const ESCAPED: ReadonlySet<ScrapeProtocol> = new Set(['OpenMetricsText1.0.0', 'PrometheusText1.0.0']);
const FORMATS: Readonly<Record<ScrapeProtocol, BodyFormat>> = {
  PrometheusProto: 'protobuf',
  'OpenMetricsText1.0.0': 'openmetrics',
  'OpenMetricsText0.0.1': 'openmetrics',
  'PrometheusText1.0.0': 'text',
  'PrometheusText0.0.4': 'text',
};

/** The protocols in order of preference, as Prometheus weighs them. */
function acceptHeader(protocols: readonly ScrapeProtocol[], escaping: NameEscapingScheme): string {
  const highest = Object.keys(MEDIA_TYPES).length + 1;
  const types = protocols.map((protocol, i) => {
    const escaped = ESCAPED.has(protocol) ? `;escaping=${escaping}` : '';
    return `${MEDIA_TYPES[protocol]}${escaped};q=0.${highest - i}`;
  });
  return [...types, `*/*;q=0.${highest - types.length}`].join(',');
}

/** Fetches over HTTP; a node-exporter whose host name does not resolve is answered by the built-in host collector. */
export function createTargetFetch(target: Target, config: ScrapeConfig, deps: FetchDeps): FetchTarget {
  const headers = {
    accept: acceptHeader(config.scrapeProtocols, config.nameEscapingScheme),
    'accept-encoding': config.enableCompression ? 'gzip' : 'identity',
    'user-agent': deps.userAgent,
    'x-prometheus-scrape-timeout-seconds': String(target.timeoutMs / 1000),
  };
  const request = { headers, timeoutMs: target.timeoutMs, maxBytes: config.bodySizeLimitBytes || MAX_BODY_BYTES };
  const standIn = deps.standIn && createStandIn(target, deps.standIn);

  return async (signal) => {
    const substitute = await standIn?.(signal);
    if (substitute) return substitute;
    const memory = deps.memories.take();
    const release = () => deps.memories.give(memory);
    try {
      const response = await deps.client.request(target.url, { ...request, signal, memory });
      return { body: response.body, format: formatOf(response, config), note: '', release };
    } catch (error) {
      release();
      throw explain(error, target, request.maxBytes);
    }
  };
}

/** Fetches from what answers from within, without HTTP. */
export function createBuiltInFetch(metrics: BuiltInMetrics, { title }: BuiltIn): FetchTarget {
  return async () => ({ ...(await askBuiltIn(metrics)), note: title });
}

function formatOf({ status, headers }: HttpResponse, config: ScrapeConfig): BodyFormat {
  if (status !== 200) throw scrapeError('scrape.bad_status', `server returned HTTP status ${status} ${STATUS_CODES[status] ?? ''}`.trim());
  const contentType = headers['content-type'] ?? '';
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (mediaType === 'text/plain') return 'text';
  if (mediaType === OPENMETRICS) return 'openmetrics';
  if (mediaType === PROTOBUF) return 'protobuf';
  if (config.fallbackProtocol !== undefined) return FORMATS[config.fallbackProtocol];
  throw scrapeError('scrape.bad_content_type', contentTypeProblem(contentType));
}

function contentTypeProblem(contentType: string): string {
  const cure = '(set fallback_scrape_protocol: PrometheusText0.0.4 for the job if the body is in the text format all the same)';
  if (contentType === '') {
    return `non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target ${cure}`;
  }
  return `received unsupported Content-Type "${contentType}" and no fallback_scrape_protocol specified for target ${cure}`;
}

function explain(error: unknown, target: Target, maxBytes: number): Error {
  if (isAppError(error) && error.code.startsWith('scrape.')) return error;
  if (isAppError(error, 'http_client.body_too_large')) {
    return scrapeError('scrape.body_too_large', `body size limit exceeded (the body has more than ${maxBytes} bytes)`, error);
  }
  return scrapeError('scrape.request_failed', `Get "${withoutPassword(target.url)}": ${messageOf(error)}`, error);
}
