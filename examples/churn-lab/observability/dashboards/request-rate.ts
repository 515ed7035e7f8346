import { dashboard, matches, row, stat, table, timeseries, variable } from '@alidade/sdk/code';
import { api, OF_API } from '../metrics.ts';

const requests = api.httpRequestsTotal.where({ ...OF_API, endpoint: matches('$endpoint') });
const serverErrors = requests.where({ status: matches('5..') });
const clientErrors = requests.where({ status: matches('4..') });
const share = (part: typeof requests) => part.rate().sum().div(requests.rate().sum().gt(0)).as('percentunit').or(0);

/** Requests a second, by status, and how many fail. */
export const requestRate = dashboard('Request rate', {
  uid: 'request-rate',
  description: 'How much is asked of the prediction service, by route and status, and which share of it fails.',
  tags: ['ml', 'service'],
  variables: [
    variable('endpoint', { label: 'Endpoint', values: api.httpRequestsTotal.where(OF_API).values('endpoint'), multi: true, all: '.*' }),
  ],
  panels: [
    stat('Requests per second', requests.rate().sum().or(0), {
      unit: 'reqps',
      width: 8,
      thresholds: ['blue'],
      description: 'All requests to the chosen endpoints.',
    }),
    stat('Server errors', share(serverErrors), {
      width: 8,
      decimals: 2,
      thresholds: ['green', [0.001, 'yellow'], [0.01, 'red']],
      description: 'Share of answers with a status of 500 or above. HighErrorRate fires above 1 % for five minutes.',
    }),
    stat('Client errors', share(clientErrors), {
      width: 8,
      decimals: 2,
      thresholds: ['green', [0.05, 'yellow'], [0.2, 'orange']],
      description: 'Share of answers with a status from 400 to 499: payloads that were refused, routes that do not exist.',
    }),
    row('Over time', [
      timeseries(
        'Requests per second by endpoint',
        { '{{method}} {{endpoint}}': requests.rate().sum('method', 'endpoint') },
        {
          unit: 'reqps',
          stack: true,
          fill: 30,
          legend: ['mean', 'max', 'lastNotNull'],
          description: 'Where the load comes in; the heights add up to all requests.',
        },
      ),
      timeseries(
        'Requests per second by status',
        { '{{status}}': requests.rate().sum('status') },
        {
          unit: 'reqps',
          stack: true,
          fill: 30,
          legend: ['mean', 'max', 'lastNotNull'],
          series: { '/^2/': { color: 'green' }, '/^4/': { color: 'yellow' }, '/^5/': { color: 'red' } },
          description: 'What was answered: 2xx is fine, 4xx the client’s fault, 5xx the service’s.',
        },
      ),
      timeseries(
        'Error percentage',
        { 'server errors': share(serverErrors), 'client errors': share(clientErrors) },
        {
          min: 0,
          thresholds: ['transparent', [0.01, 'red']],
          showThresholds: 'dashed',
          series: { 'server errors': { color: 'red' }, 'client errors': { color: 'yellow' } },
          description: 'Share of requests that fail. The dashed line is the limit of HighErrorRate, 1 %.',
        },
      ),
      table('Requests of the last hour', requests.increase('1h').sum('method', 'endpoint', 'status'), {
        columns: { method: 'Method', endpoint: 'Endpoint', status: 'Status', Value: 'Requests' },
        sortBy: { column: 'Requests', descending: true },
        decimals: 0,
        description: 'The same in numbers.',
      }),
    ]),
  ],
});
