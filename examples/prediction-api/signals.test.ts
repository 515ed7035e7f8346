// The three signals of the service, and that they tell the same story.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@alidade/sdk/instrument/logger';
import { type ReceivedSpan, type Receiver, startReceiver } from '@alidade/sdk/instrument/testing';
import { startTracing } from '@alidade/sdk/instrument/tracing';
import { afterEach, describe, expect, it } from 'vitest';
import { drawCustomer } from './churn-process.ts';
import { FeatureStore } from './feature-store.ts';
import { encode } from './features.ts';
import { createMetrics } from './metrics.ts';
import { loadModels } from './model-set.ts';
import { packageDir } from './package-dir.ts';
import { createRandom } from './random.ts';
import { buildService } from './service.ts';

const committedModels = join(packageDir(import.meta.url), 'models');

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Watched {
  readonly url: string;
  readonly receiver: Receiver;
  /** Sends a body and gives the status, and what the service told about it: spans by name, log lines, exposition. */
  ask(path: string, body: string): Promise<{ status: number; spans: Record<string, ReceivedSpan>; lines: Record<string, unknown>[] }>;
  exposition(): Promise<string>;
}

async function watchedService(modelDir = committedModels): Promise<Watched> {
  const receiver = await startReceiver();
  cleanups.push(() => receiver.close());
  const tracing = startTracing({ service: 'churn', environment: 'test', endpoint: receiver.url });
  cleanups.push(() => tracing.stop());
  const logger = createLogger({ service: 'churn', environment: 'test', destination: { write: () => true }, loki: { url: receiver.url } });
  cleanups.push(() => logger.close());
  const metrics = createMetrics();
  const app = await buildService({ models: loadModels(modelDir, metrics), metrics, logger, defaultVersion: 'v2' });
  cleanups.push(() => app.close());
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url,
    receiver,
    async ask(path, body) {
      const [spansBefore, linesBefore] = [receiver.spans.length, receiver.lines.length];
      const answer = await fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      await answer.text();
      await logger.flush();
      const route = `POST ${path}`;
      await expect.poll(async () => tracing.flush().then(() => receiver.spans.some(({ name }) => name === route))).toBe(true);
      const spans = receiver.spans.slice(spansBefore);
      const lines = receiver.lines.slice(linesBefore).map(({ line }) => JSON.parse(line) as Record<string, unknown>);
      expect(new Set([...spans.map(({ traceId }) => traceId), ...lines.map(({ trace_id }) => trace_id)]).size).toBe(1);
      return { status: answer.status, spans: Object.fromEntries(spans.map((span) => [span.name, span])), lines };
    },
    exposition: async () => (await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text;version=1.0.0' } })).text(),
  };
}

const customer = JSON.stringify(drawCustomer(createRandom(5)));

describe('a prediction', () => {
  it('is a trace with its steps, a log line, and an exemplar', async () => {
    const service = await watchedService();
    const { status, spans, lines } = await service.ask('/v1/predict', customer);
    expect(status).toBe(200);
    const { predict, validate, feature_lookup: lookup, model_inference: inference, 'POST /v1/predict': server } = spans;
    expect(Object.keys(spans)).toHaveLength(5);
    expect(server).toMatchObject({
      kind: 2,
      parentSpanId: '',
      attributes: { 'http.route': '/v1/predict', 'http.response.status_code': 200 },
    });
    expect(predict).toMatchObject({
      parentSpanId: server?.spanId,
      attributes: { 'ml.model.name': 'churn', 'ml.model.version': 'v1', 'ml.prediction.count': 1 },
    });
    for (const step of [validate, lookup, inference]) expect(step?.parentSpanId).toBe(predict?.spanId);
    for (const span of Object.values(spans)) expect(span.status.code).toBe(0);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'INFO',
        event_type: 'model_prediction',
        span_id: predict?.spanId,
        context: {
          model: 'churn',
          version: 'v1',
          prediction: expect.stringMatching(/hurn$/),
          confidence: expect.any(Number),
          latency_ms: expect.any(Number),
        },
      }),
    ]);
    const { confidence } = (lines[0]?.context ?? {}) as { confidence?: number };
    expect(confidence).toBeGreaterThanOrEqual(0.5);
    expect(service.receiver.lines[0]?.labels).toEqual({ service: 'churn', environment: 'test', level: 'INFO' });
    const exposition = await service.exposition();
    for (const family of ['ml_prediction_duration_seconds', 'prediction_latency_seconds', 'http_request_duration_seconds']) {
      expect(exposition).toMatch(new RegExp(`^${family}_bucket\\{.*\\} \\d+ # \\{trace_id="${server?.traceId}"`, 'm'));
    }
  });

  it('of many customers is one line that counts them', async () => {
    const service = await watchedService();
    const random = createRandom(1);
    const { lines, spans } = await service.ask('/v2/predict', JSON.stringify(Array.from({ length: 50 }, () => drawCustomer(random))));
    expect(lines).toMatchObject([{ context: { predictions: 50, version: 'v2', churn: expect.any(Number) } }]);
    expect(spans.predict?.attributes['ml.prediction.count']).toBe(50);
  });

  it('looks features up through the cache, and gets the same vectors', async () => {
    const service = await watchedService();
    for (let i = 0; i < 3; i++) await service.ask('/v2/predict', customer);
    const exposition = await service.exposition();
    expect(exposition).toContain('cache_requests_total{cache_type="feature-groups",result="miss"} 4\n');
    expect(exposition).toContain('cache_requests_total{cache_type="feature-groups",result="hit"} 8\n');
    expect(exposition).toMatch(/^cache_hit_ratio\{cache_type="feature-groups"\} 0\.66/m);
    expect(exposition).toMatch(/^feature_fetch_duration_seconds_count\{feature_store="customer-profile"\} 4$/m);
    const metrics = createMetrics();
    const store = new FeatureStore(metrics.features);
    const random = createRandom(7);
    for (let i = 0; i < 500; i++) {
      const drawn = drawCustomer(random);
      expect(await store.lookup(drawn)).toEqual(encode(drawn));
    }
    expect(await metrics.instrument.metrics()).toMatch(/^cache_evictions_total\{cache_type="feature-groups"\} [1-9]/m);
  });
});

