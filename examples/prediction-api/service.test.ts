import { mkdtempSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@alidade/sdk/instrument/logger';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { customerFields, MAX_CUSTOMERS } from './customer.ts';
import { createMetrics } from './metrics.ts';
import { loadModels } from './model-set.ts';
import { packageDir } from './package-dir.ts';
import { createRandom } from './random.ts';
import { buildService } from './service.ts';
import { readSettings } from './settings.ts';
import { generateTraffic } from './traffic-loop.ts';

const committedModels = join(packageDir(import.meta.url), 'models');

/** The payload of the lab's instructor guide. */
const customer = {
  tenure: 12,
  MonthlyCharges: 59.95,
  TotalCharges: 720.5,
  Contract: 'One year',
  PaymentMethod: 'Electronic check',
  OnlineSecurity: 'No',
  TechSupport: 'No',
  InternetService: 'DSL',
  gender: 'Female',
  SeniorCitizen: 'No',
  Partner: 'Yes',
  Dependents: 'No',
  PhoneService: 'Yes',
  MultipleLines: 'No',
  PaperlessBilling: 'Yes',
  OnlineBackup: 'Yes',
  DeviceProtection: 'No',
  StreamingTV: 'No',
  StreamingMovies: 'No',
};

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Everything that the service logged. */
let lines: Record<string, unknown>[] = [];
beforeEach(() => {
  lines = [];
});

async function service(modelDir = committedModels): Promise<FastifyInstance> {
  const metrics = createMetrics();
  const logger = createLogger({ service: 'churn', environment: 'test', destination: { write: (line) => lines.push(JSON.parse(line)) } });
  const app = await buildService({ models: loadModels(modelDir, metrics), metrics, logger, defaultVersion: 'v2' });
  cleanups.push(() => app.close());
  return app;
}
const post = (app: FastifyInstance, url: string, payload: object | string) =>
  app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json' } });

/** The value of a series, summed over all whose line contains each of the parts. */
async function total(app: FastifyInstance, name: string, ...parts: string[]): Promise<number> {
  const lines = (await app.inject('/metrics')).body
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.filter((line) => parts.every((part) => line.includes(part))).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('predictions', () => {
  it.each([
    ['/v1/predict', 'v1'],
    ['/v2/predict', 'v2'],
    ['/predict', 'v2'],
  ])('%s answers with model %s', async (url, version) => {
    const app = await service();
    const response = await post(app, url, customer);
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ prediction: 'No churn', churn_probability: expect.any(Number), model_version: version });
    expect(await total(app, 'ml_predictions_total', `model_version="${version}"`, 'prediction_result="No churn"', 'status="success"')).toBe(
      1,
    );
    expect(await total(app, 'ml_predictions_total')).toBe(1);
    expect(await total(app, 'ml_prediction_duration_seconds_count', `model_version="${version}"`)).toBe(1);
  });

  it('answers a list with a list, counting each customer and timing the request once', async () => {
    const app = await service();
    const leaver = {
      ...customer,
      tenure: 1,
      TotalCharges: 95,
      MonthlyCharges: 95,
      Contract: 'Month-to-month',
      InternetService: 'Fiber optic',
    };
    const response = await post(app, '/v2/predict', [customer, { ...leaver, SeniorCitizen: 1 }, leaver]);
    expect(response.json().map((answer: { prediction: string }) => answer.prediction)).toEqual(['No churn', 'Churn', 'Churn']);
    expect(await total(app, 'ml_predictions_total', 'prediction_result="Churn"')).toBe(2);
    expect(await total(app, 'ml_prediction_duration_seconds_count')).toBe(1);
    expect(await total(app, 'churn_predicted_customers_total', 'model_version="v2"')).toBe(2);
    expect(await total(app, 'churn_revenue_at_risk_dollars_total')).toBe(2 * 12 * 95);
    const [, second, third] = response
      .json()
      .map((answer: { churn_probability: number }) => answer.churn_probability * 12 * 95 * 0.25 - 50);
    expect(await total(app, 'churn_prevented_value_dollars_total')).toBeCloseTo(second + third, 6);
  });

  it('names every missing field of the bad request of the lab, and counts it', async () => {
    const app = await service();
    const response = await post(app, '/v1/predict', { invalid: 'data' });
    expect(response.statusCode).toBe(400);
    expect(
      response
        .json()
        .problems.map(({ field }: { field: string }) => field)
        .sort(),
    ).toEqual(Object.keys(customerFields).sort());
    expect(response.json().error).toContain('invalid payload, 19 problems: gender is missing, expected "Female", "Male"; ');
    const labels = ['model_version="v1"', 'prediction_result="error"', 'status="error"'];
    expect(await total(app, 'ml_predictions_total', ...labels)).toBe(1);
    expect(await total(app, 'ml_predictions_total')).toBe(1);
    expect(await total(app, 'prediction_requests_total', 'status="error"')).toBe(1);
    expect(await total(app, 'ml_model_predictions_total', 'status="error"', 'model="churn"')).toBe(1);
    expect(await total(app, 'http_requests_total', 'endpoint="/v1/predict"', 'status="400"')).toBe(1);
  });

  it('names bad values with their place in a list', async () => {
    const app = await service();
    const response = await post(app, '/v2/predict', [
      customer,
      { ...customer, tenure: 1.5, Contract: 'Weekly', MonthlyCharges: '59.95' },
      'x',
    ]);
    expect(response.json().problems).toEqual([
      { field: '[1].tenure', message: 'is 1.5, expected a whole number from 0 to 120' },
      { field: '[1].Contract', message: 'is "Weekly", expected "Month-to-month", "One year", "Two year"' },
      { field: '[1].MonthlyCharges', message: 'is "59.95", expected a number from 0 to 1000' },
      { field: '[2]', message: 'is not a customer: send a JSON object with 19 fields' },
    ]);
  });

  it.each<[string, object | string, number, RegExp]>([
    ['a body that is not JSON', '{"tenure": ', 400, /not valid JSON/],
    ['an empty body', '', 400, /empty/],
    ['an empty list', [], 400, /the list is empty/],
    ['too long a list', Array.from({ length: MAX_CUSTOMERS + 1 }, () => ({})), 400, /1001 customers: at most 1000/],
    ['too large a body', `"${'x'.repeat(2_000_000)}"`, 413, /too large/],
    ['null', 'null', 400, /is not a customer/],
  ])('refuses %s and counts one error', async (_what, payload, status, message) => {
    const app = await service();
    const response = await post(app, '/v2/predict', payload);
    expect(response.statusCode).toBe(status);
    expect(response.json().error).toMatch(message);
    expect(await total(app, 'ml_predictions_total', 'status="error"', 'model_version="v2"')).toBe(1);
    expect(await total(app, 'ml_predictions_total')).toBe(1);
  });

  it('bounds the list of problems', async () => {
    const response = await post(
      await service(),
      '/v2/predict',
      Array.from({ length: 500 }, () => ({})),
    );
    expect(response.json().problems).toHaveLength(100);
  });
});

