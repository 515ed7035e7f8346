import type { ExpositionFamily } from '../formats/exposition/format.ts';
import { gauge, type HostCollector, lines, type ProcFiles, words } from './collector.ts';

// node_exporter's default: no partitions, no loop or memory devices.
const EXCLUDED_DEVICES = /^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$/;
const SECTOR_BYTES = 512;
const SECONDS = 0.001;

// Columns of /proc/diskstats from the fourth on (Documentation/admin-guide/iostats): name, help, factor.
const COLUMNS: readonly (readonly [name: string, help: string, factor: number])[] = [
  ['reads_completed_total', 'The total number of reads completed successfully.', 1],
  ['reads_merged_total', 'The total number of reads merged.', 1],
  ['read_bytes_total', 'The total number of bytes read successfully.', SECTOR_BYTES],
  ['read_time_seconds_total', 'The total number of seconds spent by all reads.', SECONDS],
  ['writes_completed_total', 'The total number of writes completed successfully.', 1],
  ['writes_merged_total', 'The number of writes merged.', 1],
  ['written_bytes_total', 'The total number of bytes written successfully.', SECTOR_BYTES],
  ['write_time_seconds_total', 'This is the total number of seconds spent by all writes.', SECONDS],
  ['io_now', 'The number of I/Os currently in progress.', 1],
  ['io_time_seconds_total', 'Total seconds spent doing I/Os.', SECONDS],
  ['io_time_weighted_seconds_total', 'The weighted # of seconds spent doing I/Os.', SECONDS],
  ['discards_completed_total', 'The total number of discards completed successfully.', 1],
  ['discards_merged_total', 'The total number of discards merged.', 1],
  ['discarded_sectors_total', 'The total number of sectors discarded successfully.', 1],
  ['discard_time_seconds_total', 'This is the total number of seconds spent by all discards.', SECONDS],
  ['flush_requests_total', 'The total number of flush requests completed successfully', 1],
  ['flush_requests_time_seconds_total', 'This is the total number of seconds spent by all flush requests.', SECONDS],
];

/** `node_disk_*` of whole disks. Older kernels have fewer columns. */
export const diskstatsCollector: HostCollector = {
  name: 'diskstats',
  async collect(files) {
    const disks = lines(await files.read('diskstats'))
      .map((line) => words(line))
      .filter(([, , device = '']) => device !== '' && !EXCLUDED_DEVICES.test(device));
    const families = COLUMNS.flatMap(([name, help, factor], i): ExpositionFamily[] => {
      const samples = disks.flatMap((columns) => {
        const number = columns[i + 3];
        return number === undefined ? [] : [{ labels: { device: columns[2] as string }, value: scale(Number(number), factor) }];
      });
      return samples.length === 0 ? [] : [{ name: `node_disk_${name}`, type: name === 'io_now' ? 'gauge' : 'counter', help, samples }];
    });
    return disks.length === 0 ? [] : [...families, await diskInfo(disks, files)];
  },
};

/** What /sys and udev say of each disk; labels are empty where they say nothing. */
async function diskInfo(disks: readonly (readonly string[])[], files: ProcFiles): Promise<ExpositionFamily> {
  const samples = disks.map(async ([major = '', minor = '', device = '']) => {
    const [rotational, udev] = await Promise.all([files.readSys(`block/${device}/queue/rotational`), files.readUdev(`b${major}:${minor}`)]);
    const properties = new Map(
      lines(udev).flatMap((line) =>
        [/^E:([^=]+)=(.*)$/.exec(line)?.slice(1) as [string, string] | undefined].filter((pair) => pair !== undefined),
      ),
    );
    const of = (name: string) => properties.get(name) ?? '';
    const labels = {
      device,
      major,
      minor,
      path: of('ID_PATH'),
      wwn: of('ID_WWN'),
      model: of('ID_MODEL'),
      serial: of('SCSI_IDENT_SERIAL') || of('ID_SERIAL_SHORT'),
      revision: of('ID_REVISION'),
      rotational: rotational?.trim() ?? '0',
    };
    return { labels, value: 1 };
  });
  return gauge('node_disk_info', 'Info of /sys/block/<block_device>.', await Promise.all(samples));
}

// Division keeps milliseconds exact in their shortest notation where multiplication does not.
function scale(value: number, factor: number): number {
  return factor === SECONDS ? value / 1000 : value * factor;
}
