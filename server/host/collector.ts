import type { ExpositionFamily, ExpositionSample } from '../formats/exposition/format.ts';

/** Reads one small file of the kernel below the root of its pseudo file system: `/proc/stat` is `read('stat')`. */
export interface ProcFiles {
  /** Undefined when there is no such file, or it cannot be read. */
  read(path: string): Promise<string | undefined>;
  /** As `read`, below /sys. */
  readSys(path: string): Promise<string | undefined>;
  /** As `read`, below udev's data, /run/udev/data. */
  readUdev(path: string): Promise<string | undefined>;
}

/** One group of `node_*` series, with node_exporter's names and labels. */
export interface HostCollector {
  /** Its name in `node_scrape_collector_success`. */
  readonly name: string;
  /** The families now; an empty list where this system has nothing of the kind. */
  collect(files: ProcFiles): Promise<ExpositionFamily[]>;
}

/** A gauge family; a number stands for one sample without labels. */
export function gauge(name: string, help: string, samples: number | readonly ExpositionSample[]): ExpositionFamily {
  return { name, type: 'gauge', help, samples: toSamples(samples) };
}

/** A counter family; a number stands for one sample without labels. */
export function counter(name: string, help: string, samples: number | readonly ExpositionSample[]): ExpositionFamily {
  return { name, type: 'counter', help, samples: toSamples(samples) };
}

/** The words of a line. */
export function words(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** The lines that are not empty. */
export function lines(text: string | undefined): string[] {
  return (text ?? '').split('\n').filter((line) => line.trim() !== '');
}

function toSamples(samples: number | readonly ExpositionSample[]): readonly ExpositionSample[] {
  return typeof samples === 'number' ? [{ value: samples }] : samples;
}
