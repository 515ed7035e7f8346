/** The types that a TYPE line can name, the last three in OpenMetrics only; the text format writes `unknown` as `untyped`. */
export type ExpositionType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'unknown' | 'info' | 'stateset' | 'gaugehistogram';

/** The type that a TYPE line names, or undefined when it is none of the text format's. */
export function parseMetricType(word: string): ExpositionType | undefined {
  switch (word) {
    case 'counter':
    case 'gauge':
    case 'histogram':
    case 'summary':
      return word;
    case 'untyped':
      return 'unknown';
    default:
      return undefined;
  }
}
