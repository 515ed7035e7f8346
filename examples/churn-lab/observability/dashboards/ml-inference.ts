import { dashboard, gauge, matches, row, stat, timeseries, up } from '@alidade/sdk/code';
import { api, host, OF_API } from '../metrics.ts';
import { budgetRemaining, burnRate } from './slo.ts';

const requests = api.httpRequestsTotal.where(OF_API);
const http = api.httpRequestDurationSeconds.where(OF_API);
const predictions = api.mlPredictionsTotal.where(OF_API);
const lookups = api.cacheRequestsTotal.where(OF_API);
const features = api.featureFetchDurationSeconds.where(OF_API);
const errors = requests
  .ratio({ status: matches('5..') }, '5m')
  .mul(100)
  .as('percent');
const byModel = '{{model_name}} ({{model_version}})';

/** The dashboard of the observability exercise: the inference service from its requests to its error budget. */
export const mlInference = dashboard('ML inference service', {
  uid: 'ml-inference',
  description: 'The inference service from its requests to its error budget: overview, models, resources, feature store, objectives.',
  tags: ['ml', 'inference', 'production'],
  panels: [
    row('Overview', [
      stat('Instances up', up.where(OF_API).sum(), {
        width: 4,
        sparkline: false,
        thresholds: ['red', [1, 'green']],
        description: 'Instances that answered their last scrape. ServiceDown fires when none has for a minute.',
      }),
      stat('Requests', requests.rate('5m').sum(), {
        width: 5,
        unit: 'reqps',
        thresholds: ['blue'],
        description: 'Requests a second over five minutes.',
      }),
      stat('Errors', errors.or(0), {
        width: 5,
        decimals: 2,
        thresholds: ['green', [0.1, 'yellow'], [1, 'red']],
        description: 'Share of answers that are server errors. HighErrorRate fires above 1 %.',
      }),
      stat('p95', http.quantile(0.95, '5m'), {
        width: 5,
        thresholds: ['green', [0.2, 'yellow'], [0.5, 'red']],
        description: 'Nineteen of twenty requests are faster. HighRequestLatency fires above 500 ms.',
      }),
      stat('Predictions in flight', api.predictionsInFlight.where(OF_API).sum(), {
        width: 5,
        thresholds: ['green', [50, 'yellow'], [200, 'red']],
        description: 'Predictions being computed at the moment of the scrape: when it grows, more is asked than can be answered.',
      }),
      timeseries(
        'Request rate (req/s)',
        { '{{endpoint}}': requests.rate('5m').sum('endpoint') },
        {
          unit: 'reqps',
          width: 8,
          description: 'Requests a second by route.',
        },
      ),
      timeseries(
        'Error rate (%)',
        { 'error rate': errors.or(0) },
        {
          width: 8,
          min: 0,
          thresholds: ['transparent', [1, 'red']],
          showThresholds: 'dashed',
          description: 'Share of server errors; the dashed line is the limit of HighErrorRate.',
        },
      ),
      timeseries(
        'P95 latency (ms)',
        { '{{endpoint}}': http.quantile(0.95, '5m', 'endpoint').mul(1000).as('ms') },
        {
          width: 8,
          min: 0,
          description: 'Time from a request to its answer, by route.',
        },
      ),
    ]),
    row('Model performance', [
      timeseries(
        'Predictions/sec by model',
        { [byModel]: predictions.rate('5m').sum('model_name', 'model_version') },
        {
          unit: 'ops',
          width: 8,
          description: 'Which model is asked how often.',
        },
      ),
      timeseries(
        'P95 latency by model',
        { [byModel]: api.mlPredictionDurationSeconds.where(OF_API).quantile(0.95, '5m', 'model_name', 'model_version') },
        {
          width: 8,
          min: 0,
          description: 'Time of a prediction request, by model.',
        },
      ),
      stat(
        'Accuracy',
        { [byModel]: api.mlModelAccuracy.where(OF_API) },
        {
          width: 8,
          height: 8,
          decimals: 1,
          sparkline: false,
          thresholds: ['red', [0.85, 'green']],
          description: 'On held-out customers. ModelAccuracyDrop fires below 85 %.',
        },
      ),
    ]),
    row('Resources', [
      timeseries(
        'Processor',
        {
          service: api.appCpuUsagePercent.where(OF_API),
          '{{instance}}': host.cpuSeconds.where({ mode: 'idle' }).rate('5m').avg('instance').mul(-100).add(100),
        },
        {
          unit: 'percent',
          width: 8,
          min: 0,
          description: 'The service in percent of one core, hosts in percent of all cores.',
        },
      ),
      timeseries(
        'Memory',
        { '{{instance}}': api.appMemoryUsageBytes.where(OF_API) },
        { width: 8, min: 0, description: 'Resident memory of each instance.' },
      ),
      timeseries(
        'GPU utilization (%)',
        { 'GPU {{gpu_id}}': api.gpuUtilizationPercent },
        {
          unit: 'percent',
          width: 8,
          min: 0,
          max: 100,
          noValue: 'no GPU',
          description: 'By nvidia-smi. GPUUtilizationLow fires below 20 % on average.',
        },
      ),
    ]),
    row('Feature store', [
      gauge(
        'Cache hit rate',
        { '{{cache_type}}': lookups.ratio({ result: 'hit' }, '5m', 'cache_type') },
        {
          min: 0,
          max: 1,
          height: 8,
          decimals: 0,
          thresholds: ['red', [0.5, 'yellow'], [0.8, 'green']],
          description: 'Share of look-ups of the last five minutes that the cache answered. FeatureCacheCold fires below 50 %.',
        },
      ),
      timeseries(
        'Look-ups',
        { '{{cache_type}} {{result}}': lookups.rate('5m').sum('cache_type', 'result') },
        {
          unit: 'ops',
          width: 9,
          stack: true,
          fill: 30,
          description: 'Look-ups a second in the cache, found and not found.',
        },
      ),
      timeseries(
        'Fetch latency',
        {
          'p50 {{feature_store}}': features.quantile(0.5, '5m', 'feature_store'),
          'p95 {{feature_store}}': features.quantile(0.95, '5m', 'feature_store'),
        },
        {
          width: 9,
          min: 0,
          description: 'Time to fetch features that were not in the cache.',
        },
      ),
    ]),
    row('Objectives', [
      gauge(
        'Error budget left',
        { '{{slo}}': budgetRemaining },
        {
          min: 0,
          max: 1,
          height: 8,
          width: 8,
          decimals: 0,
          unit: 'percentunit',
          thresholds: ['red', [0.1, 'orange'], [0.25, 'yellow'], [0.5, 'green']],
          description: 'What is left of the failures that 30 days may have. ErrorBudgetExhausted fires at zero.',
        },
      ),
      timeseries(
        'Burn rate',
        { '{{slo}}': burnRate },
        {
          width: 8,
          min: 0,
          thresholds: ['transparent', [1, 'yellow'], [14.4, 'red']],
          showThresholds: 'dashed',
          description: 'How fast the budget burns: at 1 it lasts exactly 30 days, at 14.4 two days.',
        },
      ),
      timeseries(
        'Uptime',
        { '{{instance}}': up.where(OF_API).avgOverTime('1h').as('percentunit') },
        {
          width: 8,
          min: 0,
          max: 1,
          description: 'Share of scrapes of the last hour that succeeded.',
        },
      ),
    ]),
  ],
});
