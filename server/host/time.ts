import { type Collector, family, single } from './collector.ts';

/** The host's clock and time zone. */
export const time: Collector = {
  name: 'time',
  async collect(context) {
    const nowMs = context.nowMs();
    const zone = new Intl.DateTimeFormat('en', { timeZoneName: 'short' }).formatToParts(nowMs).find((part) => part.type === 'timeZoneName');
    const offset = { labels: { time_zone: zone?.value ?? 'UTC' }, value: -new Date(nowMs).getTimezoneOffset() * 60 };
    return [
      single('gauge', 'node_time_seconds', 'Unix time of the host.', nowMs / 1000),
      family('gauge', 'node_time_zone_offset_seconds', 'Offset of the host’s time zone from UTC.', [offset]),
    ];
  },
};
