import type { ExpositionFamily } from '../formats/exposition/format.ts';
import { counter, type HostCollector } from './collector.ts';

// Resource, line of its file, suffix, and what node_exporter says of it. Processor time lost by everyone at once is not defined for cpu.
const STALLS = [
  ['cpu', 'some', 'cpu_waiting', 'that processes have waited for CPU time'],
  ['io', 'some', 'io_waiting', 'that processes have waited due to IO congestion'],
  ['io', 'full', 'io_stalled', 'no process could make progress due to IO congestion'],
  ['memory', 'some', 'memory_waiting', 'that processes have waited for memory'],
  ['memory', 'full', 'memory_stalled', 'no process could make progress due to memory congestion'],
  ['irq', 'full', 'irq_stalled', 'no process could make progress due to IRQ congestion'],
] as const;

/** `node_pressure_*_seconds_total` from pressure stall information, where the kernel keeps it. */
export const pressureCollector: HostCollector = {
  name: 'pressure',
  async collect(files) {
    const families = STALLS.map(async ([resource, line, suffix, what]): Promise<ExpositionFamily[]> => {
      const micros = totalOf(await files.read(`pressure/${resource}`), line);
      if (micros === undefined) return [];
      return [counter(`node_pressure_${suffix}_seconds_total`, `Total time in seconds ${what}`, micros / 1e6)];
    });
    return (await Promise.all(families)).flat();
  },
};

function totalOf(text: string | undefined, line: 'some' | 'full'): number | undefined {
  const pattern = line === 'some' ? /^some .*total=(\d+)/m : /^full .*total=(\d+)/m;
  const match = pattern.exec(text ?? '');
  return match ? Number(match[1]) : undefined;
}
