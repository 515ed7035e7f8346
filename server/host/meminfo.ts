import { type Collector, fieldsOf, readProc, single } from './collector.ts';

/** `node_memory_*`: every line of /proc/meminfo, in bytes where the kernel gives a unit. */
export const meminfo: Collector = {
  name: 'meminfo',
  async collect(context) {
    return fieldsOf(await readProc(context, 'meminfo')).map(([key = '', amount, unit]) => {
      const field = key.replace(':', '').replace(/\((.*)\)/, '_$1');
      const isBytes = unit === 'kB';
      const name = `node_memory_${field}${isBytes ? '_bytes' : ''}`;
      return single('gauge', name, `${field} of /proc/meminfo.`, Number(amount) * (isBytes ? 1024 : 1));
    });
  },
};
