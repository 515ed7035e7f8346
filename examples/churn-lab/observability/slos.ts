// What users of the prediction service are promised.
import { matches } from '@alidade/sdk/code';
import { slo } from '@alidade/sdk/slo';
import { api, OF_API } from './metrics.ts';
import { runbookUrl } from './runbooks.ts';
import { SERVICE, SERVICE_LABELS, TEAM } from './service.ts';

const requests = api.httpRequestsTotal.where(OF_API);
const common = {
  service: SERVICE,
  window: '30d',
  team: TEAM.ml,
  labels: SERVICE_LABELS,
  // The example has 0.2 requests a second: an hour of it is 720 events, a quiet night still has some.
  minEvents: 30,
  runbookUrl: runbookUrl('ErrorBudget'),
} as const;

/** 99.9 % of the requests are answered without a server error. */
export const availability = slo({
  ...common,
  name: 'availability',
  title: 'Requests are answered',
  description: '99.9 % of the requests of 30 days are answered without a server error (status 5xx).',
  target: 0.999,
  indicator: {
    type: 'ratio',
    total: { counter: requests.promql },
    bad: { counter: requests.where({ status: matches('5..') }).promql },
  },
});

/** 95 % of the predictions take at most 200 ms. */
export const latency = slo({
  ...common,
  name: 'latency',
  title: 'Predictions are fast',
  description: '95 % of the predictions of 30 days take at most 200 ms.',
  target: 0.95,
  indicator: { type: 'latency', histogram: api.predictionLatencySeconds.where(OF_API).selector, threshold: 0.2, kind: 'classic' },
});

/** All objectives. */
export const slos = [availability, latency] as const;
