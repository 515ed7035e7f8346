import type { ExpositionFamily } from '../formats/exposition/format.ts';
import { type HostCollector, lines, words } from './collector.ts';

// node_exporter's default: no partitions, no loop or memory devices.
const EXCLUDED_DEVICES = /^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$/;
const SECTOR_BYTES = 512;
const SECONDS = 0.001;

// Columns of /proc/diskstats from the fourth on (Documentation/admin-guide/iostats): name, help, factor.
const COLUMNS: readonly (readonly [name: string, help: string, factor: number])[] = [
  ['reads_completed_total', 'Reads that completed.', 1],
  ['reads_merged_total', 'Reads that were merged with a neighbour.', 1],
  ['read_bytes_total', 'Bytes read.', SECTOR_BYTES],
  ['read_time_seconds_total', 'Seconds spent by all reads.', SECONDS],
  ['writes_completed_total', 'Writes that completed.', 1],
  ['writes_merged_total', 'Writes that were merged with a neighbour.', 1],
  ['written_bytes_total', 'Bytes written.', SECTOR_BYTES],
  ['write_time_seconds_total', 'Seconds spent by all writes.', SECONDS],
  ['io_now', 'Operations in progress.', 1],
  ['io_time_seconds_total', 'Seconds in which the disk was busy.', SECONDS],
  ['io_time_weighted_seconds_total', 'Seconds in which the disk was busy, weighted by operations in progress.', SECONDS],
  ['discards_completed_total', 'Discards that completed.', 1],
  ['discards_merged_total', 'Discards that were merged with a neighbour.', 1],
  ['discarded_sectors_total', 'Sectors that were discarded.', 1],
  ['discard_time_seconds_total', 'Seconds spent by all discards.', SECONDS],
  ['flush_requests_total', 'Flush requests that completed.', 1],
  ['flush_requests_time_seconds_total', 'Seconds spent by all flush requests.', SECONDS],
];

/** `node_disk_*` of whole disks. Older kernels have fewer columns. */
export const diskstatsCollector: HostCollector = {
  name: 'diskstats',
  async collect(files) {
    const disks = lines(await files.read('diskstats'))
      .map((line) => words(line))
      .filter(([, , device = '']) => device !== '' && !EXCLUDED_DEVICES.test(device));
    return COLUMNS.flatMap(([name, help, factor], i): ExpositionFamily[] => {
      const samples = disks.flatMap((columns) => {
        const number = columns[i + 3];
        return number === undefined ? [] : [{ labels: { device: columns[2] as string }, value: scale(Number(number), factor) }];
      });
      return samples.length === 0 ? [] : [{ name: `node_disk_${name}`, type: name === 'io_now' ? 'gauge' : 'counter', help, samples }];
    });
  },
};

// Division keeps milliseconds exact in their shortest notation where multiplication does not.
function scale(value: number, factor: number): number {
  return factor === SECONDS ? value / 1000 : value * factor;
}
