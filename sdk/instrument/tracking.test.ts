import { describe, expect, it } from 'vitest';
import { cpuSampler } from './application.ts';
import {
  applicationMetrics,
  featureMetrics,
  httpMetrics,
  Instrument,
  metricPresets,
  modelMetrics,
  predictionMetrics,
  runtimeMetrics,
} from './index.ts';

const churn = { name: 'churn', version: 'v2' };

/** The sample lines of some families, without buckets and without the value of durations, which differ from run to run. */
async function samples(instrument: Instrument, prefix: string): Promise<string[]> {
  const lines = (await instrument.metrics()).split('\n').filter((line) => line.startsWith(prefix) && !line.includes('_bucket'));
  return lines.map((line) => line.replace(/(_sum|_time_seconds)(\{.*\}) .*/, '$1$2 T'));
}

describe('predictionMetrics', () => {
  it('counts, times and shows what is in flight', async () => {
    const instrument = new Instrument();
    const predictions = predictionMetrics(instrument);
    let finish: (label: string) => void = () => expect.fail('not started');
    const running = predictions.run(churn, () => new Promise<string>((resolve) => (finish = resolve)), String);
    expect(await samples(instrument, 'predictions_in_flight')).toEqual(['predictions_in_flight 1']);
    finish('Churn');
    expect(await running).toBe('Churn');
    expect(await samples(instrument, 'prediction')).toEqual(['predictions_in_flight 0']);
    expect(await samples(instrument, 'ml_')).toEqual([
      'ml_predictions_total{model_name="churn",model_version="v2",prediction_result="Churn",status="success"} 1',
      'ml_prediction_duration_seconds_sum{model_name="churn",model_version="v2"} T',
      'ml_prediction_duration_seconds_count{model_name="churn",model_version="v2"} 1',
    ]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no model');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no model'))],
    ['gives a value whose class cannot be told', () => null],
  ])('counts an error when the function %s', async (_how, predict: () => { label: string } | null | Promise<never>) => {
    const instrument = new Instrument();
    const tracked = predictionMetrics(instrument).wrap(churn, predict, (value) => (value as { label: string }).label);
    await expect(async () => tracked()).rejects.toThrow(/no model|label/);
    expect(await samples(instrument, 'predictions_in_flight')).toEqual(['predictions_in_flight 0']);
    expect(await samples(instrument, 'ml_')).toEqual([
      'ml_predictions_total{model_name="churn",model_version="v2",prediction_result="error",status="error"} 1',
      'ml_prediction_duration_seconds_sum{model_name="churn",model_version="v2"} T',
      'ml_prediction_duration_seconds_count{model_name="churn",model_version="v2"} 1',
    ]);
  });

  it('counts every item of a batch and times it once, synchronously too', async () => {
    const instrument = new Instrument();
    const predict = predictionMetrics(instrument).wrap(
      { version: 'v1' },
      (xs: number[]) => xs.map((x) => (x > 0 ? 'yes' : 'no')),
      (labels) => labels,
    );
    expect(predict([1, 2, -1])).toEqual(['yes', 'yes', 'no']);
    expect(await samples(instrument, 'ml_')).toEqual([
      'ml_predictions_total{model_version="v1",prediction_result="yes",status="success"} 2',
      'ml_predictions_total{model_version="v1",prediction_result="no",status="success"} 1',
      'ml_prediction_duration_seconds_sum{model_version="v1"} T',
      'ml_prediction_duration_seconds_count{model_version="v1"} 1',
    ]);
  });

  it('feeds several vocabularies from one call, a shared family once', async () => {
    const instrument = new Instrument();
    const predictions = predictionMetrics(instrument, { presets: ['ml-api', 'ml-inference', 'ml-service', 'ml-model-serving'] });
    predictions.run(churn, () => 1);
    const model = 'model_name="churn",model_version="v2"';
    expect((await samples(instrument, '')).filter((line) => / 1$/.test(line) || line.includes('_sum'))).toEqual([
      `ml_predictions_total{${model},prediction_result="success",status="success"} 1`,
      `prediction_requests_total{${model},status="success"} 1`,
      `ml_model_predictions_total{model="churn",${model},status="success"} 1`,
      `ml_prediction_duration_seconds_sum{${model}} T`,
      `ml_prediction_duration_seconds_count{${model}} 1`,
      `prediction_latency_seconds_sum{${model}} T`,
      `prediction_latency_seconds_count{${model}} 1`,
      `ml_model_inference_duration_seconds_sum{model="churn",${model}} T`,
      `ml_model_inference_duration_seconds_count{model="churn",${model}} 1`,
    ]);
  });

  it('counts a batch once where the vocabulary counts requests', async () => {
    const instrument = new Instrument();
    predictionMetrics(instrument, { presets: ['ml-service', 'ml-model-serving'] }).recordSuccess(
      { version: 'v1' },
      ['Churn', 'No churn'],
      0.01,
    );
    const counters = [...(await samples(instrument, 'prediction_requests')), ...(await samples(instrument, 'ml_model_predictions'))];
    expect(counters).toEqual([
      'prediction_requests_total{model_version="v1",status="success"} 1',
      'ml_model_predictions_total{model_version="v1",status="success"} 2',
    ]);
  });

  it('starts declared series at 0', async () => {
    const instrument = new Instrument();
    predictionMetrics(instrument).declare({ version: 'v1' }, ['Churn']);
    expect(await samples(instrument, 'ml_predictions_total')).toEqual([
      'ml_predictions_total{model_version="v1",prediction_result="Churn",status="success"} 0',
      'ml_predictions_total{model_version="v1",prediction_result="error",status="error"} 0',
    ]);
  });

  it('has the buckets of both vocabularies that share the family', async () => {
    const instrument = new Instrument();
    predictionMetrics(instrument).recordSuccess({ version: 'v1' }, ['Churn'], 0.02);
    const bounds = [...(await instrument.metrics()).matchAll(/ml_prediction_duration_seconds_bucket\{le="([^"]+)"/g)].map((m) => m[1]);
    expect(bounds).toEqual(['0.001', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '+Inf']);
  });
});

