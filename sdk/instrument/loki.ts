/**
 * Sends log lines to a Loki push endpoint (`POST /loki/api/v1/push`, JSON) from a bounded buffer: at most one request at a time, batches
 * of up to `MAX_BATCH_BYTES`, the same batch again until it was taken. `pino-loki` is not used here because it forgets a batch whose
 * push fails and does not wait for a running push when it is closed.
 */
import { InstrumentError } from './errors.ts';
import { parsePushEndpoint } from './push-endpoint.ts';

/** Where log lines go and how much may wait. */
export interface LokiOptions {
  /** Address of the server, e.g. `http://127.0.0.1:9090`, or of its push endpoint. User and password in it are sent as basic auth. */
  readonly url: string;
  /** Labels beside `service`, `environment` and `level`. Each combination of values is a stream of its own: keep them few. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Headers of every request, e.g. `{ authorization: 'Bearer …' }` or `{ 'X-Scope-OrgID': 'tenant' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends trace and span id as structured metadata too; default true. Say false for a Loki before 3.0 that refuses it. */
  readonly structuredMetadata?: boolean;
  /** How long a line may wait for others to travel with; default 1000. */
  readonly intervalMs?: number;
  /** Bytes that may wait while the endpoint cannot be reached; the oldest lines give way. Default 8 MiB. */
  readonly maxBufferBytes?: number;
  /** Hears when lines cannot be sent and when they can again, not every attempt. Default: a line on standard error. */
  readonly onProblem?: (message: string) => void;
}

/** One line to be sent. */
export interface LokiLine {
  readonly timestampMs: number;
  /** Value of the label `level`. */
  readonly level: string;
  /** Without a line feed. */
  readonly line: string;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

interface Waiting extends LokiLine {
  readonly timestampNs: string;
  readonly bytes: number;
}

/** How an attempt ended: taken; not taken and worth another attempt, with the wait the server asked for; or refused for good. */
type Attempt =
  | { readonly kind: 'taken' }
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs?: number }
  | { readonly kind: 'refused'; readonly reason: string };

const PUSH_PATH = '/loki/api/v1/push';
const MAX_BATCH_BYTES = 512 * 1024;
/** Loki's own default limit of a line. */
const MAX_LINE_BYTES = 256 * 1024;
/** What a line costs beside its text. */
const LINE_OVERHEAD_BYTES = 128;
const REQUEST_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2000;
const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 10_000;
/** A server may ask for a longer wait than ours, up to this. */
const MAX_RETRY_AFTER_MS = 60_000;
const COMPLAINT_INTERVAL_MS = 60_000;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The buffer and its sender. Nothing that goes wrong on the way to the endpoint throws. */
export class LokiShipper {
  readonly #endpoint: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #hasMetadata: boolean;
  readonly #intervalMs: number;
  readonly #maxBufferBytes: number;
  readonly #onProblem: (message: string) => void;
  readonly #stop = new AbortController();
  #waiting: Waiting[] = [];
  /** Bytes of `#waiting` and of the batch on its way. */
  #bytes = 0;
  #lastMs = 0;
  #sequence = 0;
  #lost = 0;
  #complainedAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  /** Throws `invalid_option` when the address or a label cannot be used. */
  constructor(options: LokiOptions) {
    const { url, authorization } = parsePushEndpoint('loki url', options.url, PUSH_PATH);
    for (const name of Object.keys(options.labels ?? {})) {
      if (!LABEL_NAME.test(name))
        throw new InstrumentError('invalid_option', `loki label ${JSON.stringify(name)} does not match ${LABEL_NAME.source}`);
    }
    this.#endpoint = url;
    // An answer that is unpacked never ends in Node 20 when its request is aborted meanwhile.
    const plain = { 'content-type': 'application/json', 'accept-encoding': 'identity' };
    this.#headers = { ...authorization, ...options.headers, ...plain };
    this.#labels = { ...options.labels };
    this.#hasMetadata = options.structuredMetadata ?? true;
    this.#intervalMs = options.intervalMs ?? 1000;
    this.#maxBufferBytes = options.maxBufferBytes ?? 8 * 1024 * 1024;
    this.#onProblem = options.onProblem ?? ((message) => process.stderr.write(`${message}\n`));
  }

