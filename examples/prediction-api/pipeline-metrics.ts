/** What a run of the training pipeline tells, by push, because nobody could scrape it in time. */
import type { GaugeDescriptor } from '@alidade/sdk/instrument';

const pipeline = { pipeline: 'Name of the pipeline' } as const;

/** When the pipeline last ended well. */
export const mlPipelineLastSuccessTimestampSeconds = {
  name: 'ml_pipeline_last_success_timestamp_seconds',
  type: 'gauge',
  help: 'When the pipeline last ended well, in seconds since 1970',
  unit: 'seconds',
  labels: pipeline,
} as const satisfies GaugeDescriptor;

/** Whether the last run ended well. */
export const mlPipelineLastRunSuccess = {
  name: 'ml_pipeline_last_run_success',
  type: 'gauge',
  help: 'Whether the last run of the pipeline ended well (1) or failed (0)',
  unit: 'boolean',
  labels: pipeline,
} as const satisfies GaugeDescriptor;

/** How long the last run took. */
export const mlPipelineDurationSeconds = {
  name: 'ml_pipeline_duration_seconds',
  type: 'gauge',
  help: 'Time that the last run of the pipeline took',
  unit: 'seconds',
  labels: pipeline,
} as const satisfies GaugeDescriptor;

/** How many rows the last run read. */
export const mlPipelineRows = {
  name: 'ml_pipeline_rows',
  type: 'gauge',
  help: 'Rows that the last run of the pipeline read',
  unit: 'count',
  labels: pipeline,
} as const satisfies GaugeDescriptor;
