// What the models are fed with: features, payloads, and the pipeline that trains them.
import { group, matches, now } from '@alidade/sdk/code';
import { api, OF_API, pipeline } from '../metrics.ts';
import { SERVICE_LABELS, TEAM } from '../service.ts';
import { labAlert } from './lab-alert.ts';

const requests = api.httpRequestsTotal.where({ ...OF_API, endpoint: matches('.*/predict') });
const fetches = api.featureFetchDurationSeconds.where(OF_API);
const lookups = api.cacheRequestsTotal.where(OF_API);
const common = { team: TEAM.ml, labels: SERVICE_LABELS } as const;
const HOUR = 3600;

export const dataAlerts = group('ml_data', { interval: '30s' }, [
  labAlert('FeatureFetchSlow', fetches.quantile(0.95, '10m', 'feature_store').gt(0.05), {
    ...common,
    for: '5m',
    severity: 'warning',
    summary: 'The feature store {{ $labels.feature_store }} is slow',
    description: 'The slowest 5% of feature fetches take {{ $value | humanizeDuration }} or more; 50 ms is the limit.',
    action: 'Every prediction waits for its features: see whether the store is busy, and whether the cache still helps.',
  }),
  labAlert(
    'FeatureCacheCold',
    lookups.ratio({ result: 'hit' }, '30m', 'cache_type').lt(0.5).and(lookups.increase('30m').sum('cache_type').gt(500)),
    {
      ...common,
      for: '15m',
      severity: 'info',
      summary: 'The cache {{ $labels.cache_type }} answers only {{ $value | humanizePercentage }} of the look-ups',
      description: 'Less than half of more than 500 look-ups within half an hour were found in the cache {{ $labels.cache_type }}.',
      action: 'New kinds of customers, a key with a value too many, or a cache that is too small: its evictions tell.',
    },
  ),
  labAlert(
    'PayloadsRefused',
    requests
      .ratio({ status: '400' }, '15m')
      .gt(0.2)
      .and(requests.where({ status: '400' }).increase('15m').sum().gt(20)),
    {
      ...common,
      for: '5m',
      severity: 'warning',
      summary: '{{ $value | humanizePercentage }} of the payloads are refused',
      description:
        'More than a fifth of the requests within a quarter of an hour did not fit the schema: a client sends other data than it used to.',
      action: 'The log lines of the refused requests name each field; find the client and what it released last.',
    },
  ),
]);

export const pipelineAlerts = group('ml_pipeline', { interval: '1m' }, [
  labAlert('TrainingFailed', pipeline.mlPipelineLastRunSuccess.eq(0), {
    for: '5m',
    severity: 'warning',
    team: TEAM.ml,
    summary: 'The pipeline {{ $labels.pipeline }} has failed',
    description: 'The last run of {{ $labels.pipeline }} ended with an error; the models in use stay as they are.',
    action: 'Read what the run printed last, then start it again.',
  }),
  labAlert('TrainingOverdue', now.sub(pipeline.mlPipelineLastSuccessTimestampSeconds.max('pipeline')).gt(36 * HOUR), {
    for: '10m',
    severity: 'warning',
    team: TEAM.ml,
    summary: 'The pipeline {{ $labels.pipeline }} has not succeeded for {{ $value | humanizeDuration }}',
    description: 'It runs once a day; the models in use were trained on older data than they should be.',
    action: 'See whether it was started at all: a run that is not started does not fail.',
  }),
]);
