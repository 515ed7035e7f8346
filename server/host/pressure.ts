import type { ExpositionFamily } from '../formats/exposition/format.ts';
import { counter, type HostCollector } from './collector.ts';

// Resource, line of its file, suffix. Processor time lost by everyone at once is not defined for cpu.
const STALLS = [
  ['cpu', 'some', 'cpu_waiting'],
  ['io', 'some', 'io_waiting'],
  ['io', 'full', 'io_stalled'],
  ['memory', 'some', 'memory_waiting'],
  ['memory', 'full', 'memory_stalled'],
  ['irq', 'full', 'irq_stalled'],
] as const;

/** `node_pressure_*_seconds_total` from pressure stall information, where the kernel keeps it. */
export const pressureCollector: HostCollector = {
  name: 'pressure',
  async collect(files) {
    const families = STALLS.map(async ([resource, line, suffix]): Promise<ExpositionFamily[]> => {
      const micros = totalOf(await files.read(`pressure/${resource}`), line);
      const who = line === 'some' ? 'some tasks' : 'all tasks at once';
      if (micros === undefined) return [];
      return [counter(`node_pressure_${suffix}_seconds_total`, `Seconds in which ${who} waited for ${resource}.`, micros / 1e6)];
    });
    return (await Promise.all(families)).flat();
  },
};

function totalOf(text: string | undefined, line: 'some' | 'full'): number | undefined {
  const pattern = line === 'some' ? /^some .*total=(\d+)/m : /^full .*total=(\d+)/m;
  const match = pattern.exec(text ?? '');
  return match ? Number(match[1]) : undefined;
}
