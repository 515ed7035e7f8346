import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';

type ExportCallback = Parameters<SpanExporter['export']>[1];
type ExportResult = Parameters<ExportCallback>[0];

/** What a `CatchUpExporter` needs. */
export interface CatchUpDeps {
  readonly exporter: SpanExporter;
  /** Where the spans go, for messages. */
  readonly endpoint: string;
  /** Spans that may wait while the endpoint cannot be reached; the oldest give way. */
  readonly maxSpans: number;
  /** Hears when spans cannot be sent and when they can again. */
  readonly onProblem: (message: string) => void;
}

/** The `code` of an `ExportResult` that went well; the enum lives in a package that this one does not import. */
const SUCCESS = 0;
/** As many as the batch processor sends at once by default. */
const MAX_BATCH_SPANS = 512;
const RETRY_INTERVAL_MS = 5000;
const COMPLAINT_INTERVAL_MS = 60_000;

/**
 * An exporter around another that keeps what could not be sent and sends it with the next batch, or after five seconds where none
 * comes: OpenTelemetry's own gives up after ten. What the endpoint refuses for good (a 4xx answer) is not kept.
 */
export class CatchUpExporter implements SpanExporter {
  readonly #deps: CatchUpDeps;
  /** What is to be sent, oldest first. */
  #waiting: ReadableSpan[] = [];
  #lost = 0;
  #complainedAtMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  constructor(deps: CatchUpDeps) {
    this.#deps = deps;
  }

  export(spans: ReadableSpan[], done: ExportCallback): void {
    this.#waiting.push(...spans);
    if (this.#isFailing) this.#makeRoom();
    // What could not be sent stays here: the processor, which would complain, has nothing to do.
    void this.#send().then(() => done({ code: SUCCESS }));
  }

  async forceFlush(): Promise<void> {
    await this.#send();
    await this.#deps.exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    this.#isStopped = true;
    await this.#send();
    const count = this.#waiting.length;
    if (count > 0) this.#deps.onProblem(`${count} spans could not be sent to ${this.#deps.endpoint} before the end`);
    await this.#deps.exporter.shutdown();
  }

  /** Sends what waits; ends when all was taken, or at the first batch that was not. Calls while it runs wait for the same end. */
  #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH_SPANS);
      const { code, error } = await new Promise<ExportResult>((resolve) => this.#deps.exporter.export(batch, resolve));
      if (code === SUCCESS) this.#reached();
      else if (isRefusal(error)) this.#refused(batch.length, reasonOf(error));
      else {
        this.#waiting = [...batch, ...this.#waiting];
        this.#makeRoom();
        this.#failed(reasonOf(error));
        return;
      }
    }
  }

  #makeRoom(): void {
    const surplus = this.#waiting.length - this.#deps.maxSpans;
    if (surplus <= 0) return;
    this.#waiting.splice(0, surplus);
    this.#lost += surplus;
  }

  #reached(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#deps.onProblem(`${this.#deps.endpoint} takes spans again${this.#lost > 0 ? `; ${this.#lost} were lost so far` : ''}`);
  }

  #refused(count: number, reason: string): void {
    this.#lost += count;
    const now = performance.now();
    // At most once a minute: there may be one with every batch.
    if (now - this.#complainedAtMs < COMPLAINT_INTERVAL_MS) return;
    this.#complainedAtMs = now;
    this.#deps.onProblem(`${this.#deps.endpoint} refused ${count} spans: ${reason}`);
  }

  #failed(reason: string): void {
    const { endpoint, maxSpans, onProblem } = this.#deps;
    if (!this.#isFailing) onProblem(`cannot send spans to ${endpoint}: ${reason}; trying on, and keeping up to ${maxSpans} of them`);
    this.#isFailing = true;
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#send(), RETRY_INTERVAL_MS).unref();
  }
}

/** Whether the endpoint answered, and another attempt would be answered the same. */
function isRefusal(error: Error | undefined): boolean {
  const status = (error as { code?: unknown } | undefined)?.code;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function reasonOf(error: Error | undefined): string {
  if (!error) return 'no reason given';
  const { code } = error as { code?: unknown };
  return error.message || String(code ?? error.name);
}
