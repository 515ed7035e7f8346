import { type Collector, fieldsOf, readProc, single } from './collector.ts';

const FIELDS = [
  { key: 'intr', type: 'counter', name: 'node_intr_total', help: 'Interrupts served since boot.' },
  { key: 'ctxt', type: 'counter', name: 'node_context_switches_total', help: 'Context switches since boot.' },
  { key: 'processes', type: 'counter', name: 'node_forks_total', help: 'Processes and threads started since boot.' },
  { key: 'btime', type: 'gauge', name: 'node_boot_time_seconds', help: 'Unix time at which the host started.' },
  { key: 'procs_running', type: 'gauge', name: 'node_procs_running', help: 'Processes that could run now.' },
  { key: 'procs_blocked', type: 'gauge', name: 'node_procs_blocked', help: 'Processes that wait for input or output.' },
] as const;

/** Host-wide counters of /proc/stat. */
export const stat: Collector = {
  name: 'stat',
  async collect(context) {
    const values = new Map(fieldsOf(await readProc(context, 'stat')).map(([key = '', value]) => [key, Number(value)]));
    return FIELDS.flatMap(({ key, type, name, help }) => {
      const value = values.get(key);
      return value === undefined ? [] : [single(type, name, help, value)];
    });
  },
};
