import { type Collector, fieldsOf, readProc, single } from './collector.ts';

const SHOWN = /^(oom_kill|pgpg(in|out)|pswp(in|out)|pgfault|pgmajfault)$/;

/** Paging, swapping and kills for want of memory, from /proc/vmstat. */
export const vmstat: Collector = {
  name: 'vmstat',
  async collect(context) {
    return fieldsOf(await readProc(context, 'vmstat'))
      .filter(([key = '']) => SHOWN.test(key))
      .map(([key, value]) => single('unknown', `node_vmstat_${key}`, `${key} of /proc/vmstat.`, Number(value)));
  },
};
