import type { MetricUnit } from '../schema/metric-descriptor.ts';

/** How Grafana shows a number: the usual ids of its units, or any other. */
export type Unit =
  | 'none'
  | 'short'
  | 'percent'
  | 'percentunit'
  | 's'
  | 'ms'
  | 'dtdurations'
  | 'bytes'
  | 'decbytes'
  | 'Bps'
  | 'reqps'
  | 'ops'
  | 'cps'
  | 'currencyUSD'
  | 'celsius'
  | 'watt'
  | 'bool'
  | 'dateTimeFromNow'
  | (string & {});

const UNITS: Partial<Record<MetricUnit, Unit>> = {
  seconds: 's',
  bytes: 'bytes',
  ratio: 'percentunit',
  percent: 'percent',
  count: 'short',
  dollars: 'currencyUSD',
};
const PER_SECOND: Partial<Record<MetricUnit, Unit>> = { bytes: 'Bps', count: 'ops', seconds: 'percentunit' };

/** The unit in which values of a metric are shown; undefined where it has none. */
export function displayUnit(unit: MetricUnit | undefined): Unit | undefined {
  return unit && UNITS[unit];
}

/** The unit of a metric's growth per second. Seconds per second are a share: of a processor, of a busy disk. */
export function rateUnit(unit: MetricUnit | undefined): Unit | undefined {
  return unit && PER_SECOND[unit];
}
