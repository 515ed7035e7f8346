import { describe, expect, it } from 'vitest';
import type { CounterDescriptor, HistogramDescriptor } from '../schema/metric-descriptor.ts';
import { httpRequestDurationSeconds, metricCatalog, mlPredictionsTotal } from './catalog.ts';
import { InstrumentError } from './errors.ts';
import { Instrument } from './instrument.ts';

const jobs = {
  name: 'jobs_total',
  type: 'counter',
  help: 'Jobs',
  unit: 'count',
  labels: { queue: 'Queue' },
} as const satisfies CounterDescriptor;

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof InstrumentError) return error.code;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('Instrument', () => {
  it('exposes a counter in the text format', async () => {
    const instrument = new Instrument();
    instrument.counter(jobs).inc({ queue: 'mail' }, 2);
    expect(await instrument.metrics()).toBe('# HELP jobs_total Jobs\n# TYPE jobs_total counter\njobs_total{queue="mail"} 2\n');
    expect(instrument.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('puts default labels on every series', async () => {
    const instrument = new Instrument({ defaultLabels: { service: 'churn' } });
    instrument.counter(jobs).inc({ queue: 'mail' });
    expect(await instrument.metrics()).toContain('jobs_total{queue="mail",service="churn"} 1');
  });

  it('keeps instances apart', async () => {
    const [a, b] = [new Instrument(), new Instrument()];
    a.counter(jobs).inc({ queue: 'mail' });
    b.counter(jobs);
    expect(await b.metrics()).not.toContain('queue="mail"');
  });

  it('returns the same family for the same definition, also when it is written again', () => {
    const instrument = new Instrument();
    expect(instrument.counter({ ...jobs })).toBe(instrument.counter(jobs));
    expect(instrument.descriptors()).toHaveLength(1);
  });

  it('leaves out labels that are not known', async () => {
    const instrument = new Instrument();
    instrument.counter(mlPredictionsTotal).inc({ model_version: 'v1', prediction_result: 'Churn', status: 'success' });
    expect(await instrument.metrics()).toContain('ml_predictions_total{model_version="v1",prediction_result="Churn",status="success"} 1\n');
  });

  it.each<[string, () => unknown, string]>([
    ['labels', () => ({ ...jobs, labels: { queue: '', host: '' } }), 'with the labels [queue], now asked for with [host, queue]'],
    ['help', () => ({ ...jobs, help: 'Other' }), 'with the help text "Jobs", now asked for with "Other"'],
  ])('refuses another definition of the same name: %s', (_what, other, message) => {
    const instrument = new Instrument();
    instrument.counter(jobs);
    expect(() => instrument.counter(other() as CounterDescriptor)).toThrow(`metric "jobs_total" is already registered: ${message}`);
    expect(codeOf(() => instrument.counter(other() as CounterDescriptor))).toBe('metric_conflict');
  });

  it('refuses another kind and other buckets', () => {
    const instrument = new Instrument();
    instrument.counter(jobs);
    expect(() => instrument.gauge({ ...jobs, type: 'gauge' })).toThrow('as a counter, now asked for as a gauge');
    instrument.histogram(httpRequestDurationSeconds);
    expect(() => instrument.histogram({ ...httpRequestDurationSeconds, buckets: [1, 2] })).toThrow(
      'with the buckets [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10], now asked for with [1, 2]',
    );
  });

  it('refuses a family whose series another one has', () => {
    const instrument = new Instrument();
    instrument.histogram(httpRequestDurationSeconds);
    const clash = { ...jobs, name: 'http_request_duration_seconds_count' };
    expect(() => instrument.counter(clash)).toThrow('which "http_request_duration_seconds" already has');
  });

  it('says everything that is wrong with a definition', () => {
    const bad = {
      name: 'no-dashes',
      type: 'histogram',
      help: ' ',
      unit: 'count',
      labels: { le: '', __x: '', 'a b': '' },
      buckets: [1, 1, Number.POSITIVE_INFINITY],
    } as const satisfies HistogramDescriptor;
    const instrument = new Instrument();
    expect(codeOf(() => instrument.histogram(bad))).toBe('invalid_metric');
    expect(() => instrument.histogram(bad)).toThrow(
      /^metric "no-dashes": name "no-dashes" does not match .*; help is empty.*; label "le" is reserved.*; label "__x" begins.*; label "a b" does not match .*; bucket 1 follows 1: .*; bucket Infinity is not finite/,
    );
    expect(() => instrument.histogram({ ...bad, buckets: [] })).toThrow('buckets is empty');
  });

  it('samples before every exposition and fails the scrape when a sampler throws', async () => {
    const instrument = new Instrument();
    const counter = instrument.counter(jobs);
    instrument.beforeCollect('jobs', async () => counter.inc({ queue: 'replaced' }));
    instrument.beforeCollect('jobs', async () => counter.inc({ queue: 'sampled' }));
    await instrument.metrics();
    const text = await instrument.metrics();
    expect(text).toContain('jobs_total{queue="sampled"} 2');
    expect(text).not.toContain('replaced');
    instrument.beforeCollect('broken', () => {
      throw new Error('no sensor');
    });
    await expect(instrument.metrics()).rejects.toThrow('no sensor');
  });
});

describe('metricCatalog', () => {
  it('can be registered as a whole and exposes every family', async () => {
    const instrument = new Instrument();
    for (const descriptor of metricCatalog) {
      if (descriptor.type === 'counter') instrument.counter(descriptor);
      else if (descriptor.type === 'gauge') instrument.gauge(descriptor);
      else instrument.histogram(descriptor);
    }
    const text = await instrument.metrics();
    for (const { name, type } of metricCatalog) expect(text).toContain(`# TYPE ${name} ${type}\n`);
    expect(new Set(metricCatalog.map((d) => d.name)).size).toBe(metricCatalog.length);
  });
});
