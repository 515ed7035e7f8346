/**
 * `npm run train -w prediction-api`: trains both models on synthetic customers, prints how good they are, and writes the model files.
 * With PUSHGATEWAY_URL it tells how the run ended: http://127.0.0.1:9090 is Alidade.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelDir } from './package-dir.ts';
import { pushPipelineRun } from './pipeline-run.ts';
import { defaultTraining, trainModels } from './training.ts';

const PIPELINE = 'churn-training';

function train(): number {
  const dir = modelDir(import.meta.url, process.env);
  mkdirSync(dir, { recursive: true });
  const { seed, trainingRows, heldOutRows } = defaultTraining;
  console.log(`training on ${trainingRows} synthetic customers (seed ${seed}), measuring on ${heldOutRows} others`);
  for (const model of trainModels(defaultTraining)) {
    const path = join(dir, `${model.version}.json`);
    const text = `${JSON.stringify(model)}\n`;
    writeFileSync(path, text);
    const { accuracy, auc, logLoss, baseRate } = model.training.heldOut;
    console.log(
      `${model.version} ${model.parameters.kind}: accuracy ${accuracy.toFixed(3)} (always the commoner class: ${baseRate.toFixed(3)}), ` +
        `AUC ${auc.toFixed(3)}, log loss ${logLoss.toFixed(3)} → ${path}, ${(text.length / 1024).toFixed(0)} KiB`,
    );
  }
  return trainingRows + heldOutRows;
}

/** Tells how the run ended; without rows it failed. A push that fails is said and not tried again: the models are what they are. */
async function tell(startedAtMs: number, rows?: number): Promise<void> {
  const gateway = process.env.PUSHGATEWAY_URL;
  if (!gateway) return;
  const endedAtMs = Date.now();
  const run = { pipeline: PIPELINE, endedAtMs, durationSeconds: (endedAtMs - startedAtMs) / 1000 };
  await pushPipelineRun(gateway, rows === undefined ? run : { ...run, rows }).catch(fail);
}

function fail(error: unknown): void {
  const { message, cause } = error as Error & { cause?: Error };
  console.error(`train: ${message}${cause ? `: ${cause.message}` : ''}`);
  process.exitCode = 1;
}

const startedAtMs = Date.now();
let rows: number | undefined;
try {
  rows = train();
} catch (error) {
  fail(error);
}
await tell(startedAtMs, rows);
