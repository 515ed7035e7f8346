import type { EventCount, Slo, SloIndicator, TimeSliceIndicator } from '../../schema/slo.ts';
import { sliExpressions } from '../expressions.ts';
import { bucketRatio, slothQuery } from './events.ts';
import { OPENSLO_API, OWN } from './openslo.ts';

/** One document for an objective, and what the format has no place for. */
export function openSloDocument(slo: Slo): { document: object; lost: string[] } {
  const { indicator } = slo;
  const annotations = {
    ...(slo.runbookUrl && { [`${OWN}runbook-url`]: slo.runbookUrl }),
    ...(slo.minEvents && { [`${OWN}min-events`]: String(slo.minEvents) }),
    ...(slo.alerts?.omit && { [`${OWN}omit-alerts`]: slo.alerts.omit.join(',') }),
  };
  const labels = { ...slo.labels, ...(slo.team && { team: slo.team }) };
  const isSliced = indicator.type === 'time-slice';
  const document = {
    apiVersion: OPENSLO_API,
    kind: 'SLO',
    metadata: {
      name: slo.name,
      ...(slo.title && { displayName: slo.title }),
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      ...(slo.description && { description: slo.description }),
      service: slo.service,
      indicator: { metadata: { name: `${slo.name}-indicator` }, spec: openSloIndicator(indicator) },
      timeWindow: [{ duration: slo.window, isRolling: true }],
      budgetingMethod: isSliced ? 'Timeslices' : 'Occurrences',
      objectives: [{ target: slo.target, ...(isSliced && sliceFields(indicator)) }],
    },
  };
  const hasTexts = slo.alerts?.page !== undefined || slo.alerts?.ticket !== undefined;
  return { document, lost: hasTexts ? [`${slo.service}/${slo.name}: labels and annotations of its alerts`] : [] };
}

function sliceFields(indicator: TimeSliceIndicator): object {
  const slice = { timeSliceWindow: indicator.slice };
  if ('query' in indicator) return { ...slice, op: indicator.op, value: indicator.value, timeSliceTarget: 1 };
  return { ...slice, timeSliceTarget: indicator.sliceTarget };
}

function source(query: string): object {
  return { metricSource: { type: 'Prometheus', spec: { query } } };
}

function openSloIndicator(indicator: SloIndicator): object {
  const events = (counts: EventCount) => source('counter' in counts ? counts.counter : slothQuery(counts));
  switch (indicator.type) {
    case 'ratio':
      return {
        ratioMetric: {
          counter: true,
          ...('bad' in indicator ? { bad: events(indicator.bad) } : { good: events(indicator.good) }),
          total: events(indicator.total),
        },
      };
    case 'error-ratio':
      return { ratioMetric: { rawType: 'failure', raw: source(indicator.query.replaceAll('$window', '{{.window}}')) } };
    case 'latency': {
      const ratio = bucketRatio(indicator);
      if (ratio) return openSloIndicator(ratio);
      const sli = sliExpressions({ name: '', service: '', target: 0.5, window: '30d', indicator });
      return { ratioMetric: { rawType: 'failure', raw: source(sli.errorRatio('{{.window}}')) } };
    }
    case 'time-slice':
      if ('query' in indicator) return { thresholdMetric: source(indicator.query.replaceAll('$window', '{{.window}}')) };
      return openSloIndicator(indicator.of);
  }
}
