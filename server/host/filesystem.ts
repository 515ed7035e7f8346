import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { ExpositionFamily, ExpositionSample } from '../formats/exposition/format.ts';
import { type Clock, sleep } from '../model/clock.ts';
import { gauge, type HostCollector, lines } from './collector.ts';

interface Mount {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly isReadonly: boolean;
  readonly major: string;
  readonly minor: string;
}

interface Space {
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly availBytes: number;
  readonly files: number;
  readonly filesFree: number;
}

// node_exporter's defaults.
const EXCLUDED_MOUNTPOINTS = /^\/(dev|proc|run|sys|mnt|media|var\/lib\/docker\/.+|var\/lib\/containers\/storage\/.+)($|\/)/;
const EXCLUDED_TYPES =
  /^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$/;
// A network file system whose server is gone can block for ever: after this time it counts as an error.
const STATFS_TIMEOUT_MS = 5000;

/** Asks the system about the file system at a mount point. */
export type AskFilesystem = (mountpoint: string) => Promise<StatsFs>;

/** `node_filesystem_*` of the mounted file systems that hold data. */
export function createFilesystemCollector(clock: Clock, ask: AskFilesystem = statfs): HostCollector {
  // Each question to a dead mount occupies a thread of Node's pool until it is answered: one is enough.
  const stuck = new Set<string>();

  async function spaceOf(mountpoint: string): Promise<Space | string> {
    if (stuck.has(mountpoint)) return 'mountpoint timeout';
    stuck.add(mountpoint);
    const giveUp = new AbortController();
    const answer = readSpace(mountpoint, ask).finally(() => {
      stuck.delete(mountpoint);
      giveUp.abort();
    });
    const timeout = sleep(clock, STATFS_TIMEOUT_MS, giveUp.signal).then(
      () => 'mountpoint timeout',
      () => answer,
    );
    return Promise.race([answer, timeout]);
  }

  return {
    name: 'filesystem',
    async collect(files) {
      const text = (await files.read('1/mountinfo')) ?? (await files.read('self/mountinfo'));
      const mounts = parseMounts(text);
      const spaces = await Promise.all(mounts.map((mount) => spaceOf(mount.mountpoint)));
      return mounts.length === 0 ? [] : toFamilies(mounts, spaces);
    },
  };
}

async function readSpace(mountpoint: string, ask: AskFilesystem): Promise<Space | string> {
  try {
    const { bsize, blocks, bfree, bavail, files, ffree } = await ask(mountpoint);
    return { sizeBytes: blocks * bsize, freeBytes: bfree * bsize, availBytes: bavail * bsize, files, filesFree: ffree };
  } catch (error) {
    return (error as { code?: string }).code ?? 'error';
  }
}

function toFamilies(mounts: readonly Mount[], spaces: readonly (Space | string)[]): ExpositionFamily[] {
  const each = (measure: (mount: Mount, space: Space | undefined) => number | undefined): ExpositionSample[] =>
    mounts.flatMap((mount, i) => {
      const answer = spaces[i];
      const value = measure(mount, typeof answer === 'object' ? answer : undefined);
      const { device, fstype, mountpoint } = mount;
      const deviceError = typeof answer === 'string' ? answer : '';
      return value === undefined ? [] : [{ labels: { device, device_error: deviceError, fstype, mountpoint }, value }];
    });
  const info = mounts.map(({ device, major, minor, mountpoint }) => ({ labels: { device, major, minor, mountpoint }, value: 1 }));
  return [
    gauge(
      'node_filesystem_size_bytes',
      'Filesystem size in bytes.',
      each((_, space) => space?.sizeBytes),
    ),
    gauge(
      'node_filesystem_free_bytes',
      'Filesystem free space in bytes.',
      each((_, space) => space?.freeBytes),
    ),
    gauge(
      'node_filesystem_avail_bytes',
      'Filesystem space available to non-root users in bytes.',
      each((_, space) => space?.availBytes),
    ),
    gauge(
      'node_filesystem_files',
      'Filesystem total file nodes.',
      each((_, space) => space?.files),
    ),
    gauge(
      'node_filesystem_files_free',
      'Filesystem total free file nodes.',
      each((_, space) => space?.filesFree),
    ),
    gauge(
      'node_filesystem_readonly',
      'Filesystem read-only status.',
      each((mount) => (mount.isReadonly ? 1 : 0)),
    ),
    gauge(
      'node_filesystem_device_error',
      'Whether an error occurred while getting statistics for the given device.',
      each((_, space) => (space ? 0 : 1)),
    ),
    // Of other systems, but there on all.
    gauge(
      'node_filesystem_purgeable_bytes',
      'Filesystem space available including purgeable space (MacOS specific).',
      each((_, space) => space && 0),
    ),
    gauge('node_filesystem_mount_info', 'Filesystem mount information.', info),
  ];
}

/** Mounts of /proc/PID/mountinfo (proc(5)) that hold data, each once. */
function parseMounts(text: string | undefined): Mount[] {
  const seen = new Set<string>();
  return lines(text).flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , devId = '', , mountpointText = '', options = ''] = before.split(' ');
    const [fstype = '', deviceText = '', superOptions = ''] = after.split(' ');
    const [mountpoint, device] = [unescapeOctal(mountpointText), unescapeOctal(deviceText)];
    const key = `${device} ${mountpoint} ${fstype}`;
    if (seen.has(key) || EXCLUDED_MOUNTPOINTS.test(mountpoint) || EXCLUDED_TYPES.test(fstype)) return [];
    seen.add(key);
    const [major = '', minor = ''] = devId.split(':');
    const isReadonly = [options, superOptions].some((list) => list.split(',').includes('ro'));
    return [{ device, mountpoint, fstype, isReadonly, major, minor }];
  });
}

/** The kernel writes blanks and backslashes in paths as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
