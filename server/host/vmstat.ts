import type { ExpositionFamily } from '../formats/exposition/format.ts';
import { type HostCollector, lines, words } from './collector.ts';

// node_exporter's default.
const INCLUDED = /^(oom_kill|pgpg|pswp|pg.*fault)/;

/** `node_vmstat_*`: page faults, paging, swapping and killed processes. Untyped, as in node_exporter. */
export const vmstatCollector: HostCollector = {
  name: 'vmstat',
  async collect(files) {
    return lines(await files.read('vmstat')).flatMap((line): ExpositionFamily[] => {
      const [field = '', number] = words(line);
      if (!INCLUDED.test(field)) return [];
      return [
        {
          name: `node_vmstat_${field}`,
          type: 'unknown',
          help: `/proc/vmstat information field ${field}.`,
          samples: [{ value: Number(number) }],
        },
      ];
    });
  },
};
