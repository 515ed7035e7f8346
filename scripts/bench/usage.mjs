// What Linux tells about a process and a folder.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const TICKS_PER_SECOND = 100;
const MB = 1024 * 1024;

/** Processor seconds so far, and memory in MB: resident, anonymous, the most resident since it started. */
export function usage(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const memory = memoryOf(pid);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentMb: memory('VmRSS'),
    anonymousMb: memory('RssAnon'),
    peakMb: memory('VmHWM'),
  };
}

/** A line of the status of a process that tells an amount of memory, in MB. */
function memoryOf(pid) {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  const byName = new Map(lines.map((line) => line.split(':')));
  return (name) => {
    const kib = Number.parseInt(byName.get(name), 10);
    if (Number.isNaN(kib)) throw new Error(`/proc/${pid}/status does not tell ${name}: has the process ended?`);
    return (kib * 1024) / MB;
  };
}

/** The only child of a process, or the process itself. */
export function childOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.length > 0 ? Number(children[0]) : pid;
}

/** Bytes that everything in a folder takes on the disk. */
export function diskBytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    try {
      bytes += entry.isDirectory() ? diskBytes(path) : statSync(path).blocks * 512;
    } catch (error) {
      // Merged away since the folder was listed.
      if (error.code !== 'ENOENT') throw error;
    }
  }
  return bytes;
}
