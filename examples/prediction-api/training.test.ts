import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { churnProbability, drawCustomer, drawLabelledCustomer } from './churn-process.ts';
import { parseCustomers } from './customer.ts';
import { evaluate } from './evaluation.ts';
import { encode } from './features.ts';
import { type ChurnModel, churnProbabilityOf, loadModel, predict } from './model.ts';
import { packageDir } from './package-dir.ts';
import { createRandom } from './random.ts';
import { defaultTraining, trainModels } from './training.ts';

const models = join(packageDir(import.meta.url), 'models');

describe('trainModels', () => {
  it('gives the committed model files, to the letter', () => {
    for (const model of trainModels(defaultTraining)) {
      expect(`${JSON.stringify(model)}\n`).toBe(readFileSync(join(models, `${model.version}.json`), 'utf8'));
    }
  });

  it('gives other models for another seed', () => {
    const small = { trainingRows: 300, heldOutRows: 100 };
    const of = (seed: number) => JSON.stringify(trainModels({ ...small, seed }).map((model) => model.parameters));
    expect(of(1)).toBe(of(1));
    expect(of(1)).not.toBe(of(2));
  });
});

describe('the committed models', () => {
  const v1 = loadModel(join(models, 'v1.json'), 'v1');
  const v2 = loadModel(join(models, 'v2.json'), 'v2');

  // A sample of its own: neither the training rows nor the held-out rows that the files report on.
  const random = createRandom(12_345);
  const fresh = Array.from({ length: 5000 }, () => drawLabelledCustomer(random));
  const labels = fresh.map(({ hasChurned }) => hasChurned);
  const on = (model: ChurnModel) =>
    evaluate(
      fresh.map(({ customer }) => churnProbabilityOf(model, encode(customer))),
      labels,
    );

  it('beat the base rate clearly on new customers, and v2 ranks better than v1', () => {
    const [first, second] = [on(v1), on(v2)];
    expect(first.accuracy).toBeGreaterThan(first.baseRate + 0.08);
    expect(second.accuracy).toBeGreaterThan(second.baseRate + 0.08);
    expect(first.auc).toBeGreaterThan(0.88);
    expect(second.auc).toBeGreaterThan(first.auc);
    expect(second.logLoss).toBeLessThan(first.logLoss);
  });

  it('stay below what knowing the process would give', () => {
    const best = evaluate(
      fresh.map(({ customer }) => churnProbability(customer)),
      labels,
    );
    expect(on(v2).auc).toBeLessThan(best.auc);
    expect(on(v2).logLoss).toBeGreaterThan(best.logLoss);
  });

  it('report what they would achieve', () => {
    for (const model of [v1, v2]) expect(model.training.heldOut.accuracy).toBeCloseTo(on(model).accuracy, 1);
  });

  it('answer in words', () => {
    const answer = predict(v2, drawCustomer(createRandom(1)));
    expect(answer).toEqual({
      prediction: expect.stringMatching(/^(Churn|No churn)$/),
      churn_probability: expect.any(Number),
      model_version: 'v2',
    });
  });
});

describe('evaluate', () => {
  it('counts, ranks and weighs', () => {
    const perfect = evaluate([0.9, 0.8, 0.2, 0.1], [true, true, false, false]);
    expect(perfect).toMatchObject({ accuracy: 1, auc: 1, baseRate: 0.5 });
    expect(evaluate([0.5, 0.5, 0.5, 0.5], [true, false, true, false]).auc).toBe(0.5);
    expect(evaluate([0.6, 0.4, 0.7], [true, true, false])).toMatchObject({ auc: 0, accuracy: 1 / 3 });
  });
});

describe('drawCustomer', () => {
  it('draws customers that the service accepts, churning about one in four', () => {
    const random = createRandom(7);
    const drawn = Array.from({ length: 4000 }, () => drawLabelledCustomer(random));
    for (const { customer } of drawn) expect(parseCustomers(customer)).toEqual([customer]);
    const rate = drawn.filter(({ hasChurned }) => hasChurned).length / drawn.length;
    expect(rate).toBeGreaterThan(0.2);
    expect(rate).toBeLessThan(0.3);
  });
});
