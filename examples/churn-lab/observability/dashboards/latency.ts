import { dashboard, heatmap, query, row, stat, timeseries } from '@alidade/sdk/code';
import { api, OF_API } from '../metrics.ts';

const predictions = api.predictionLatencySeconds.where(OF_API);
const http = api.httpRequestDurationSeconds.where(OF_API);
const features = api.featureFetchDurationSeconds.where(OF_API);
const slowShare = predictions.bucket
  .where({ le: '0.2' })
  .rate()
  .sum()
  .div(predictions.count.rate().sum().gt(0))
  .mul(-1)
  .add(1)
  .as('percentunit');
const slowCount = predictions.count
  .increase('1h')
  .sum()
  .sub(predictions.bucket.where({ le: '0.2' }).increase('1h').sum())
  .as('short');
const LIMIT = { thresholds: ['green', [0.1, 'yellow'], [0.2, 'red']] } as const;

/** How long predictions take, and how many take too long. */
export const latency = dashboard('Latency', {
  uid: 'latency',
  description: 'How long predictions take: percentiles, the whole distribution, and what is slower than the objective of 200 ms.',
  tags: ['ml', 'service'],
  panels: [
    stat('p50', predictions.quantile(0.5), { ...LIMIT, description: 'Half of the predictions are faster.' }),
    stat('p95', predictions.quantile(0.95), {
      ...LIMIT,
      description: 'Nineteen of twenty are faster. LatencyAbove200ms fires above 200 ms.',
    }),
    stat('p99', predictions.quantile(0.99), { ...LIMIT, description: 'Ninety-nine of a hundred are faster.' }),
    stat('Slower than 200 ms', slowShare.or(0), {
      decimals: 2,
      thresholds: ['green', [0.01, 'yellow'], [0.05, 'red']],
      description: 'Share of predictions that miss the objective; 5 % may.',
    }),
    row('Over time', [
      timeseries(
        'Percentiles of prediction time',
        {
          p50: predictions.quantile(0.5),
          p95: query(predictions.quantile(0.95), { exemplar: true }),
          p99: predictions.quantile(0.99),
        },
        {
          lineWidth: 2,
          min: 0,
          legend: ['mean', 'max', 'lastNotNull'],
          thresholds: ['transparent', [0.2, 'red']],
          showThresholds: 'dashed',
          description:
            'Estimated within the buckets of the histogram. Diamonds are requests with a trace; the dashed line is the objective.',
        },
      ),
      heatmap('Distribution of prediction time', predictions.distribution(), {
        description: 'How many predictions took how long: a second band is a second kind of request, which no percentile shows.',
      }),
      timeseries(
        'Predictions slower than 200 ms',
        { 'slower than 200 ms': slowShare.or(0) },
        {
          min: 0,
          thresholds: ['transparent', [0.05, 'red']],
          showThresholds: 'dashed',
          description: 'Share of predictions that miss the objective; above the dashed line the error budget shrinks.',
        },
      ),
      stat('Slow predictions of the last hour', slowCount.clampMin(0), {
        decimals: 0,
        height: 8,
        thresholds: ['green', [1, 'yellow'], [20, 'red']],
        description: 'How many predictions of the last hour took more than 200 ms. The traces of the slowest are found under Traces.',
        links: [{ title: 'Traces slower than 200 ms', url: '/traces?min=200ms' }],
      }),
      stat('Average', predictions.average(), {
        height: 8,
        ...LIMIT,
        description: 'The mean: what a client that asks one after the other sees. One slow request moves it more than p50.',
      }),
    ]),
    row('Where the time goes', [
      timeseries(
        'p95 by endpoint',
        { '{{endpoint}}': http.quantile(0.95, 'endpoint') },
        {
          min: 0,
          description: 'From the first byte of a request to its answer, all routes. HighRequestLatency fires above 500 ms.',
        },
      ),
      timeseries(
        'p95 of feature look-ups',
        { '{{feature_store}}': features.quantile(0.95, 'feature_store') },
        {
          min: 0,
          description: 'The part of a prediction that waits for features. FeatureFetchSlow fires above 50 ms.',
        },
      ),
    ]),
  ],
});
