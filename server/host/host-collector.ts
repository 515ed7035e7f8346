// The built-in host collector: the `node_*` series of the machine that Alidade runs on, as node_exporter would expose them.
import { readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { type ExpositionFamily, formatExposition } from '../formats/exposition/format.ts';
import { messageOf } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { startStopwatch } from '../telemetry/stopwatch.ts';
import { gauge, type HostCollector, type ProcFiles } from './collector.ts';
import { createCpuCollector } from './cpu.ts';
import { diskstatsCollector } from './diskstats.ts';
import { filefdCollector } from './filefd.ts';
import { createFilesystemCollector } from './filesystem.ts';
import { loadavgCollector } from './loadavg.ts';
import { meminfoCollector } from './meminfo.ts';
import { netdevCollector } from './netdev.ts';
import { createOsCollector } from './os-module.ts';
import { pressureCollector } from './pressure.ts';
import { statCollector } from './stat.ts';
import { createTimeCollector } from './time.ts';
import { unameCollector } from './uname.ts';
import { vmstatCollector } from './vmstat.ts';

/** What the collector is built from. */
export interface HostCollectorDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where /proc, /sys and udev's data are; tests have their own. */
  readonly procDir?: string;
  readonly sysDir?: string;
  readonly udevDir?: string;
  /** Whether the system has /proc; by default what Node says. */
  readonly isLinux?: boolean;
}

interface Outcome {
  readonly name: string;
  readonly families: readonly ExpositionFamily[];
  readonly seconds: number;
  readonly isGood: boolean;
}

/** Builds a function that answers with all series of this machine in the text format 0.0.4; a collector that fails is left out. */
export function createHostCollector(deps: HostCollectorDeps): () => Promise<Uint8Array> {
  const { clock, logger, procDir = '/proc', sysDir = '/sys', udevDir = '/run/udev/data', isLinux = platform() === 'linux' } = deps;
  const files: ProcFiles = {
    read: (path) => readIfThere(join(procDir, path)),
    readSys: (path) => readIfThere(join(sysDir, path)),
    readUdev: (path) => readIfThere(join(udevDir, path)),
  };
  const collectors = isLinux ? linuxCollectors(clock) : [createOsCollector(clock), unameCollector, createTimeCollector(clock)];
  const failed = new Set<string>();

  async function runOne(collector: HostCollector): Promise<Outcome> {
    const { name } = collector;
    const elapsedSeconds = startStopwatch();
    try {
      const families = await collector.collect(files);
      failed.delete(name);
      // As in node_exporter, having nothing to tell is no success.
      return { name, families, seconds: elapsedSeconds(), isGood: families.length > 0 };
    } catch (error) {
      if (!failed.has(name)) logger.warn({ collector: name, error: messageOf(error) }, 'host collector failed');
      failed.add(name);
      return { name, families: [], seconds: elapsedSeconds(), isGood: false };
    }
  }

  return async () => {
    const outcomes = await Promise.all(collectors.map(runOne));
    return formatExposition([...outcomes.flatMap((outcome) => outcome.families), ...reportOf(outcomes)]);
  };
}

function linuxCollectors(clock: Clock): HostCollector[] {
  return [
    createCpuCollector(),
    diskstatsCollector,
    filefdCollector,
    createFilesystemCollector(clock),
    loadavgCollector,
    meminfoCollector,
    netdevCollector,
    pressureCollector,
    statCollector,
    createTimeCollector(clock),
    unameCollector,
    vmstatCollector,
  ];
}

function reportOf(outcomes: readonly Outcome[]): ExpositionFamily[] {
  const each = (measure: (outcome: Outcome) => number) =>
    outcomes.map((outcome) => ({ labels: { collector: outcome.name }, value: measure(outcome) }));
  return [
    gauge(
      'node_scrape_collector_duration_seconds',
      'node_exporter: Duration of a collector scrape.',
      each((outcome) => outcome.seconds),
    ),
    gauge(
      'node_scrape_collector_success',
      'node_exporter: Whether a collector succeeded.',
      each((outcome) => (outcome.isGood ? 1 : 0)),
    ),
  ];
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // Absent, hidden by a container, or switched off in the kernel: all mean that this system does not have it.
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EPERM' || code === 'EOPNOTSUPP' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
