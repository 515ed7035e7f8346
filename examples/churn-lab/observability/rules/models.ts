// Are the models there, and do they say what they should?
import { group, record } from '@alidade/sdk/code';
import { api, OF_API } from '../metrics.ts';
import { SERVICE_LABELS, TEAM } from '../service.ts';
import { labAlert } from './lab-alert.ts';

const predictions = api.mlPredictionsTotal.where(OF_API);
const succeeded = predictions.where({ status: 'success' });
const common = { team: TEAM.ml, labels: SERVICE_LABELS } as const;

/** Predictions a second, by version. */
export const predictionRate = record('model_version:ml_predictions:rate1m', predictions.rate('1m').sum('model_version'));

/** Share of customers predicted to leave, by version. About a quarter of the customers of the training data left. */
export const churnShare = record(
  'model_version:ml_predictions_churn:ratio_rate15m',
  predictions.where({ prediction_result: 'Churn' }).rate('15m').sum('model_version').div(succeeded.rate('15m').sum('model_version')),
);

export const modelRecordings = group('model_recordings', { interval: '15s' }, [predictionRate, churnShare]);

const hourlyChurnShare = predictions
  .where({ prediction_result: 'Churn' })
  .increase('1h')
  .sum('model_version')
  .div(succeeded.increase('1h').sum('model_version'));

export const modelAlerts = group('ml_model_alerts', { interval: '15s' }, [
  labAlert('ModelNotLoaded', api.modelLoaded.where(OF_API).eq(0), {
    ...common,
    for: '30s',
    severity: 'critical',
    summary: 'Model {{ $labels.model_version }} is not loaded',
    description: '{{ $labels.instance }} runs without model {{ $labels.model_version }}; its predictions answer 503.',
    action:
      'GET /model-info says why. A missing or damaged file is written again by "npm run train -w prediction-api"; then restart the service.',
  }),
  labAlert('ModelAccuracyDrop', api.mlModelAccuracy.lt(0.85), {
    ...common,
    for: '5m',
    severity: 'critical',
    summary: 'Accuracy of {{ $labels.model_name }} {{ $labels.model_version }} below threshold',
    description: 'Model {{ $labels.model_version }} is right in only {{ $value | humanizePercentage }} of cases; 85% is the limit.',
    action: 'Somebody shipped a worse model. Compare the training records in GET /model-info and go back to the version before.',
  }),
  labAlert(
    'HighModelLatency',
    api.mlModelInferenceDurationSeconds.where(OF_API).quantile(0.95, '5m', 'model_name', 'model_version').gt(1),
    {
      ...common,
      for: '2m',
      severity: 'warning',
      summary: 'High inference latency of {{ $labels.model_name }} {{ $labels.model_version }}',
      description: 'The 95th percentile of inference time is {{ $value | humanizeDuration }}; one second is the limit.',
      action: 'Compare the versions: if only one is slow it is the model, if both are it is the machine.',
    },
  ),
  labAlert(
    'HighModelErrorRate',
    api.mlModelPredictionsTotal
      .where(OF_API)
      .ratio({ status: 'error' }, '5m', 'model_name', 'model_version')
      .gt(0.05)
      .and(
        api.mlModelPredictionsTotal
          .where({ ...OF_API, status: 'error' })
          .increase('5m')
          .sum('model_name', 'model_version')
          .gt(15),
      ),
    {
      ...common,
      for: '3m',
      severity: 'warning',
      summary: 'High error rate of {{ $labels.model_name }} {{ $labels.model_version }}',
      description:
        '{{ $value | humanizePercentage }} of the predictions of {{ $labels.model_name }} {{ $labels.model_version }} fail; 5% is the limit.',
      action: 'Compare the versions: if only one fails go back to the other, if both do look at the payloads.',
    },
  ),
  labAlert('ChurnShareUnusual', hourlyChurnShare.sub(0.24).fn('abs').gt(0.15).and(succeeded.increase('1h').sum('model_version').gt(200)), {
    ...common,
    for: '10m',
    severity: 'info',
    summary: 'Model {{ $labels.model_version }} suddenly predicts another share of leavers',
    description:
      'Over the last hour the share of customers that model {{ $labels.model_version }} expects to leave is {{ $value | humanizePercentage }} away from its usual 24%.',
    action: 'Either the customers have changed or the data about them has. Look at a few payloads before you look at the model.',
  }),
]);
