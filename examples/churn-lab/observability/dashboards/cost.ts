import { bargauge, dashboard, promql, row, stat, table, timeseries } from '@alidade/sdk/code';
import { alidade, scrape } from '../metrics.ts';
import { SCRAPE_INTERVAL } from '../service.ts';

/** Dollars for a GB and month of disk, as the exercise reckons. */
const DISK_DOLLARS = 0.1;
const GB = 1e9;
const seriesByName = promql<'__name__'>`topk(15, count by (__name__) ({__name__=~".+"}))`;
const bytesPerSample = alidade.diskBytes.sum().div(alidade.samples.sum().gt(0)).as('bytes');

/** What the monitoring itself costs, and who causes it. */
export const cost = dashboard('Cost of monitoring', {
  uid: 'cost',
  description:
    'What is stored, what it takes on disk, what that costs, and which jobs and metrics cause it. The Advice screen says what may go.',
  tags: ['cost', 'alidade'],
  from: 'now-6h',
  links: [{ title: 'Advice', url: '/advice' }],
  panels: [
    stat('Series', alidade.series.sum(), {
      width: 4,
      thresholds: ['green', [500_000, 'yellow'], [2_000_000, 'red']],
      description: 'Series that exist: each combination of label values is one.',
    }),
    stat('Samples per second', alidade.samples.rate().sum().as('cps'), {
      width: 5,
      thresholds: ['blue'],
      interval: SCRAPE_INTERVAL,
      description: 'Samples taken in, over all jobs and senders.',
    }),
    stat('Disk', alidade.diskBytes.sum(), {
      width: 5,
      thresholds: ['green', [50e9, 'yellow'], [100e9, 'red']],
      description: 'All signals on disk. The exercise allows 100 GB a replica.',
    }),
    stat('Disk cost per month', alidade.diskBytes.sum().div(GB).mul(DISK_DOLLARS).as('currencyUSD'), {
      width: 5,
      decimals: 2,
      thresholds: ['green', [1_000, 'yellow'], [5_000, 'red']],
      description: `At ${DISK_DOLLARS} dollars a GB and month; machines and people are not in it. The budget of the exercise is 5,000 dollars for everything.`,
    }),
    stat('Bytes per sample', bytesPerSample, {
      width: 5,
      decimals: 2,
      thresholds: ['blue'],
      description:
        'Disk of all signals over samples stored since the start: high while little is stored, or where logs and traces weigh more than metrics.',
    }),
    row('Who causes it', [
      bargauge(
        'Metrics with most series',
        { '{{__name__}}': seriesByName },
        {
          height: 10,
          width: 8,
          thresholds: ['blue', [10_000, 'red']],
          description: 'The fifteen metrics with most series. Above 10,000 a label holds ids, addresses or paths.',
        },
      ),
      timeseries(
        'Samples per scrape by job',
        { '{{job}}': scrape.kept.sum('job') },
        {
          min: 0,
          height: 10,
          width: 8,
          description: 'What each job adds at every scrape, after relabelling.',
        },
      ),
      table('Series added by job in an hour', scrape.added.sumOverTime('1h').sum('job'), {
        height: 10,
        width: 8,
        columns: { job: 'Job', Value: 'Series added' },
        sortBy: { column: 'Series added', descending: true },
        description: 'Churn: series that are new at a scrape. A job that always adds some has a label that changes.',
      }),
    ]),
    row('Growth', [
      timeseries(
        'Series',
        { series: alidade.series.sum() },
        { width: 8, min: 0, description: 'Steps are releases; a slope is a label that grows for ever.' },
      ),
      timeseries('Disk', { disk: alidade.diskBytes.sum() }, { width: 8, min: 0, description: 'Saw teeth are merges and retention.' }),
      timeseries(
        'Taken in',
        { samples: alidade.samples.rate().sum(), 'log lines': alidade.logLines.rate().sum(), spans: alidade.spans.rate().sum() },
        { width: 8, min: 0, unit: 'cps', log: 10, interval: SCRAPE_INTERVAL, description: 'Samples, log lines and spans a second.' },
      ),
      timeseries(
        'Refused',
        {
          'samples: {{reason}}': alidade.samplesRefused.rate('5m').sum('reason'),
          'lines: {{reason}}': alidade.logLinesRefused.rate('5m').sum('reason'),
        },
        {
          min: 0,
          unit: 'cps',
          noValue: 'nothing is refused',
          description:
            'What was sent and not stored, by reason: money spent on nothing. SamplesRefused and LogLinesRefused fire at 100 in a quarter of an hour.',
        },
      ),
      timeseries(
        'Memory of the monitoring',
        { '{{instance}}': alidade.memory.where({ job: 'prometheus' }) },
        { min: 0, description: 'Resident memory of the server.' },
      ),
    ]),
  ],
});
