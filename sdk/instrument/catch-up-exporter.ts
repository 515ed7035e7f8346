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
const RETRY_INTERVAL_MS = 5000;
const COMPLAINT_INTERVAL_MS = 60_000;

/**
 * An exporter around another that keeps what could not be sent and sends it with the next batch, or after five seconds where none
 * comes: OpenTelemetry's own gives up after ten. What the endpoint refuses for good (a 4xx answer) is not kept.
 */
export class CatchUpExporter implements SpanExporter {
  readonly #deps: CatchUpDeps;
  #kept: ReadableSpan[] = [];
  #lost = 0;
  #complainedAtMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: CatchUpDeps) {
    this.#deps = deps;
  }

  export(spans: ReadableSpan[], done: ExportCallback): void {
    clearTimeout(this.#timer);
    const batch = [...this.#kept, ...spans];
    this.#kept = [];
    this.#deps.exporter.export(batch, (result) => {
      this.#settle(batch, result);
      // The processor would only complain: nothing is for it to do.
      done({ code: SUCCESS });
    });
  }

  async forceFlush(): Promise<void> {
    if (this.#kept.length > 0) await this.#retry();
    await this.#deps.exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    this.#isStopped = true;
    if (this.#kept.length > 0) await this.#retry();
    const count = this.#kept.length;
    if (count > 0) this.#deps.onProblem(`${count} spans could not be sent to ${this.#deps.endpoint} before the end`);
    await this.#deps.exporter.shutdown();
  }

  #retry(): Promise<void> {
    return new Promise((resolve) => this.export([], () => resolve()));
  }

  #settle(batch: readonly ReadableSpan[], { code, error }: ExportResult): void {
    const { endpoint, maxSpans, onProblem } = this.#deps;
    if (code === SUCCESS) {
      if (this.#isFailing) onProblem(`${endpoint} takes spans again${this.#lost > 0 ? `; ${this.#lost} were lost so far` : ''}`);
      this.#isFailing = false;
      return;
    }
    const reason = reasonOf(error);
    if (isRefusal(error)) {
      this.#lost += batch.length;
      const now = performance.now();
      // At most once a minute: there may be one with every batch.
      if (now - this.#complainedAtMs < COMPLAINT_INTERVAL_MS) return;
      this.#complainedAtMs = now;
      onProblem(`${endpoint} refused ${batch.length} spans: ${reason}`);
      return;
    }
    const waiting = [...batch, ...this.#kept];
    this.#kept = waiting.slice(-maxSpans);
    this.#lost += waiting.length - this.#kept.length;
    if (!this.#isFailing) onProblem(`cannot send spans to ${endpoint}: ${reason}; trying on, and keeping up to ${maxSpans} of them`);
    this.#isFailing = true;
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#retry(), RETRY_INTERVAL_MS).unref();
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
