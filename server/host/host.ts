import { type ExpositionFamily, type ExpositionSample, formatExposition } from '../formats/exposition/format.ts';
import type { Clock } from '../model/clock.ts';
import { type Collector, family, type HostContext, type HostRoots } from './collector.ts';
import { cpu } from './cpu.ts';
import { diskstats } from './diskstats.ts';
import { filefd } from './filefd.ts';
import { filesystem } from './filesystem.ts';
import { loadavg } from './loadavg.ts';
import { meminfo } from './meminfo.ts';
import { netdev } from './netdev.ts';
import { pressure } from './pressure.ts';
import { stat } from './stat.ts';
import { time } from './time.ts';
import { uname } from './uname.ts';
import { vmstat } from './vmstat.ts';

const COLLECTORS: readonly Collector[] = [
  cpu,
  diskstats,
  filefd,
  filesystem,
  loadavg,
  meminfo,
  netdev,
  pressure,
  stat,
  time,
  uname,
  vmstat,
];

/**
 * The `node_*` series of this host in text format 0.0.4, as node_exporter would give them. What the system does not offer (no
 * /proc outside Linux) is absent and has `node_scrape_collector_success` 0.
 */
export async function collectHost(clock: Clock, roots: HostRoots = { proc: '/proc', sys: '/sys' }): Promise<Uint8Array> {
  const context: HostContext = { roots, nowMs: () => clock.nowMs() };
  const results = await Promise.all(COLLECTORS.map((collector) => runCollector(collector, context)));
  const perCollector = (name: string, help: string, measure: (result: Result) => number) =>
    family(
      'gauge',
      name,
      help,
      results.map((result): ExpositionSample => ({ labels: { collector: result.name }, value: measure(result) })),
    );
  return formatExposition([
    ...results.flatMap((result) => result.families),
    perCollector('node_scrape_collector_duration_seconds', 'How long the collector took.', (result) => result.seconds),
    perCollector('node_scrape_collector_success', '1 when the collector succeeded.', (result) => (result.isGood ? 1 : 0)),
  ]);
}

interface Result {
  readonly name: string;
  readonly families: readonly ExpositionFamily[];
  readonly seconds: number;
  readonly isGood: boolean;
}

async function runCollector(collector: Collector, context: HostContext): Promise<Result> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    const families = await collector.collect(context);
    return { name: collector.name, families, seconds: seconds(), isGood: true };
  } catch {
    // Not every kernel offers everything: success 0 says which.
    return { name: collector.name, families: [], seconds: seconds(), isGood: false };
  }
}
