import { dashboard, now, piechart, row, stat, timeseries } from '@alidade/sdk/code';
import { api, OF_API, pipeline } from '../metrics.ts';
import { churnShare } from '../rules/models.ts';

const predictions = api.mlPredictionsTotal.where(OF_API);
const accuracy = api.mlModelAccuracy.where(OF_API);
const inference = api.mlModelInferenceDurationSeconds.where(OF_API);
const byModel = '{{model_name}} {{model_version}}';

/** How good the models are, and what they answer. */
export const modelPerformance = dashboard('Model performance', {
  uid: 'model-performance',
  description: 'How good the models are, what they answer, how fast each is, and how their training went.',
  tags: ['ml', 'model'],
  panels: [
    stat(
      'Accuracy now',
      { [byModel]: accuracy },
      {
        width: 8,
        decimals: 1,
        sparkline: false,
        thresholds: ['red', [0.85, 'green']],
        description:
          'Share of right answers on held-out customers, measured when the model was trained. ModelAccuracyDrop fires below 85 %.',
      },
    ),
    stat(
      'Models loaded',
      { '{{model_name}}': api.mlActiveModels.where(OF_API) },
      {
        width: 4,
        sparkline: false,
        thresholds: ['red', [2, 'green']],
        description: 'Versions that can predict; two are shipped.',
      },
    ),
    stat('Failed predictions', predictions.ratio({ status: 'error' }, '5m').or(0), {
      decimals: 2,
      thresholds: ['green', [0.01, 'yellow'], [0.05, 'red']],
      description: 'Share of predictions of the last five minutes that ended in an error.',
    }),
    stat(
      'Expected to leave',
      { '{{model_version}}': churnShare.metric },
      {
        decimals: 0,
        thresholds: ['blue'],
        unit: 'percentunit',
        description: 'Share of customers predicted to leave over the last quarter of an hour; 24 % is usual.',
      },
    ),
    row('Quality', [
      timeseries(
        'Accuracy over time',
        { [byModel]: accuracy },
        {
          min: 0.8,
          max: 1,
          steps: true,
          thresholds: ['transparent', [0.85, 'red']],
          showThresholds: 'dashed',
          description: 'A step is a new model. The dashed line is the limit of ModelAccuracyDrop, 85 %.',
        },
      ),
      timeseries(
        'Prediction distribution over time',
        { '{{prediction_result}}': predictions.rate('5m').sum('prediction_result') },
        {
          unit: 'short',
          stack: 'percent',
          fill: 40,
          series: { error: { color: 'red' } },
          description: 'Shares of the predicted classes. A lasting shift means that the customers, or the data about them, have changed.',
        },
      ),
      piechart(
        'Prediction distribution',
        { '{{prediction_result}}': predictions.increase('1h').sum('prediction_result') },
        {
          donut: true,
          series: { error: { color: 'red' } },
          description: 'Predictions of the last hour by predicted class.',
        },
      ),
      timeseries(
        'Predictions by model',
        { [byModel]: predictions.rate().sum('model_name', 'model_version') },
        {
          width: 16,
          unit: 'ops',
          legend: ['mean', 'max', 'lastNotNull'],
          description: 'Which model is asked how often: the share of each version in a comparison of versions.',
        },
      ),
    ]),
    row('Speed', [
      timeseries(
        'p95 of inference time by model',
        { [byModel]: inference.quantile(0.95, 'model_name', 'model_version') },
        {
          min: 0,
          description:
            'Where one version is slow it is the model, where both are it is the machine. HighModelLatency fires above one second.',
        },
      ),
      timeseries(
        'Failed predictions by model',
        { [byModel]: api.mlModelPredictionsTotal.where(OF_API).ratio({ status: 'error' }, 'model_name', 'model_version') },
        {
          min: 0,
          description: 'Share of predictions that failed, by model. HighModelErrorRate fires above 5 %.',
        },
      ),
    ]),
    row('Training', [
      stat(
        'Last training',
        { '{{pipeline}}': pipeline.mlPipelineLastRunSuccess },
        {
          width: 8,
          sparkline: false,
          paint: 'background',
          mappings: { 0: ['failed', 'red'], 1: ['succeeded', 'green'] },
          thresholds: ['red', [1, 'green']],
          noValue: 'no run was pushed',
          description: 'How the last run of the pipeline ended. It tells with PUSHGATEWAY_URL set; TrainingFailed fires when it failed.',
        },
      ),
      stat(
        'Since the last success',
        { '{{pipeline}}': now.sub(pipeline.mlPipelineLastSuccessTimestampSeconds).as('s') },
        {
          width: 8,
          sparkline: false,
          thresholds: ['green', [26 * 3600, 'yellow'], [36 * 3600, 'red']],
          noValue: 'no run was pushed',
          description: 'TrainingOverdue fires after a day and a half.',
        },
      ),
      stat(
        'Duration of the last run',
        { '{{pipeline}}': pipeline.mlPipelineDurationSeconds },
        {
          width: 8,
          sparkline: false,
          thresholds: ['blue'],
          noValue: 'no run was pushed',
          description: 'A run that takes twice as long as usual reads twice as much, or shares its machine.',
        },
      ),
    ]),
  ],
});