describe('a failed prediction', () => {
  it.each<[string, string, number, string, string]>([
    ['a bad payload', '{"invalid": "data"}', 400, 'validate', 'PayloadError'],
    ['an empty list', '[]', 400, 'validate', 'PayloadError'],
    ['a body that is not JSON', '{"tenure": ', 400, 'predict', 'FastifyError'],
    ['too large a body', `"${'x'.repeat(2_000_000)}"`, 413, 'predict', 'FastifyError'],
  ])('for %s has an error span and an error line of the same trace', async (_what, body, wanted, place, type) => {
    const service = await watchedService();
    const { status, spans, lines } = await service.ask('/v1/predict', body);
    expect(status).toBe(wanted);
    for (const name of new Set([place, 'predict'])) {
      expect(spans[name], name).toMatchObject({ status: { code: 2 }, events: [{ name: 'exception' }] });
    }
    // The caller's mistake is no failure of the server.
    expect(spans['POST /v1/predict']).toMatchObject({ status: { code: 0 }, attributes: { 'http.response.status_code': wanted } });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        message: 'Prediction failed',
        model_name: 'churn',
        model_version: 'v1',
        status: wanted,
        exception_type: type,
        exception_message: expect.stringMatching(/./),
        traceback: expect.stringContaining('at '),
        span_id: spans.predict?.spanId,
        latency_ms: expect.toSatisfy((ms: number) => ms > 0),
      }),
    ]);
  });

  it.each<[string, (file: string) => string, number, string]>([
    ['a model that is not loaded', () => '{}', 503, 'ModelUnavailableError'],
    ['a model that breaks', breakTrees, 500, 'InferenceError'],
  ])('for %s has it too, and the server span fails', async (_what, damage, wanted, type) => {
    const dir = mkdtempSync(join(tmpdir(), 'churn-models-'));
    await copyFile(join(committedModels, 'v1.json'), join(dir, 'v1.json'));
    writeFileSync(join(dir, 'v2.json'), damage(readFileSync(join(committedModels, 'v2.json'), 'utf8')));
    const service = await watchedService(dir);
    const { status, spans, lines } = await service.ask('/v2/predict', customer);
    expect(status).toBe(wanted);
    for (const name of ['model_inference', 'predict', 'POST /v2/predict']) expect(spans[name]?.status.code, name).toBe(2);
    expect(spans.validate?.status.code).toBe(0);
    expect(lines).toMatchObject([
      { level: 'ERROR', message: 'Prediction failed', exception_type: type, status: wanted, model_version: 'v2' },
    ]);
    expect(service.receiver.lines[0]?.labels.level).toBe('ERROR');
    expect(service.receiver.lines[0]?.metadata).toEqual({ trace_id: spans.predict?.traceId, span_id: spans.predict?.spanId });
  });
});

/** A model file that loads, and whose last tree has no number for customers who stayed a month or more. */
function breakTrees(file: string): string {
  const model = JSON.parse(file) as { parameters: { trees: unknown[] } };
  model.parameters.trees.push({ feature: [0, -1, -1], threshold: [0.5, 0, 0], left: [1, 0, 0], right: [2, 0, 0], value: [0, 0, 'lost'] });
  return JSON.stringify(model);
}
