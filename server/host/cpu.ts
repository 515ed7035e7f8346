import type { ExpositionSample } from '../formats/exposition/format.ts';
import { type Collector, family, fieldsOf, readProc } from './collector.ts';

// The kernel counts in USER_HZ, which is 100 on every Linux architecture that Node runs on.
const TICKS_PER_SECOND = 100;
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];
const GUEST_MODES = ['user', 'nice'];

/** `node_cpu_seconds_total` by processor and mode, from /proc/stat. */
export const cpu: Collector = {
  name: 'cpu',
  async collect(context) {
    const seconds: ExpositionSample[] = [];
    const guest: ExpositionSample[] = [];
    for (const [key = '', ...ticks] of fieldsOf(await readProc(context, 'stat'))) {
      if (!/^cpu\d+$/.test(key)) continue;
      const number = key.slice(3);
      const sample = (mode: string, i: number) => ({ labels: { cpu: number, mode }, value: Number(ticks[i] ?? 0) / TICKS_PER_SECOND });
      seconds.push(...MODES.map(sample));
      guest.push(...GUEST_MODES.map((mode, i) => sample(mode, MODES.length + i)));
    }
    return [
      family('counter', 'node_cpu_seconds_total', 'Time that each processor spent in each mode.', seconds),
      family('counter', 'node_cpu_guest_seconds_total', 'Time that each processor spent in virtual machines.', guest),
    ];
  },
};
