/**
 * - `invalid_metric`: a descriptor breaks the rules of the exposition format
 * - `metric_conflict`: two definitions claim the same name and differ
 * - `invalid_option`: a setting cannot be used
 * - `tracing_conflict`: another tracer is already registered in this process
 * - `metrics_listen`: the metrics server cannot listen where it was told to
 */
export type InstrumentErrorCode = 'invalid_metric' | 'metric_conflict' | 'invalid_option' | 'tracing_conflict' | 'metrics_listen';

/** The only error that this package throws itself; branch on `code`. */
export class InstrumentError extends Error {
  readonly code: InstrumentErrorCode;

  constructor(code: InstrumentErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'InstrumentError';
    this.code = code;
  }
}
