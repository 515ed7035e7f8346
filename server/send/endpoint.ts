import type { RemoteWriteConfig } from '../config/remote-write.ts';
import { compressSnappy } from '../formats/snappy/snappy.ts';
import type { HttpClient, HttpResponse } from '../http-client/http-client.ts';
import { isAppError, messageOf } from '../model/app-error.ts';

/** What a peer says that it has stored of a request of 2.0. */
export interface WrittenCounts {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

/** What became of a request. */
export type SendVerdict =
  | { readonly kind: 'delivered'; readonly written: WrittenCounts | undefined }
  /** To be sent again, not before `afterMs` if the peer has said so. */
  | { readonly kind: 'again'; readonly message: string; readonly afterMs: number | undefined }
  /** Not to be sent again. */
  | { readonly kind: 'refused'; readonly message: string; readonly written: WrittenCounts | undefined };

const TYPES = { '1.0': 'application/x-protobuf', '2.0': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' } as const;
const VERSIONS = { '1.0': '0.1.0', '2.0': '2.0.0' } as const;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_ANSWER_TEXT = 512;

/** The peer of one entry of `remote_write`. */
export class Endpoint {
  readonly #config: RemoteWriteConfig;
  readonly #client: HttpClient;
  readonly #userAgent: string;

  constructor(config: RemoteWriteConfig, client: HttpClient, userAgent: string) {
    this.#config = config;
    this.#client = client;
    this.#userAgent = userAgent;
  }

  /** Sends a compressed request, the `attempt`th time from 0. Rejects only when `signal` is aborted. */
  async send(body: Uint8Array, attempt: number, signal: AbortSignal): Promise<SendVerdict> {
    const { url, timeoutMs, protocol } = this.#config;
    const headers = {
      ...this.#config.headers,
      'content-encoding': 'snappy',
      'content-type': TYPES[protocol],
      'user-agent': this.#userAgent,
      'x-prometheus-remote-write-version': VERSIONS[protocol],
      ...(attempt > 0 && { 'retry-attempt': String(attempt) }),
    };
    try {
      const answer = await this.#client.request(url, { method: 'POST', headers, body, signal, timeoutMs, maxBytes: MAX_ANSWER_BYTES });
      return this.#verdictOn(answer);
    } catch (error) {
      signal.throwIfAborted();
      // An answer too long to be read is an answer all the same, but nobody knows which.
      return { kind: 'again', message: isAppError(error) ? error.message : messageOf(error), afterMs: undefined };
    }
  }

  #verdictOn(answer: HttpResponse): SendVerdict {
    const { protocol, queue } = this.#config;
    const { status } = answer;
    const written = protocol === '2.0' ? writtenOf(answer) : undefined;
    if (status >= 200 && status < 300) {
      if (protocol === '1.0' || written) return { kind: 'delivered', written };
      return {
        kind: 'refused',
        message: `the peer answered ${status} without saying what it has written; it speaks only remote write 1.0 (protobuf_message: prometheus.WriteRequest)`,
        written,
      };
    }
    const text = Buffer.from(answer.body).toString('utf8').split('\n', 1)[0]?.slice(0, MAX_ANSWER_TEXT) ?? '';
    const message = `server returned HTTP status ${status}: ${text}`;
    if (status >= 500 || (status === 429 && queue.retryOnHttp429)) return { kind: 'again', message, afterMs: retryAfterMs(answer) };
    return { kind: 'refused', message, written };
  }
}

/** A request as it is sent. */
export function compressRequest(body: Uint8Array): Promise<Uint8Array> {
  return compressSnappy(body);
}

function writtenOf({ headers }: HttpResponse): WrittenCounts | undefined {
  const count = (name: string) => {
    const text = headers[`x-prometheus-remote-write-${name}-written`];
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  const [samples, histograms, exemplars] = [count('samples'), count('histograms'), count('exemplars')];
  if (samples === undefined && histograms === undefined && exemplars === undefined) return undefined;
  return { samples: samples ?? 0, histograms: histograms ?? 0, exemplars: exemplars ?? 0 };
}

/** Seconds, or a date. */
function retryAfterMs({ headers }: HttpResponse): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.parse(headers.date ?? '');
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
