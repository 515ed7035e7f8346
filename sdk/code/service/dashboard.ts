// The dashboard of a service: traffic, errors, latency, saturation; predictions and its own metrics where it has some.
import { type Dashboard, dashboard, type Row, row } from '../dashboards/dashboard.ts';
import type { Panel, PanelOptions } from '../dashboards/panel.ts';
import { alertlist, stat, timeseries } from '../dashboards/panels.ts';
import type { Queries } from '../dashboards/query.ts';
import { matches, not } from '../matchers.ts';
import { Counter, Gauge } from '../series.ts';
import type { OwnMetric, ServiceContext } from './metrics.ts';
import { type PromisedObjectives, percent } from './objectives.ts';

/** Counters of requests begin with the first. */
const NO_REQUESTS = 'No requests';
const SERVER_ERROR = { status: matches('5..') } as const;

/** The dashboard of a service. Its uid is `service-<name>`; of names over 32 characters, for which that is too long, it follows from the title. */
export function serviceDashboard(context: ServiceContext, promised: PromisedObjectives): Dashboard {
  const { name, title } = context;
  return dashboard(title, {
    ...(name.length <= 32 && { uid: `service-${name}` }),
    description: `Requests to ${title}, how they are answered, and what the process needs for it.`,
    tags: ['service'],
    from: 'now-30m',
    refresh: '10s',
    panels: [
      ...headline(context, promised),
      traffic(context),
      latency(context, promised),
      saturation(context),
      ...predictions(context),
      ...ownMetrics(context),
    ],
  });
}

/** Panels whose windows follow the scrape interval of the service. */
function panels({ scrapeInterval }: ServiceContext) {
  const own = <O extends PanelOptions>(options: O) => ({ interval: scrapeInterval, ...options });
  return {
    figure: (title: string, queries: Queries, options: Parameters<typeof stat>[2]) =>
      stat(title, queries, { width: 4, ...own(options ?? {}) }),
    chart: (title: string, queries: Queries, options: Parameters<typeof timeseries>[2]) => timeseries(title, queries, own(options ?? {})),
  };
}

function headline(context: ServiceContext, { availability, latency }: PromisedObjectives): Panel[] {
  const { up, requests, duration } = context.metrics;
  const { figure } = panels(context);
  const answered = requests.where(SERVER_ERROR).rate('1h').sum().or(0).div(requests.rate('1h').sum().gt(0)).mul(-1).add(1);
  return [
    figure('Instances up', up.sum(), {
      thresholds: ['red', [1, 'green']],
      decimals: 0,
      description: 'How many instances answered their last scrape.',
    }),
    figure('Requests', requests.rate().sum(), {
      unit: 'reqps',
      noValue: NO_REQUESTS,
      description: 'Requests a second, all routes together.',
    }),
    figure('Errors', requests.where(SERVER_ERROR).rate().sum().or(0).div(requests.rate().sum().gt(0)), {
      unit: 'percentunit',
      noValue: NO_REQUESTS,
      thresholds: ['green', [0.01, 'yellow'], [0.05, 'red']],
      description: 'Share of requests that end in a server error (status 5xx).',
    }),
    figure('p95', duration.quantile(0.95), {
      noValue: NO_REQUESTS,
      description: '95 % of the requests take no longer than this.',
    }),
    ...(availability === undefined
      ? []
      : [
          figure('Answered, last hour', answered, {
            unit: 'percentunit',
            decimals: 2,
            noValue: NO_REQUESTS,
            thresholds: ['red', [availability, 'green']],
            description: `Requests without a server error. Promised are ${percent(availability)}; the SLOs screen tells what is left of the budget.`,
          }),
        ]),
    ...(latency === undefined
      ? []
      : [
          figure(`Within ${latency.within} s, last hour`, duration.shareBelow(latency.within, '1h'), {
            decimals: 2,
            noValue: NO_REQUESTS,
            thresholds: ['red', [latency.target, 'green']],
            description: `Requests that take no longer than ${latency.within} s. Promised are ${percent(latency.target)}.`,
          }),
        ]),
  ];
}

function traffic(context: ServiceContext): Row {
  const { requests } = context.metrics;
  const { chart } = panels(context);
  return row('Traffic and errors', [
    chart(
      'Requests by status',
      { '{{status}}': requests.rate().sum('status') },
      {
        unit: 'reqps',
        stack: true,
        width: 8,
        series: { '/^2/': { color: 'green' }, '/^3/': { color: 'blue' }, '/^4/': { color: 'yellow' }, '/^5/': { color: 'red' } },
        noValue: NO_REQUESTS,
        description: 'Status codes of the answers: 5xx is the fault of the service, 4xx that of the caller, 499 a caller who hung up.',
      },
    ),
    chart(
      'Requests by route',
      { '{{method}} {{endpoint}}': requests.rate().sum('method', 'endpoint') },
      {
        unit: 'reqps',
        width: 8,
        noValue: NO_REQUESTS,
        description: 'Which routes are asked for; "unmatched" is what no route takes.',
      },
    ),
    chart(
      'Errors by route',
      { '{{method}} {{endpoint}}': requests.where(SERVER_ERROR).rate().sum('method', 'endpoint') },
      {
        unit: 'reqps',
        width: 8,
        noValue: 'No errors',
        description: 'Server errors (status 5xx) a second.',
      },
    ),
  ]);
}

