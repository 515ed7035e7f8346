// Sample values as Prometheus reads them: Go's ParseFloat without hexadecimal floats and underscores.

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITY = /^([+-]?)inf(?:inity)?$/i;

/** The number that `text` spells, or why it is none. Too small becomes 0, as in Go; too large is an error. */
export function parseSampleValue(text: string): number | { readonly problem: string } {
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : { problem: 'is out of the range of a 64-bit float (write +Inf for infinity)' };
  }
  const infinity = INFINITY.exec(text);
  if (infinity) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (text.endsWith('\r')) return { problem: 'ends in a carriage return: lines of the text format end in a line feed alone' };
  return { problem: 'is not a number' };
}

/** The text of a sample value that `parseSampleValue` reads back to the same number. */
export function formatSampleValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/**
 * A bucket bound or quantile in the one notation that Prometheus 3 stores: OpenMetrics' floats (`1` → `1.0`, `1e3` → `1000.0`).
 * Text that is no number stays as it is.
 */
export function canonicalBound(text: string): string {
  const value = parseSampleValue(text);
  if (typeof value !== 'number') return text;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : formatSampleValue(value);
  // Go's shortest %g: an exponent of two digits below 1e-4 and from 1e6 on.
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const plain = formatSampleValue(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}
