// Expressions with info().
import type { Random } from '../random.ts';
import { selector } from './selectors.ts';

export const BASES = [
  'http_requests_total',
  'errors_total',
  'limit',
  'up',
  'cpu_seconds_total',
  'latency_seconds_count',
  'temperature_celsius',
  'target_info',
  'build_info',
];
export const SELECTORS = [
  '',
  '',
  ', {version=~".+"}',
  ', {cluster="eu"}',
  ', {cluster!="eu"}',
  ', {cluster=~"eu|us", version="1"}',
  ', {"service.namespace"="shop"}',
  ', {__name__="build_info"}',
  ', {__name__=~"build_info|target_info"}',
  ', {__name__=~".+_info", version=~".+"}',
  ', {absent="x"}',
  ', {absent=""}',
  ', {__name__="gone"}',
];

export function info(random: Random): string {
  const name = random.pick(BASES);
  const base = random.pick([
    name,
    name,
    `rate(${name}[5m])`,
    `sum by (job, instance) (${name})`,
    selector(random, { name, labels: { job: ['api', 'web'], instance: ['a:80', 'd:80'] } }),
    `${name} offset 5m`,
  ]);
  const call = `info(${base}${random.pick(SELECTORS)})`;
  return random.pick([call, call, call, `sum by (cluster, version) (${call})`, `${call} * 2`, `max_over_time(${call}[10m:1m])`]);
}
