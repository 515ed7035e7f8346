import { cpus, freemem, loadavg, platform, totalmem, uptime } from 'node:os';
import type { Clock } from '../model/clock.ts';
import { counter, gauge, type HostCollector } from './collector.ts';

const MODES = ['user', 'nice', 'sys', 'idle', 'irq'] as const;

/** What Node itself knows, for systems without /proc: processors, memory, load, boot time. Under Linux' names, which rules read. */
export function createOsCollector(clock: Clock): HostCollector {
  return {
    name: 'os',
    async collect() {
      const seconds = cpus().flatMap(({ times }, i) =>
        MODES.map((mode) => ({ labels: { cpu: String(i), mode: mode === 'sys' ? 'system' : mode }, value: times[mode] / 1000 })),
      );
      const [one = 0, five = 0, fifteen = 0] = loadavg();
      const load = [
        gauge('node_load1', '1m load average.', one),
        gauge('node_load5', '5m load average.', five),
        gauge('node_load15', '15m load average.', fifteen),
      ];
      return [
        counter('node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.', seconds),
        gauge('node_memory_MemTotal_bytes', 'Memory information field MemTotal_bytes.', totalmem()),
        gauge('node_memory_MemFree_bytes', 'Memory information field MemFree_bytes.', freemem()),
        gauge('node_memory_MemAvailable_bytes', 'Memory information field MemAvailable_bytes.', freemem()),
        gauge('node_boot_time_seconds', 'Node boot time, in unixtime.', Math.round(clock.nowMs() / 1000 - uptime())),
        // Windows has no load average; Node says 0.
        ...(platform() === 'win32' ? [] : load),
      ];
    },
  };
}
