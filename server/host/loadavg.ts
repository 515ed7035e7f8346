import { loadavg as systemLoad } from 'node:os';
import { type Collector, single } from './collector.ts';

/** `node_load1`, `node_load5`, `node_load15`. */
export const loadavg: Collector = {
  name: 'loadavg',
  async collect() {
    const [one = 0, five = 0, fifteen = 0] = systemLoad().map((load) => Math.round(load * 100) / 100);
    return [
      single('gauge', 'node_load1', 'Load average over one minute.', one),
      single('gauge', 'node_load5', 'Load average over five minutes.', five),
      single('gauge', 'node_load15', 'Load average over fifteen minutes.', fifteen),
    ];
  },
};
