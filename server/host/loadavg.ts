import { gauge, type HostCollector, words } from './collector.ts';

/** `node_load1`, `node_load5`, `node_load15`. */
export const loadavgCollector: HostCollector = {
  name: 'loadavg',
  async collect(files) {
    const text = await files.read('loadavg');
    if (text === undefined) return [];
    const [one, five, fifteen] = words(text);
    return [
      gauge('node_load1', '1m load average.', Number(one)),
      gauge('node_load5', '5m load average.', Number(five)),
      gauge('node_load15', '15m load average.', Number(fifteen)),
    ];
  },
};
