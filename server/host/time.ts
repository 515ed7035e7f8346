import type { Clock } from '../model/clock.ts';
import { gauge, type HostCollector } from './collector.ts';

/** `node_time_seconds` and `node_time_zone_offset_seconds`. */
export function createTimeCollector(clock: Clock): HostCollector {
  return {
    name: 'time',
    async collect() {
      const nowMs = clock.nowMs();
      const offsetSeconds = -60 * new Date(nowMs).getTimezoneOffset();
      const zone = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
        .formatToParts(nowMs)
        .find((part) => part.type === 'timeZoneName');
      return [
        gauge('node_time_seconds', 'System time in seconds since 1970.', nowMs / 1000),
        gauge('node_time_zone_offset_seconds', 'Offset of the system time zone in seconds.', [
          { labels: { time_zone: zone?.value ?? 'UTC' }, value: offsetSeconds },
        ]),
      ];
    },
  };
}
