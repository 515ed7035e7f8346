const TRACE_ID_DIGITS = 32;

/** A trace id as the store has it, from one of fewer digits or with capitals. Undefined when it is no trace id. */
export function toTraceId(text: string): string | undefined {
  return /^[0-9a-fA-F]{1,32}$/.test(text) ? text.toLowerCase().padStart(TRACE_ID_DIGITS, '0') : undefined;
}
