// info() over every kind of series and selector.
import type { Case } from '../grammar/areas.ts';
import { BASES, SELECTORS } from '../grammar/info.ts';
import { cases, each } from './table.ts';

export const INFO_CASES: readonly Case[] = cases('info', [
  ...BASES.flatMap((base) => each([`info(${base}X)`], SELECTORS)),
  ...each(
    ['info(rate(http_requests_total[5m])X)', 'sum by (cluster) (info(rate(http_requests_total[5m])X))', 'info(up + 0X)', 'info(goneX)'],
    SELECTORS,
  ),
  'info(info(up))',
  'info(label_replace(up, "cluster", "mine", "", ""))',
  'info(label_replace(up, "cluster", "mine", "", ""), {cluster=~".+"})',
  'info(up{instance="a:80"} offset 5m)',
  'info(up @ end())',
  'info(native_latency_seconds)',
  'info(rate(native_latency_seconds[5m]), {cluster=~".+"})',
  'topk(2, info(limit))',
  'count by (version) (info(up))',
  'info(up)[10m:5m]',
]);
