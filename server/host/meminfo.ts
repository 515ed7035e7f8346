import { gauge, type HostCollector, lines } from './collector.ts';

/** `node_memory_*`: one gauge for each line of /proc/meminfo, in bytes where the kernel counts in kB. */
export const meminfoCollector: HostCollector = {
  name: 'meminfo',
  async collect(files) {
    return lines(await files.read('meminfo')).flatMap((line) => {
      const match = /^([^:]+):\s+(\d+)(?: (kB))?\s*$/.exec(line);
      if (!match) return [];
      const [, field = '', number, unit] = match;
      const name = `node_memory_${field.replace(/\((.*)\)/, '_$1')}${unit ? '_bytes' : ''}`;
      return [gauge(name, `Memory information field ${name.slice('node_memory_'.length)}.`, Number(number) * (unit ? 1024 : 1))];
    });
  },
};