  /** Takes a line for sending. */
  push(line: LokiLine): void {
    const bytes = Buffer.byteLength(line.line) + LINE_OVERHEAD_BYTES;
    if (this.#stop.signal.aborted) {
      this.#lost += 1;
      return;
    }
    if (bytes > Math.min(MAX_LINE_BYTES, this.#maxBufferBytes)) {
      this.#lose(1, `a log line of ${bytes} bytes is too long for Loki and was not sent`);
      return;
    }
    this.#waiting.push({ ...line, timestampNs: this.#timestampNs(line.timestampMs), bytes });
    this.#bytes += bytes;
    this.#makeRoom();
    if (this.#failures === 0) this.#schedule(this.#bytes >= MAX_BATCH_BYTES ? 0 : this.#intervalMs);
  }

  /** Sends what waits; resolves when all was taken, or at the first attempt that was not. */
  async flush(): Promise<void> {
    await this.#sending;
    await this.#send();
  }

  /** Flushes for at most two seconds; lines that were not taken by then are lost, and `onProblem` hears how many. */
  async close(): Promise<void> {
    const deadline = setTimeout(() => this.#stop.abort(), CLOSE_TIMEOUT_MS);
    await this.flush();
    clearTimeout(deadline);
    clearTimeout(this.#timer);
    this.#stop.abort();
    if (this.#waiting.length > 0)
      this.#onProblem(`${this.#waiting.length} log lines could not be sent to ${this.#endpoint} before the end`);
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** Lines of one millisecond get rising nanoseconds: Loki orders by them, and takes two equal lines at the same one for a repetition. */
  #timestampNs(timestampMs: number): string {
    this.#sequence = timestampMs === this.#lastMs ? Math.min(this.#sequence + 1, 999_999) : 0;
    this.#lastMs = timestampMs;
    return `${timestampMs}${String(this.#sequence).padStart(6, '0')}`;
  }

  #makeRoom(): void {
    if (this.#bytes <= this.#maxBufferBytes) return;
    // An eighth more than needed: moving the rest of the array for every single line would be slow.
    const target = this.#maxBufferBytes - this.#maxBufferBytes / 8;
    let count = 0;
    while (this.#bytes > target && count < this.#waiting.length - 1) this.#bytes -= this.#waiting[count++]!.bytes;
    this.#waiting.splice(0, count);
    this.#lose(count, `the buffer of log lines for ${this.#endpoint} is full: the oldest are dropped`);
  }

  #schedule(delayMs: number): void {
    if (this.#sending) return; // it looks again when it is through
    if (this.#timer && delayMs > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), delayMs).unref();
  }

  #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#stop.signal.aborted) {
      const batch = this.#takeBatch();
      const attempt = await this.#attempt(batch);
      if (attempt.kind === 'later') {
        this.#waiting = [...batch, ...this.#waiting];
        this.#makeRoom();
        this.#failed(attempt);
        return;
      }
      for (const { bytes } of batch) this.#bytes -= bytes;
      if (attempt.kind === 'refused')
        this.#lose(batch.length, `${this.#endpoint} refused some or all of ${batch.length} log lines: ${attempt.reason}`);
      this.#reached();
    }
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && bytes < MAX_BATCH_BYTES) bytes += this.#waiting[count++]!.bytes;
    return this.#waiting.splice(0, count);
  }

  async #attempt(batch: readonly Waiting[]): Promise<Attempt> {
    try {
      const response = await fetch(this.#endpoint, {
        method: 'POST',
        headers: this.#headers,
        body: JSON.stringify({ streams: this.#streamsOf(batch) }),
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      const answer = await response.text();
      if (response.ok) return { kind: 'taken' };
      const reason = `HTTP ${response.status} ${answer.trim().slice(0, 200)}`;
      const isTemporary = response.status === 429 || response.status === 408 || response.status >= 500;
      if (!isTemporary) return { kind: 'refused', reason };
      const afterMs = Number(response.headers.get('retry-after')) * 1000;
      return { kind: 'later', reason, ...(afterMs > 0 && { afterMs }) };
    } catch (error) {
      const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
      return { kind: 'later', reason: cause?.message || cause?.code || message };
    }
  }

  #streamsOf(batch: readonly Waiting[]): { stream: Record<string, string>; values: unknown[][] }[] {
    const byLevel = new Map<string, unknown[][]>();
    for (const line of batch) {
      const values = byLevel.get(line.level);
      if (values) values.push(this.#valueOf(line));
      else byLevel.set(line.level, [this.#valueOf(line)]);
    }
    return Array.from(byLevel, ([level, values]) => ({ stream: { ...this.#labels, level }, values }));
  }

  #valueOf({ timestampNs, line, metadata }: Waiting): unknown[] {
    return this.#hasMetadata && metadata ? [timestampNs, line, metadata] : [timestampNs, line];
  }

  #failed({ reason, afterMs }: { readonly reason: string; readonly afterMs?: number }): void {
    this.#failures += 1;
    if (this.#stop.signal.aborted) return;
    if (this.#failures === 1) {
      const room = Math.round(this.#maxBufferBytes / 1024 / 1024);
      this.#onProblem(`cannot send log lines to ${this.#endpoint}: ${reason}; trying on, and keeping up to ${room} MiB of them`);
    }
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (this.#failures - 1), LAST_BACKOFF_MS) * (0.75 + Math.random() / 2);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), Math.min(afterMs ?? backoffMs, MAX_RETRY_AFTER_MS)).unref();
  }

  #reached(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#onProblem(`${this.#endpoint} takes log lines again${this.#lost > 0 ? `; ${this.#lost} were lost so far` : ''}`);
  }

  /** Counts lines that nothing can bring back. The reason is told at most once a minute: there may be one for every line. */
  #lose(count: number, reason: string): void {
    this.#lost += count;
    const now = performance.now();
    if (now - this.#complainedAtMs < COMPLAINT_INTERVAL_MS) return;
    this.#complainedAtMs = now;
    this.#onProblem(reason);
  }
}
