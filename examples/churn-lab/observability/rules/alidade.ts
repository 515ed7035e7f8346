// The monitoring itself: who watches must be watched.
import { group, up } from '@alidade/sdk/code';
import { alidade, api, OF_API } from '../metrics.ts';
import { TEAM } from '../service.ts';
import { labAlert } from './lab-alert.ts';

const common = { team: TEAM.platform } as const;
const OWN = { job: 'prometheus' } as const;
const GIB = 1024 ** 3;

export const alidadeAlerts = group('alidade', { interval: '30s' }, [
  labAlert('MonitoringDown', up.where(OWN).eq(0), {
    ...common,
    for: '2m',
    severity: 'critical',
    summary: 'The monitoring does not answer its own scrape',
    description:
      '{{ $labels.instance }} has not answered for two minutes although it evaluates this rule: it is overloaded, or its address is wrong.',
    action: 'See whether the UI answers and what the server prints. Alerts may come late until it does.',
  }),
  labAlert('SamplesRefused', alidade.samplesRefused.increase('15m').sum('reason').gt(100), {
    ...common,
    for: '5m',
    severity: 'warning',
    summary: 'Samples are refused: {{ $labels.reason }}',
    description: '{{ $value | printf "%.0f" }} samples within a quarter of an hour were not stored, because: {{ $labels.reason }}.',
    action: 'Two senders of one series, a wrong clock, or a limit: the server names the first series of each kind in its output.',
  }),
  labAlert('LogLinesRefused', alidade.logLinesRefused.increase('15m').sum('reason').gt(100), {
    ...common,
    for: '5m',
    severity: 'warning',
    summary: 'Log lines are refused: {{ $labels.reason }}',
    description: '{{ $value | printf "%.0f" }} log lines within a quarter of an hour were not stored, because: {{ $labels.reason }}.',
    action: 'Lines that are too long, too old or from the future: the answer to the push names the first.',
  }),
  labAlert('StorageBacklog', alidade.pendingBytes.gt(GIB), {
    ...common,
    for: '10m',
    severity: 'critical',
    summary: 'The storage engine does not keep up',
    description: '{{ $value | humanize1024 }}B wait to be taken over by the storage engine. When memory runs out, what is sent is refused.',
    action: 'Is the disk full or slow? Is somebody writing far more than usual? The Cost dashboard shows who.',
  }),
  labAlert('MonitoringSlow', alidade.eventLoopDelay.gt(0.5), {
    ...common,
    for: '10m',
    severity: 'warning',
    summary: 'The monitoring answers late',
    description:
      'The event loop of {{ $labels.instance }} has been delayed by {{ $value | humanizeDuration }} for ten minutes: screens are slow and alerts come late.',
    action: 'Look for heavy queries and for a burst of writes; give it more processors.',
  }),
  labAlert('LogsMissing', alidade.logLines.rate('10m').sum().eq(0).and(api.mlPredictionsTotal.where(OF_API).rate('10m').sum().gt(0)), {
    ...common,
    for: '10m',
    severity: 'warning',
    summary: 'Predictions are made, but no log line arrives',
    description: 'Not one log line has been stored for ten minutes although predictions are made, each of which writes one.',
    action: 'See whether LOKI_URL of the service is right and what it prints about it; it keeps the newest lines and sends them later.',
  }),
]);
