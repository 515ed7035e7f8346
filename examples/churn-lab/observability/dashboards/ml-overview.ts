import { alertlist, dashboard, existing, row, stat, timeseries, up } from '@alidade/sdk/code';
import { api } from '../metrics.ts';

const predictions = api.mlModelPredictionsTotal;
const jobs = existing.gauge('up');

/** The overview of the setup guide: every model of every service, whatever its job is called. */
export const mlOverview = dashboard('ML system overview', {
  uid: 'ml-overview',
  description: 'Every model of every service on one page, whatever its job is called.',
  tags: ['ml', 'overview'],
  panels: [
    timeseries(
      'Model prediction rate',
      { '{{model_name}} {{model_version}}': predictions.rate('5m').sum('model_name', 'model_version') },
      {
        unit: 'ops',
        description: 'Predictions a second of each model.',
      },
    ),
    stat(
      'Model accuracy',
      { '{{model_name}} {{model_version}}': api.mlModelAccuracy },
      {
        width: 12,
        height: 8,
        decimals: 1,
        sparkline: false,
        thresholds: ['red', [0.85, 'green']],
        description: 'Accuracy of each model as last measured. ModelAccuracyDrop fires below 85 %.',
      },
    ),
    row('How they do', [
      timeseries(
        'Inference time, p95',
        { '{{model_name}} {{model_version}}': api.mlModelInferenceDurationSeconds.quantile(0.95, '5m', 'model_name', 'model_version') },
        {
          width: 8,
          min: 0,
          description: 'HighModelLatency fires above one second.',
        },
      ),
      timeseries(
        'Failed predictions',
        { '{{model_name}} {{model_version}}': predictions.ratio({ status: 'error' }, '5m', 'model_name', 'model_version') },
        {
          width: 8,
          min: 0,
          description: 'Share of predictions that failed. HighModelErrorRate fires above 5 %.',
        },
      ),
      stat(
        'Targets',
        { '{{job}}': jobs.min('job') },
        {
          width: 8,
          height: 8,
          sparkline: false,
          paint: 'background',
          mappings: { 0: ['DOWN', 'red'], 1: ['UP', 'green'] },
          thresholds: ['red', [1, 'green']],
          description: 'Whether all targets of each job answered their last scrape.',
        },
      ),
    ]),
    row('What is wrong', [
      alertlist('Active alerts', { width: 16, description: 'Everything that fires or is about to.' }),
      stat('Targets up', up.avg().as('percentunit'), {
        width: 8,
        height: 8,
        thresholds: ['red', [0.9, 'yellow'], [1, 'green']],
        description: 'Share of all targets that answered their last scrape.',
      }),
    ]),
  ],
});
