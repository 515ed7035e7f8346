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
          return [counter('node_intr_total', 'Total number of interrupts serviced.', value)];
        case 'ctxt':
          return [counter('node_context_switches_total', 'Total number of context switches.', value)];
        case 'processes':
          return [counter('node_forks_total', 'Total number of forks.', value)];
        case 'btime':
          return [gauge('node_boot_time_seconds', 'Node boot time, in unixtime.', value)];
        case 'procs_running':
          return [gauge('node_procs_running', 'Number of processes in runnable state.', value)];
        case 'procs_blocked':
          return [gauge('node_procs_blocked', 'Number of processes blocked waiting for I/O to complete.', value)];
        default:
          return [];
      }
    });
  },
};
