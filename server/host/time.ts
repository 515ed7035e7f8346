import type { ExpositionFamily, ExpositionSample } from '../formats/exposition/format.ts';
import type { Clock } from '../model/clock.ts';
import { gauge, type HostCollector, type ProcFiles, words } from './collector.ts';

const MAX_CLOCKSOURCES = 16;

/** `node_time_seconds`, `node_time_zone_offset_seconds` and `node_time_clocksource_*`. */
export function createTimeCollector(clock: Clock): HostCollector {
  return {
    name: 'time',
    async collect(files) {
      const nowMs = clock.nowMs();
      const offsetSeconds = -60 * new Date(nowMs).getTimezoneOffset();
      const zone = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
        .formatToParts(nowMs)
        .find((part) => part.type === 'timeZoneName');
      return [
        gauge('node_time_seconds', 'System time in seconds since epoch (1970).', nowMs / 1000),
        gauge('node_time_zone_offset_seconds', 'System time zone offset in seconds.', [
          { labels: { time_zone: zone?.value ?? 'UTC' }, value: offsetSeconds },
        ]),
        ...(await clocksources(files)),
      ];
    },
  };
}

async function clocksources(files: ProcFiles): Promise<ExpositionFamily[]> {
  const available: ExpositionSample[] = [];
  const current: ExpositionSample[] = [];
  for (let i = 0; i < MAX_CLOCKSOURCES; i++) {
    const device = String(i);
    const folder = `devices/system/clocksource/clocksource${device}`;
    const [all, one] = await Promise.all([
      files.readSys(`${folder}/available_clocksource`),
      files.readSys(`${folder}/current_clocksource`),
    ]);
    if (all === undefined || one === undefined) break;
    for (const clocksource of words(all)) available.push({ labels: { clocksource, device }, value: 1 });
    current.push({ labels: { clocksource: one.trim(), device }, value: 1 });
  }
  if (current.length === 0) return [];
  return [
    gauge('node_time_clocksource_available_info', "Available clocksources read from '/sys/devices/system/clocksource'.", available),
    gauge('node_time_clocksource_current_info', "Current clocksource read from '/sys/devices/system/clocksource'.", current),
  ];
}
