/** Why received data was not stored: the values of the label `reason` of `alidade_receive_*_refused_total`. Those of lines are Loki's. */
export const LINE_REFUSALS = {
  invalid_labels: 'the labels of the stream cannot be read',
  missing_labels: 'the stream has no labels',
  max_label_names_per_series: 'the stream has more labels than a stream may have',
  label_name_too_long: 'the name of a label is too long',
  label_value_too_long: 'the value of a label is too long',
  line_too_long: 'the line is too long',
  structured_metadata_too_large: 'the structured metadata of the line is too large',
  structured_metadata_too_many: 'the line has too many labels as structured metadata',
  greater_than_max_sample_age: 'the line is older than what is kept',
  too_far_in_future: 'the line is more than ten minutes ahead of the clock',
  stream_limit: 'there are as many streams as there may be',
  overloaded: 'the bounded buffer of the store was full',
} as const;

export type LineRefusal = keyof typeof LINE_REFUSALS;

/** Why samples, histograms and exemplars of remote write were not stored. */
export const SAMPLE_REFUSALS = {
  invalid_labels: 'the series has no metric name, a label twice, or labels that are no UTF-8',
  invalid_histogram: 'the histogram does not hold together',
  out_of_order: 'the sample is older than the newest of its series',
  duplicate_other_value: 'the series has another value at that time',
  too_old: 'the sample is older than what is kept, or than the window for late samples',
  too_far_in_future: 'the sample is more than ten minutes ahead of the clock',
  series_limit: 'there are as many series as there may be',
  exemplar_out_of_order: 'the exemplar is older than the newest of its series',
  overloaded: 'the bounded buffer of the store was full',
} as const;

export type SampleRefusal = keyof typeof SAMPLE_REFUSALS;

/** Why data points of OpenTelemetry were not stored, or not all of what one says. */
export const POINT_REFUSALS = {
  invalid_name: 'the metric has no name, or nothing of it is left in the letters that names may have, or it is not UTF-8',
  invalid_labels: 'an attribute has no name or is not UTF-8, or two labels have one name',
  label_too_long: 'the labels of the series, or of all series of the point together, are longer than they may be',
  invalid_histogram: 'the histogram does not hold together, or is coarser than a native histogram may be',
  too_many_buckets: 'the point has more buckets or quantiles than a point may have',
  unspecified_temporality: 'the metric is neither cumulative nor delta',
  delta_out_of_order: 'the delta is not newer than the last one of its stream: it was sent twice, or came late',
  delta_older_start: 'the delta begins before its stream',
  delta_stream_limit: 'there are as many streams of deltas as there may be',
  out_of_order: 'the sample is older than the newest of its series',
  duplicate_other_value: 'the series has another value at that time',
  too_old: 'the sample is older than what is kept, or than the window for late samples',
  too_far_in_future: 'the sample is more than ten minutes ahead of the clock',
  series_limit: 'there are as many series as there may be',
  overloaded: 'the bounded buffer of the store was full',
} as const;

export type PointRefusal = keyof typeof POINT_REFUSALS;
