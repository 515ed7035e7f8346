import { type Collector, family, fieldsOf, readProc } from './collector.ts';

const IGNORED = /^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$/;
const SECTOR_BYTES = 512;
const MS = 1 / 1000;

/** Columns of /proc/diskstats after the device's name, in the kernel's order (Documentation/admin-guide/iostats). */
const COLUMNS = [
  ['counter', 'reads_completed_total', 'Reads completed.', 1],
  ['counter', 'reads_merged_total', 'Reads merged with a neighbour.', 1],
  ['counter', 'read_bytes_total', 'Bytes read.', SECTOR_BYTES],
  ['counter', 'read_time_seconds_total', 'Time that all reads took together.', MS],
  ['counter', 'writes_completed_total', 'Writes completed.', 1],
  ['counter', 'writes_merged_total', 'Writes merged with a neighbour.', 1],
  ['counter', 'written_bytes_total', 'Bytes written.', SECTOR_BYTES],
  ['counter', 'write_time_seconds_total', 'Time that all writes took together.', MS],
  ['gauge', 'io_now', 'Requests under way.', 1],
  ['counter', 'io_time_seconds_total', 'Time with at least one request under way.', MS],
  ['counter', 'io_time_weighted_seconds_total', 'Time of all requests under way, weighted by their number.', MS],
  ['counter', 'discards_completed_total', 'Discards completed.', 1],
  ['counter', 'discards_merged_total', 'Discards merged with a neighbour.', 1],
  ['counter', 'discarded_sectors_total', 'Sectors discarded.', 1],
  ['counter', 'discard_time_seconds_total', 'Time that all discards took together.', MS],
  ['counter', 'flush_requests_total', 'Flushes completed.', 1],
  ['counter', 'flush_requests_time_seconds_total', 'Time that all flushes took together.', MS],
] as const;

/** `node_disk_*` by device, from /proc/diskstats; partitions and virtual devices are left out. */
export const diskstats: Collector = {
  name: 'diskstats',
  async collect(context) {
    const disks = fieldsOf(await readProc(context, 'diskstats'))
      .map(([, , device = '', ...columns]) => ({ device, columns }))
      .filter(({ device }) => !IGNORED.test(device));
    return COLUMNS.map(([type, name, help, factor], i) => {
      const having = disks.filter(({ columns }) => columns[i] !== undefined);
      const samples = having.map(({ device, columns }) => ({ labels: { device }, value: Number(columns[i]) * factor }));
      return family(type, `node_disk_${name}`, help, samples);
    });
  },
};
