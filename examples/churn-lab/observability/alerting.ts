// Whom alerts go to. The tree is one; how people are reached, and how patient they are, differs between the lab and production.
import { type AlertingOptions, type Duration, matches, type Receiver, type TimeInterval } from '@alidade/sdk/code';
import { TEAM } from './service.ts';

/** Who can be told. */
export interface Channels {
  /** Alerts that no route takes. */
  readonly everybody: Receiver;
  /** Woken at night. */
  readonly onCall: Receiver;
  readonly warnings: Receiver;
  readonly info: Receiver;
  readonly mlTeam: Receiver;
  readonly platformTeam: Receiver;
}

/** How long to collect and when to say it again. */
export interface Pace {
  readonly groupWait: Duration;
  readonly groupInterval: Duration;
  readonly repeatInterval: Duration;
  /** When warnings are read; always without. */
  readonly businessHours?: TimeInterval;
}

const AFTER_API_DOWN = [
  'HighErrorRate',
  'HighLatency',
  'HighRequestLatency',
  'LatencyAbove200ms',
  'ErrorRateAbove1Percent',
  'ServerErrors',
  'NoPredictions',
];

/** Routes by severity, then by team: critical wakes somebody and tells the team, warnings and news only tell. */
export function routing(channels: Channels, { businessHours, ...pace }: Pace): AlertingOptions {
  return {
    settings: { resolveTimeout: '5m' },
    route: {
      receiver: channels.everybody,
      groupBy: ['alertname', 'severity'],
      ...pace,
      routes: [
        { match: { severity: 'critical' }, receiver: channels.onCall, repeatInterval: '1h', continue: true },
        { match: { severity: 'warning' }, receiver: channels.warnings, ...(businessHours && { active: [businessHours] }) },
        // Worth seeing on the screen, not worth a message every few hours.
        { match: { severity: 'info' }, receiver: channels.info, repeatInterval: '24h' },
        // A demonstration is told once.
        { match: { severity: 'demo' }, receiver: channels.everybody, repeatInterval: '168h' },
        { match: { team: TEAM.ml }, receiver: channels.mlTeam },
        { match: { team: TEAM.platform }, receiver: channels.platformTeam },
      ],
    },
    inhibit: [
      // A host that is down takes everything on it along.
      { source: { alertname: 'NodeDown' }, target: { instance: matches('.+') }, equal: ['instance'] },
      // When the service is down, what follows from that is not news.
      { source: { alertname: matches(['APIDown', 'ServiceDown']) }, target: { alertname: matches(AFTER_API_DOWN) }, equal: ['service'] },
      { source: { alertname: 'ServiceDown' }, target: { alertname: 'SLODataMissing' }, equal: ['service'] },
      // Of one objective the page says what the ticket would say.
      {
        source: { alertname: 'ErrorBudgetBurnRateCritical' },
        target: { alertname: 'ErrorBudgetBurnRateWarning' },
        equal: ['slo', 'slo_service'],
      },
      // The same name at two severities is one trouble.
      { source: { severity: 'critical' }, target: { severity: 'warning' }, equal: ['alertname', 'service'] },
    ],
  };
}