function latency(context: ServiceContext, promised: PromisedObjectives): Row {
  const { duration } = context.metrics;
  const { chart } = panels(context);
  const within = promised.latency?.within;
  return row('Latency', [
    chart(
      'Latency',
      { p50: duration.quantile(0.5), p95: duration.quantile(0.95), p99: duration.quantile(0.99) },
      {
        width: 8,
        fill: 0,
        ...(within !== undefined && { thresholds: ['transparent', [within, 'red']], showThresholds: 'dashed' }),
        noValue: NO_REQUESTS,
        description: `Half of the requests take no longer than p50, 99 of 100 no longer than p99.${within === undefined ? '' : ` The dashed line is the promise: ${within} s.`}`,
      },
    ),
    chart(
      'p95 by route',
      { '{{method}} {{endpoint}}': duration.quantile(0.95, 'method', 'endpoint') },
      {
        width: 8,
        fill: 0,
        min: 0,
        noValue: NO_REQUESTS,
        description: 'Which routes are slow: 95 % of their requests take no longer than this.',
      },
    ),
    alertlist('Alerts', { matching: `{service="${context.name}"}`, description: 'Alerts of the service that are pending or firing.' }),
  ]);
}

function saturation(context: ServiceContext): Row {
  const { inFlight, memory, heap, processor, eventLoop } = context.metrics;
  const { chart } = panels(context);
  return row('Saturation', [
    chart(
      'In flight',
      { '{{instance}}': inFlight },
      {
        width: 6,
        min: 0,
        description: 'Requests that are being answered at the moment of the scrape. A line that climbs is a queue.',
      },
    ),
    chart(
      'Processor',
      { '{{instance}}': processor() },
      {
        width: 6,
        unit: 'percentunit',
        description: 'Share of one core. JavaScript runs on one: near 100 % requests wait.',
      },
    ),
    chart(
      'Memory',
      { '{{instance}} resident': memory, '{{instance}} heap': heap },
      {
        width: 6,
        description: 'What the process takes of the machine, and what of it are objects of JavaScript. A line that only climbs is a leak.',
      },
    ),
    chart(
      'Event loop',
      { '{{instance}} p50': eventLoop('p50'), '{{instance}} p99': eventLoop('p99') },
      {
        width: 6,
        description:
          'Resolution of timers, about 10 ms when nothing holds them up: what is above is time in which a computation blocks all requests.',
      },
    ),
  ]);
}

function predictions(context: ServiceContext): Row[] {
  const { predictions } = context.metrics;
  if (!predictions) return [];
  const { made, duration, inFlight } = predictions;
  const { chart } = panels(context);
  const model = ['model_name', 'model_version'] as const;
  return [
    row('Predictions', [
      chart(
        'Predictions by model',
        { '{{model_name}} {{model_version}}': made.rate().sum(...model) },
        {
          width: 6,
          stack: true,
          description: 'Predictions a second.',
        },
      ),
      chart(
        'Failed predictions',
        {
          '{{model_name}} {{model_version}}': made
            .where({ status: not('success') })
            .rate()
            .sum(...model),
        },
        {
          width: 6,
          noValue: 'No failures',
          description: 'Predictions a second that ended in an error.',
        },
      ),
      chart(
        'p95 by model',
        { '{{model_name}} {{model_version}}': duration.quantile(0.95, ...model) },
        {
          width: 6,
          fill: 0,
          min: 0,
          description: '95 % of the predictions take no longer than this.',
        },
      ),
      chart(
        'Predictions in flight',
        { '{{instance}}': inFlight },
        {
          width: 6,
          min: 0,
          description: 'Predictions that are being computed at the moment of the scrape.',
        },
      ),
    ]),
  ];
}

/** A panel for each metric that the service declares itself. */
function ownMetrics(context: ServiceContext): Row[] {
  const { own } = context.metrics;
  if (own.length === 0) return [];
  const { chart } = panels(context);
  return [
    row(
      'Own metrics',
      own.map((one) => chart(one.descriptor.help, ownQueries(one), { width: 8, description: `\`${one.descriptor.name}\`` })),
    ),
  ];
}

function ownQueries({ descriptor, series }: OwnMetric): Queries {
  const labels = Object.keys(descriptor.labels);
  const legend = labels.map((label) => `{{${label}}}`).join(' ');
  if (series instanceof Counter) return { [legend || 'per second']: series.rate().sum(...labels) };
  if (series instanceof Gauge) return { [`${legend} {{instance}}`.trim()]: series };
  return { [`p50 ${legend}`.trim()]: series.quantile(0.5, ...labels), [`p95 ${legend}`.trim()]: series.quantile(0.95, ...labels) };
}
