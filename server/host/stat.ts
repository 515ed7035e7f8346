import type { ExpositionFamily } from '../formats/exposition/format.ts';
import { counter, gauge, type HostCollector, lines, words } from './collector.ts';

/** Counters and gauges of the whole kernel from /proc/stat. */
export const statCollector: HostCollector = {
  name: 'stat',
  async collect(files) {
    return lines(await files.read('stat')).flatMap((line): ExpositionFamily[] => {
      const [name, first] = words(line);
      const value = Number(first);
      switch (name) {
        case 'intr':
          return [counter('node_intr_total', 'Interrupts serviced.', value)];
        case 'ctxt':
          return [counter('node_context_switches_total', 'Context switches.', value)];
        case 'processes':
          return [counter('node_forks_total', 'Forks.', value)];
        case 'btime':
          return [gauge('node_boot_time_seconds', 'When the system was started, in seconds since 1970.', value)];
        case 'procs_running':
          return [gauge('node_procs_running', 'Processes that can run.', value)];
        case 'procs_blocked':
          return [gauge('node_procs_blocked', 'Processes that wait for input or output.', value)];
        default:
          return [];
      }
    });
  },
};
