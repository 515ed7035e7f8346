import { bargauge, dashboard, gauge, recorded, row, stat, timeseries, variable } from '@alidade/sdk/code';
import { errorRatioName, eventsName, failedEventsName, RECORDED } from '@alidade/sdk/slo';

type SloLabel = 'slo' | 'slo_service';
const WINDOW = '30d';

/** What is left of each error budget: 1 = untouched, 0 = spent. */
export const budgetRemaining = recorded<SloLabel>(RECORDED.budgetRemaining, 'percentunit');
/** How fast each budget burns, over the last hour. */
export const burnRate = recorded<SloLabel>(RECORDED.currentBurnRate, 'short');

const chosen = { slo: { op: '=~', value: '$slo' } } as const;
const of = (name: string, unit: string) => recorded<SloLabel>(name, unit).where(chosen);
const failedShare = of(errorRatioName(WINDOW), 'percentunit');
const BUDGET_COLORS = ['red', [0.1, 'orange'], [0.25, 'yellow'], [0.5, 'green']] as const;

/** Objectives, what is left of their budgets, and how fast they burn. */
export const sloDashboard = dashboard('Service level objectives', {
  uid: 'slo',
  description: 'What users are promised, what is left of each error budget, how fast it burns, and when it is gone.',
  tags: ['slo'],
  from: 'now-6h',
  refresh: '1m',
  variables: [variable('slo', { label: 'Objective', values: `label_values(${RECORDED.objective}, slo)`, multi: true, all: '.*' })],
  panels: [
    stat(
      'Success rate',
      { '{{slo}}': failedShare.mul(-1).add(1).as('percentunit') },
      {
        width: 6,
        decimals: 3,
        sparkline: false,
        description: 'Good events of all events of 30 days, or since there are any.',
        thresholds: ['blue'],
      },
    ),
    stat(
      'Objective',
      { '{{slo}}': of(RECORDED.objective, 'percentunit') },
      {
        width: 6,
        decimals: 1,
        sparkline: false,
        thresholds: ['blue'],
        description: 'Share of good events that users are promised.',
      },
    ),
    gauge(
      'Error budget left',
      { '{{slo}}': budgetRemaining.where(chosen) },
      {
        width: 6,
        height: 4,
        min: 0,
        max: 1,
        decimals: 0,
        thresholds: BUDGET_COLORS,
        description: 'What is left of the failures that 30 days may have.',
      },
    ),
    stat(
      'Budget gone in',
      { '{{slo}}': of(RECORDED.exhaustionHours, 'h') },
      {
        width: 6,
        sparkline: false,
        noValue: 'does not burn',
        thresholds: ['red', [24, 'orange'], [72, 'yellow'], [720, 'green']],
        description: 'At the pace of the last hour. No value: nothing has failed in the last hour.',
      },
    ),
    row('Budget', [
      timeseries(
        'Error budget over time',
        { '{{slo}}': budgetRemaining.where(chosen) },
        {
          max: 1,
          lineWidth: 2,
          thresholds: ['red', [0, 'transparent']],
          showThresholds: 'dashed',
          description: 'Falls with each failure, rises as old failures leave the window of 30 days.',
        },
      ),
      timeseries(
        'Burn rate',
        {
          '{{slo}} 1h': burnRate.where(chosen),
          '{{slo}} 5m': of(errorRatioName('5m'), 'short').div(of(RECORDED.budget, 'short')),
          '{{slo}} 6h': of(errorRatioName('6h'), 'short').div(of(RECORDED.budget, 'short')),
        },
        {
          unit: 'short',
          min: 0,
          thresholds: ['transparent', [1, 'yellow'], [14.4, 'red']],
          showThresholds: 'dashed',
          description: 'At 1 the budget lasts exactly 30 days. Above 14.4 over an hour and five minutes somebody is paged.',
        },
      ),
    ]),
    row('Events', [
      bargauge(
        'Events of 30 days',
        { '{{slo}}': of(eventsName(WINDOW), 'short') },
        {
          width: 6,
          decimals: 0,
          thresholds: ['blue'],
          description: 'How many events the success rate rests on; few prove nothing.',
        },
      ),
      stat(
        'Failed events of 30 days',
        { '{{slo}}': of(failedEventsName(WINDOW), 'short') },
        {
          width: 6,
          height: 8,
          decimals: 0,
          sparkline: false,
          thresholds: ['green', [1, 'yellow']],
          description: 'Events that were not good.',
        },
      ),
      timeseries(
        'Failed share by window',
        {
          '{{slo}} 5m': of(errorRatioName('5m'), 'percentunit'),
          '{{slo}} 1h': of(errorRatioName('1h'), 'percentunit'),
          '{{slo}} 1d': of(errorRatioName('1d'), 'percentunit'),
        },
        {
          min: 0,
          description: 'Short windows show what happens now, long ones what it amounts to.',
        },
      ),
    ]),
  ],
});
