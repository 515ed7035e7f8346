import { alertlist, alerts, bargauge, dashboard, existing, promql, row, stat, table, timeseries } from '@alidade/sdk/code';

const firing = alerts.where({ alertstate: 'firing' });
const pending = alerts.where({ alertstate: 'pending' });
const since = existing.gauge('ALERTS_FOR_STATE', ['alertname', 'severity', 'team'], 'seconds');
/** Alerts that begin to fire: they fire now and did not a minute ago. */
const begun = firing.unless(firing.offset('1m')).count('alertname', 'severity');
const startsPerDay = promql<'alertname' | 'severity'>`sum_over_time((${begun})[1d:1m])`.as('short');
const minutesPerDay = promql<'alertname' | 'severity'>`sum by (alertname, severity) (count_over_time(${firing}[1d:1m]))`;

/** Whether alerts are few, and worth it. */
export const alertQuality = dashboard('Alert quality', {
  uid: 'alert-quality',
  description:
    'Whether alerts are few, and worth reading: how often each fires, which come and go, which never end. Fewer than ten a day is the target.',
  tags: ['alerts'],
  from: 'now-24h',
  refresh: '1m',
  panels: [
    stat('Firing now', firing.count().or(0), {
      thresholds: ['green', [1, 'yellow'], [5, 'red']],
      description: 'Alerts that fire, of all rules.',
    }),
    stat('Pending now', pending.count().or(0), {
      thresholds: ['green', [3, 'yellow']],
      description: 'Conditions that hold, but not for long enough yet.',
    }),
    stat('Began in 24 hours', startsPerDay.sum().or(0), {
      decimals: 0,
      sparkline: false,
      thresholds: ['green', [7, 'yellow'], [10, 'red']],
      description: 'Alerts that began to fire, seen once a minute. The target is fewer than ten.',
    }),
    stat(
      'Longest firing',
      since
        .and(firing.sum('alertname', 'severity'), { on: ['alertname', 'severity'] })
        .min()
        .mul(-1)
        .add({ promql: 'time()' })
        .as('s'),
      {
        sparkline: false,
        noValue: 'nothing fires',
        thresholds: ['green', [4 * 3600, 'yellow'], [86_400, 'red']],
        description:
          'Time since the condition of the oldest alert began to hold. What fires for days is read by nobody: mend it, or delete the rule.',
      },
    ),
    row('Over time', [
      timeseries(
        'Firing by severity',
        { '{{severity}}': firing.count('severity') },
        {
          style: 'bars',
          stack: true,
          noValue: 'nothing has fired',
          series: { critical: { color: 'red' }, warning: { color: 'yellow' }, info: { color: 'blue' }, demo: { color: 'purple' } },
          description: 'How many alerts fire at a time.',
        },
      ),
      timeseries(
        'Firing by alert',
        { '{{alertname}}': firing.count('alertname') },
        {
          steps: true,
          noValue: 'nothing has fired',
          description: 'Which alerts fire together: candidates for one that inhibits the others.',
        },
      ),
    ]),
    row('Which alerts', [
      bargauge(
        'Beginnings in 24 hours',
        { '{{alertname}} ({{severity}})': startsPerDay.topk(15) },
        {
          decimals: 0,
          noValue: 'nothing has fired',
          thresholds: ['green', [3, 'yellow'], [10, 'red']],
          description: 'What comes and goes: raise its "for", give it keep_firing_for, or mend its cause.',
        },
      ),
      table('Time firing in 24 hours', minutesPerDay, {
        columns: { alertname: 'Alert', severity: 'Severity', Value: 'Minutes' },
        sortBy: { column: 'Minutes', descending: true },
        noValue: 'nothing has fired',
        description: 'How many minutes of the last 24 hours each alert fired.',
      }),
      alertlist('Active alerts', { width: 24, description: 'Everything that fires or is about to.' }),
    ]),
  ],
});
