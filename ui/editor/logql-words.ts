// The words of LogQL that completion offers, with what they do.
import type { Completion } from '@codemirror/autocomplete';

function words(entries: Readonly<Record<string, string>>, detail: string): readonly Completion[] {
  return Object.entries(entries).map(([label, info]) => ({ label, detail, info }));
}

/** Functions over ranges, and aggregations over series. */
export const FUNCTIONS: readonly Completion[] = [
  ...words(
    {
      rate: 'Lines a second over the range.',
      count_over_time: 'Lines in the range.',
      bytes_rate: 'Bytes of lines a second over the range.',
      bytes_over_time: 'Bytes of lines in the range.',
      sum_over_time: 'Sum of the unwrapped values in the range.',
      avg_over_time: 'Mean of the unwrapped values in the range.',
      min_over_time: 'Least of the unwrapped values in the range.',
      max_over_time: 'Greatest of the unwrapped values in the range.',
      first_over_time: 'First of the unwrapped values in the range.',
      last_over_time: 'Last of the unwrapped values in the range.',
      stddev_over_time: 'Standard deviation of the unwrapped values in the range.',
      stdvar_over_time: 'Variance of the unwrapped values in the range.',
      quantile_over_time: 'Quantile of the unwrapped values in the range.',
      rate_counter: 'Increase a second of unwrapped values, taken as a counter.',
      absent_over_time: '1 when the range holds no line.',
    },
    'function',
  ),
  ...words(
    {
      sum: 'Sum over series.',
      avg: 'Mean over series.',
      min: 'Least over series.',
      max: 'Greatest over series.',
      count: 'Number of series.',
      topk: 'The k greatest series.',
      bottomk: 'The k least series.',
      stddev: 'Standard deviation over series.',
      stdvar: 'Variance over series.',
      sort: 'Series by ascending value.',
      sort_desc: 'Series by descending value.',
      label_replace: 'Writes a label from a pattern over another.',
      vector: 'A number as a vector.',
    },
    'aggregation',
  ),
];

/** What may follow a bar. */
export const STAGES: readonly Completion[] = words(
  {
    json: 'Takes the line apart as JSON: each field becomes a label.',
    logfmt: 'Takes the line apart as logfmt: each key becomes a label.',
    pattern: 'Takes the line apart by a pattern: <ip> - <_> "<method> <path>".',
    regexp: 'Takes the line apart by the named groups of a regular expression.',
    unpack: 'Undoes promtail’s pack stage.',
    line_format: 'Writes the line anew from a template: "{{.status}} {{.path}}".',
    label_format: 'Renames or writes labels.',
    unwrap: 'Takes a label’s value as the number to compute with.',
    drop: 'Leaves labels out.',
    keep: 'Leaves all other labels out.',
    decolorize: 'Removes terminal colours.',
    detected_level: 'The level that was found in the line: detected_level="error".',
  },
  'stage',
);

/** Operators of matchers. */
export const VALUE_OPERATORS: readonly Completion[] = words(
  { '=': 'Is equal.', '!=': 'Is not equal.', '=~': 'Matches the whole pattern.', '!~': 'Does not match the whole pattern.' },
  'operator',
);

/** Usual ranges. */
export const RANGES: readonly Completion[] = ['1m', '5m', '10m', '30m', '1h', '6h', '1d'].map((label, index) => ({
  label,
  detail: 'range',
  boost: -index,
}));
