import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExpositionFamily } from '../formats/exposition/format.ts';
import { type Collector, family, fieldsOf, type HostContext, readProc } from './collector.ts';

const IGNORED_MOUNTS = /^\/(dev|proc|run\/credentials\/.+|sys|var\/lib\/docker\/.+|var\/lib\/containers\/storage\/.+)($|\/)/;
const IGNORED_TYPES =
  /^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$/;
// A network file system that hangs must not hold up the scrape.
const TIMEOUT_MS = 2_000;

interface Mount {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly isReadOnly: boolean;
}

interface Measured extends Mount {
  readonly stats: StatsFs | undefined;
}

const SIZES: readonly (readonly [name: string, help: string, sizeOf: (stats: StatsFs) => number])[] = [
  ['size_bytes', 'Size of the file system.', (stats) => stats.blocks * stats.bsize],
  ['free_bytes', 'Free space.', (stats) => stats.bfree * stats.bsize],
  ['avail_bytes', 'Free space that ordinary users may fill.', (stats) => stats.bavail * stats.bsize],
  ['files', 'File nodes in all.', (stats) => stats.files],
  ['files_free', 'Free file nodes.', (stats) => stats.ffree],
];

/** `node_filesystem_*` by device, type and mount point. */
export const filesystem: Collector = {
  name: 'filesystem',
  async collect(context) {
    const mounts = await readMounts(context);
    return familiesOf(await Promise.all(mounts.map(async (mount) => ({ ...mount, stats: await measure(mount.mountpoint) }))));
  },
};

function familiesOf(mounts: readonly Measured[]): ExpositionFamily[] {
  const labelsOf = ({ device, fstype, mountpoint, stats }: Measured) => ({
    device,
    device_error: stats === undefined ? 'statfs failed' : '',
    fstype,
    mountpoint,
  });
  const flag = (name: string, help: string, isSet: (mount: Measured) => boolean) =>
    family(
      'gauge',
      `node_filesystem_${name}`,
      help,
      mounts.map((mount) => ({ labels: labelsOf(mount), value: isSet(mount) ? 1 : 0 })),
    );
  const sizes = SIZES.map(([name, help, sizeOf]) =>
    family(
      'gauge',
      `node_filesystem_${name}`,
      help,
      mounts.flatMap((mount) => (mount.stats ? [{ labels: labelsOf(mount), value: sizeOf(mount.stats) }] : [])),
    ),
  );
  return [
    ...sizes,
    flag('readonly', '1 when mounted read-only.', (mount) => mount.isReadOnly),
    flag('device_error', '1 when the file system could not be measured.', (mount) => mount.stats === undefined),
  ];
}

async function readMounts(context: HostContext): Promise<Mount[]> {
  const byPoint = new Map<string, Mount>();
  for (const [device = '', point = '', fstype = '', options = ''] of fieldsOf(
    await readProc(context, '1/mounts').catch(() => readProc(context, 'mounts')),
  )) {
    const mountpoint = unescapeOctal(point);
    if (IGNORED_MOUNTS.test(mountpoint) || IGNORED_TYPES.test(fstype)) continue;
    byPoint.set(`${device}\0${mountpoint}`, {
      device: unescapeOctal(device),
      mountpoint,
      fstype,
      isReadOnly: options.split(',').includes('ro'),
    });
  }
  return [...byPoint.values()];
}

/** The kernel writes white space in paths as octal: `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function measure(mountpoint: string): Promise<StatsFs | undefined> {
  const failed = () => undefined;
  return Promise.race([statfs(mountpoint).catch(failed), delay(TIMEOUT_MS, undefined, { ref: false })]);
}