describe('the other endpoints', () => {
  it('/metrics has everything that dashboards and rules read, from the start', async () => {
    const app = await service();
    const { body } = await app.inject('/metrics');
    expect(body).toContain('app_info{version="1.0.0",app_name="churn-prediction-api"} 1\n');
    for (const version of ['v1', 'v2']) {
      expect(body).toContain(`model_loaded{model_version="${version}"} 1\n`);
      expect(body).toMatch(new RegExp(`^ml_model_load_time_seconds{model_name="churn",model_version="${version}"} \\d`, 'm'));
      expect(body).toMatch(new RegExp(`^ml_model_accuracy{model="churn",model_name="churn",model_version="${version}"} 0\\.8`, 'm'));
      expect(body).toMatch(new RegExp(`^model_accuracy{model_name="churn",model_version="${version}"} 0\\.8`, 'm'));
      expect(body).toContain(
        `ml_predictions_total{model_name="churn",model_version="${version}",prediction_result="error",status="error"} 0\n`,
      );
    }
    expect(body).toContain('ml_active_models{model_name="churn"} 2\n');
    expect(body).toContain('predictions_in_flight 0\n');
    expect(body).toMatch(/^app_memory_usage_bytes \d{8,}$/m);
    expect(body).toMatch(/^app_cpu_usage_percent [\d.]+$/m);
  });

  it('/health, /model-info, / and unknown paths', async () => {
    const app = await service();
    expect((await app.inject('/health')).json()).toEqual({ status: 'ok', models: { v1: true, v2: true } });
    const info = (await app.inject('/model-info')).json();
    expect(info).toMatchObject({
      name: 'churn',
      default_version: 'v2',
      versions: { v1: { loaded: true, kind: 'logistic-regression' }, v2: { loaded: true, kind: 'gradient-boosting' } },
    });
    expect(info.versions.v2.training.heldOut.accuracy).toBeGreaterThan(info.versions.v2.training.heldOut.baseRate);
    expect((await app.inject('/')).json().endpoints).toContain('POST /v1/predict');
    const missing = await app.inject('/v3/predict');
    expect([missing.statusCode, missing.json().error]).toEqual([404, 'there is no GET /v3/predict; GET / lists what there is']);
    expect(await total(app, 'http_requests_total', 'endpoint="unmatched"')).toBe(1);
  });
});

