import type { ExpositionSample } from '../formats/exposition/format.ts';
import { counter, type HostCollector, lines, words } from './collector.ts';

// Order of the columns of /proc/stat; all in hundredths of a second.
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
const TICKS_PER_SECOND = 100;
// Idle time that falls by more than this means that the processor was taken out and put back: its counters begin anew.
const HOTPLUG_SECONDS = 3;
const IDLE = MODES.indexOf('idle');

/**
 * `node_cpu_seconds_total`. The kernel lets some of these counters fall by a few ticks, which `rate()` would take for a restart, so
 * a fallen one keeps its last value, as in node_exporter.
 */
export function createCpuCollector(): HostCollector {
  const last = new Map<string, number[]>();
  return {
    name: 'cpu',
    async collect(files) {
      const seconds: ExpositionSample[] = [];
      const guest: ExpositionSample[] = [];
      for (const line of lines(await files.read('stat'))) {
        const [name = '', ...ticks] = words(line);
        const cpu = /^cpu(\d+)$/.exec(name)?.[1];
        if (cpu === undefined) continue;
        const now = settle(
          last.get(cpu),
          ticks.map((tick) => Number(tick) / TICKS_PER_SECOND),
        );
        last.set(cpu, now);
        MODES.forEach((mode, i) => {
          seconds.push({ labels: { cpu, mode }, value: now[i] ?? 0 });
        });
        guest.push({ labels: { cpu, mode: 'user' }, value: now[8] ?? 0 }, { labels: { cpu, mode: 'nice' }, value: now[9] ?? 0 });
      }
      if (seconds.length === 0) return [];
      return [
        counter('node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.', seconds),
        counter('node_cpu_guest_seconds_total', 'Seconds the CPUs spent in guests (VMs) for each mode.', guest),
      ];
    },
  };
}

function settle(last: readonly number[] | undefined, now: number[]): number[] {
  if (!last || (now[IDLE] ?? 0) < (last[IDLE] ?? 0) - HOTPLUG_SECONDS) return now;
  return now.map((value, i) => Math.max(value, last[i] ?? 0));
}
