// The dashboard of objectives, over the series that their rules record: it works on any Prometheus that runs these rules.
import type { Slo } from '../schema/slo.ts';
import { burnConditions } from '../slo/burn-conditions.ts';
import { errorRatioName, eventsName, failedEventsName, RECORDED, sloSelector } from '../slo/recorded-names.ts';
import { recordedWindows } from '../slo/rules.ts';
import { type Dashboard, dashboard, row } from './dashboards/dashboard.ts';
import type { Panel } from './dashboards/panel.ts';
import { alertlist, stat, table, timeseries } from './dashboards/panels.ts';
import { query } from './dashboards/query.ts';

/** How the dashboard is called; default: "SLOs". */
export interface SloDashboardOptions {
  readonly title?: string;
  readonly uid?: string;
  readonly folder?: string;
  readonly tags?: readonly string[];
}

/** An overview of all objectives, and a row for each: success rate, budget, burn rates, when the budget is gone, events. */
export function sloDashboard(slos: readonly Slo[], options: SloDashboardOptions = {}): Dashboard {
  const { title = 'SLOs', uid = 'slos', folder, tags = ['slo'] } = options;
  return dashboard(title, {
    uid,
    ...(folder !== undefined && { folder }),
    tags,
    description: 'Objectives, what is left of their error budgets, and how fast these burn. Made from their definitions.',
    from: 'now-7d',
    refresh: '1m',
    panels: [...overview(), ...slos.map((slo) => row(`${slo.title ?? slo.name} (${slo.service})`, panelsOf(slo)))],
  });
}

function overview(): Panel[] {
  return [
    table('All objectives', query(`sort(${RECORDED.budgetRemaining})`, { instant: true }), {
      width: 16,
      height: 8,
      unit: 'percentunit',
      description: 'What is left of each error budget, the smallest first: 100 % is untouched, 0 % is spent, below it is overspent.',
    }),
    alertlist('Alerts of objectives', { width: 8, height: 8, description: 'Burn alerts, spent budgets and missing data that fire now.' }),
  ];
}

function panelsOf(slo: Slo): Panel[] {
  const at = sloSelector(slo);
  const budget = `${RECORDED.budgetRemaining}${at}`;
  const [fast] = burnConditions(slo.window);
  const factor = fast?.factor ?? 1;
  const windows = recordedWindows(slo);
  const burn = (window: string) => `${errorRatioName(window)}${at} / on (slo, slo_service) ${RECORDED.budget}${at}`;
  return [
    stat('Success rate', `1 - ${errorRatioName(slo.window)}${at}`, {
      width: 4,
      unit: 'percentunit',
      decimals: 3,
      thresholds: ['red', [slo.target, 'green']],
      description: `Good events of all events in the last ${slo.window}. The target is ${slo.target * 100} %.`,
    }),
    stat('Budget left', budget, {
      width: 4,
      unit: 'percentunit',
      decimals: 1,
      thresholds: ['red', [0, 'yellow'], [0.25, 'green']],
      description: `Share of the failures that the objective allows in ${slo.window} and that have not happened yet.`,
    }),
    stat('Burn rate, last hour', `${RECORDED.currentBurnRate}${at}`, {
      width: 4,
      decimals: 2,
      thresholds: ['green', [1, 'yellow'], [factor, 'red']],
      description: `1 spends exactly the budget within ${slo.window}; at ${factor} somebody is paged.`,
    }),
    stat('Budget gone in', `${RECORDED.exhaustionHours}${at} * 3600`, {
      width: 4,
      unit: 's',
      noValue: 'not burning',
      thresholds: ['red', [86_400, 'yellow'], [7 * 86_400, 'green']],
      description: 'When the budget is spent if it goes on burning as in the last hour.',
    }),
    ...countPanels(slo, at),
    timeseries(
      'Budget left over time',
      { [`of ${slo.window}`]: budget },
      {
        width: 12,
        unit: 'percentunit',
        max: 1,
        thresholds: ['red', [0, 'transparent']],
        showThresholds: 'area',
        description: 'How the budget of the rolling window went and came back. A step down is an incident.',
      },
    ),
    timeseries('Burn rates', Object.fromEntries(windows.map((window) => [window, burn(window)])), {
      width: 12,
      thresholds: ['transparent', [1, 'yellow'], [factor, 'red']],
      showThresholds: 'dashed',
      description: 'How fast the budget burns over the windows of the alerts. A page needs the long and the short one above its line.',
    }),
  ];
}

/** An indicator that knows only a ratio has no numbers of events. */
function countPanels(slo: Slo, at: string): Panel[] {
  if (slo.indicator.type === 'error-ratio') return [];
  const noun = slo.indicator.type === 'time-slice' ? 'Slices' : 'Events';
  return [
    stat(noun, `${eventsName(slo.window)}${at}`, { width: 4, unit: 'short', description: `${noun} counted in the last ${slo.window}.` }),
    stat(`${noun} failed`, `${failedEventsName(slo.window)}${at}`, {
      width: 4,
      unit: 'short',
      description: `Of these, the ones that did not meet the objective.`,
    }),
  ];
}
