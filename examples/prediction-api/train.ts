/** `npm run train -w prediction-api`: trains both models on synthetic customers, prints how good they are, and writes the model files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelDir } from './package-dir.ts';
import { defaultTraining, trainModels } from './training.ts';

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
