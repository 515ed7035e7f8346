import { Instrument } from '@alidade/sdk/instrument';
import {
  mlPipelineDurationSeconds,
  mlPipelineLastRunSuccess,
  mlPipelineLastSuccessTimestampSeconds,
  mlPipelineRows,
} from './pipeline-metrics.ts';

/** A run that has ended. */
export interface PipelineRun {
  readonly pipeline: string;
  readonly endedAtMs: number;
  readonly durationSeconds: number;
  /** Rows read; absent when the run failed. */
  readonly rows?: number;
}

/** Pushes what a run tells to a Pushgateway, or Alidade in its place. Throws when it is refused or cannot be reached. */
export async function pushPipelineRun(gateway: string, run: PipelineRun): Promise<void> {
  const { pipeline, endedAtMs, durationSeconds, rows } = run;
  const instrument = new Instrument();
  instrument.gauge(mlPipelineLastRunSuccess).set({ pipeline }, rows === undefined ? 0 : 1);
  instrument.gauge(mlPipelineDurationSeconds).set({ pipeline }, durationSeconds);
  if (rows !== undefined) {
    instrument.gauge(mlPipelineRows).set({ pipeline }, rows);
    instrument.gauge(mlPipelineLastSuccessTimestampSeconds).set({ pipeline }, Math.round(endedAtMs / 1000));
  }
  const url = new URL(`/metrics/job/${encodeURIComponent(pipeline)}`, gateway);
  // POST replaces families by name: after a failure the time of the last success stays.
  const answer = await fetch(url, {
    method: 'POST',
    body: await instrument.metrics(),
    headers: { 'content-type': instrument.contentType },
  });
  if (!answer.ok) throw new Error(`${url} refused the push: HTTP ${answer.status} ${(await answer.text()).slice(0, 200)}`);
}