describe('httpMetrics', () => {
  it('takes the status from the result or the error', async () => {
    const instrument = new Instrument();
    const { track } = httpMetrics(instrument);
    track('GET', '/', () => ({ statusCode: 204 }))();
    track('GET', '/', () => 'text')();
    await expect(track('GET', '/', async () => Promise.reject(Object.assign(new Error('gone'), { statusCode: 410 })))()).rejects.toThrow(
      'gone',
    );
    expect(() =>
      track('POST', '/', () => {
        throw new Error('broken');
      })(),
    ).toThrow('broken');
    expect(await samples(instrument, 'http_requests_total')).toEqual([
      'http_requests_total{method="GET",endpoint="/",status="204"} 1',
      'http_requests_total{method="GET",endpoint="/",status="200"} 1',
      'http_requests_total{method="GET",endpoint="/",status="410"} 1',
      'http_requests_total{method="POST",endpoint="/",status="500"} 1',
    ]);
    expect(await samples(instrument, 'http_request_duration_seconds_count')).toEqual([
      'http_request_duration_seconds_count{method="GET",endpoint="/"} 3',
      'http_request_duration_seconds_count{method="POST",endpoint="/"} 1',
    ]);
  });
});

describe('modelMetrics', () => {
  it('follows models through loading, failure and unloading', async () => {
    const instrument = new Instrument();
    const models = modelMetrics(instrument, { presets: ['ml-service', 'ml-model-serving', 'ml-api'] });
    expect(models.load({ name: 'churn', version: 'v1' }, () => 'model')).toBe('model');
    await models.load(churn, async () => 'model');
    expect(() =>
      models.load({ name: 'churn', version: 'v3' }, () => {
        throw new Error('no file');
      }),
    ).toThrow('no file');
    models.setAccuracy(churn, 0.9);
    models.unload({ name: 'churn', version: 'v1' });
    expect(await samples(instrument, 'm')).toEqual([
      'ml_model_load_time_seconds{model_name="churn",model_version="v1"} T',
      'ml_model_load_time_seconds{model_name="churn",model_version="v2"} T',
      'ml_active_models{model_name="churn"} 1',
      'model_loaded{model_version="v1"} 0',
      'model_loaded{model_version="v2"} 1',
      'model_loaded{model_version="v3"} 0',
      'model_accuracy{model_name="churn",model_version="v2"} 0.9',
      'ml_model_accuracy{model="churn",model_name="churn",model_version="v2"} 0.9',
    ]);
  });
});

describe('applicationMetrics', () => {
  it('reads memory and processor at the scrape, without a timer', async () => {
    const instrument = new Instrument();
    const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    applicationMetrics(instrument, { name: 'churn-prediction-api', version: '1.0.0' });
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(timers);
    const text = await instrument.metrics();
    expect(text).toContain('app_info{version="1.0.0",app_name="churn-prediction-api"} 1\n');
    expect(Number(/^app_memory_usage_bytes (.*)$/m.exec(text)?.[1])).toBeGreaterThan(10e6);
    expect(Number(/^app_cpu_usage_percent (.*)$/m.exec(text)?.[1])).toBeGreaterThan(0);
  });

  it('averages the processor over the time since the last scrape, at least a second', () => {
    const readings = [
      { atMs: 2000, usedMicros: 1_000_000 },
      { atMs: 2500, usedMicros: 1_500_000 },
      { atMs: 4000, usedMicros: 1_500_000 },
      { atMs: 5000, usedMicros: 3_500_000 },
    ];
    const sample = cpuSampler(() => readings.shift() ?? expect.fail('read too often'));
    expect([sample(), sample(), sample(), sample()]).toEqual([50, 50, 25, 200]);
  });

  it('adds the runtime on demand', async () => {
    const instrument = new Instrument();
    runtimeMetrics(instrument);
    expect(await instrument.metrics()).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
  });
});

describe('featureMetrics', () => {
  it('times fetches and keeps the hit ratio', async () => {
    const instrument = new Instrument();
    const features = featureMetrics(instrument);
    expect(await features.fetch('redis', async () => [1])).toEqual([1]);
    for (const hit of [true, true, true, false]) features.recordLookup('features', hit);
    expect(await samples(instrument, 'feature_fetch_duration_seconds_count')).toEqual([
      'feature_fetch_duration_seconds_count{feature_store="redis"} 1',
    ]);
    features.recordEvictions('features', 2);
    features.setEntries('features', 1);
    expect(await samples(instrument, 'cache')).toEqual([
      'cache_hit_ratio{cache_type="features"} 0.75',
      'cache_requests_total{cache_type="features",result="hit"} 3',
      'cache_requests_total{cache_type="features",result="miss"} 1',
      'cache_evictions_total{cache_type="features"} 2',
      'cache_entries{cache_type="features"} 1',
    ]);
  });
});

describe('metricPresets', () => {
  it('lists the families that it feeds', () => {
    for (const { families, predictions, duration, accuracy } of Object.values(metricPresets)) {
      expect(families).toEqual(expect.arrayContaining([predictions, duration, ...(accuracy ? [accuracy] : [])]));
    }
  });
});