describe('a model that cannot be loaded', () => {
  it('answers 503, counts the error, and leaves the other version working', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'churn-models-'));
    await copyFile(join(committedModels, 'v1.json'), join(dir, 'v1.json'));
    writeFileSync(join(dir, 'v2.json'), '{"format":"something else"}');
    const app = await service(dir);
    expect((await post(app, '/v1/predict', customer)).statusCode).toBe(200);
    const refused = await post(app, '/v2/predict', customer);
    expect(refused.statusCode).toBe(503);
    expect(refused.json().error).toMatch(/^model v2 is not loaded: model file .*v2\.json does not fit: format is "something else"/);
    expect(lines.filter(({ level }) => level === 'ERROR')).toMatchObject([
      { message: 'Prediction failed', model_version: 'v2', status: 503, exception_type: 'ModelUnavailableError' },
    ]);
    expect(await total(app, 'ml_predictions_total', 'status="error"', 'model_version="v2"')).toBe(1);
    expect(await total(app, 'model_loaded', 'v2')).toBe(0);
    expect(await total(app, 'ml_active_models')).toBe(1);
    const health = await app.inject('/health');
    expect([health.statusCode, health.json()]).toEqual([503, { status: 'degraded', models: { v1: true, v2: false } }]);
  });
});

describe('generateTraffic', () => {
  it('sends only valid requests to both versions and survives the service being down', async () => {
    let app = await service();
    const target = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const changes: boolean[] = [];
    const stop = new AbortController();
    const traffic = generateTraffic({
      target,
      rate: 200,
      random: createRandom(3),
      signal: stop.signal,
      onChange: (isUp) => changes.push(isUp),
    });
    cleanups.push(async () => {
      stop.abort();
      await traffic;
    });
    await expect.poll(() => total(app, 'ml_predictions_total', 'status="success"'), { timeout: 10_000 }).toBeGreaterThan(10);
    for (const version of ['v1', 'v2']) expect(await total(app, 'ml_predictions_total', 'success', version)).toBeGreaterThan(0);
    expect(await total(app, 'ml_predictions_total', 'status="error"')).toBe(0);

    await app.close();
    await expect.poll(() => changes).toEqual([true, false]);
    app = await service();
    await app.listen({ host: '127.0.0.1', port: Number(target.port) });
    await expect.poll(() => changes).toEqual([true, false, true]);
    await expect.poll(() => total(app, 'ml_predictions_total', 'status="success"')).toBeGreaterThan(0);
  });
});

describe('readSettings', () => {
  it('has defaults and says what is wrong', () => {
    expect(readSettings({})).toEqual({
      host: '127.0.0.1',
      port: 5000,
      defaultVersion: 'v2',
      service: 'churn-prediction-api',
      environment: 'development',
      logLevel: 'info',
      lokiUrl: undefined,
      retention: { successRate: 0.25, offerCost: 50 },
    });
    expect(
      readSettings({ PORT: '0', HOST: '0.0.0.0', DEFAULT_MODEL_VERSION: 'v1', OTEL_SERVICE_NAME: 'x', LOKI_URL: 'http://l' }),
    ).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      defaultVersion: 'v1',
      service: 'x',
      lokiUrl: 'http://l',
    });
    expect(() => readSettings({ PORT: 'http' })).toThrow('PORT is "http", expected a whole number from 0 to 65535');
    expect(() => readSettings({ RETENTION_SUCCESS_RATE: '30%' })).toThrow('RETENTION_SUCCESS_RATE is "30%", expected a number from 0 to 1');
    expect(() => readSettings({ LOG_LEVEL: 'loud' })).toThrow('LOG_LEVEL is "loud", expected one of trace, debug, info');
    expect(() => readSettings({ LOKI_URL: 'loki' })).toThrow('LOKI_URL is "loki", expected an address such as http://127.0.0.1:9090');
    expect(() => readSettings({ DEFAULT_MODEL_VERSION: 'v9' })).toThrow('DEFAULT_MODEL_VERSION is "v9", expected one of v1, v2');
  });
});
