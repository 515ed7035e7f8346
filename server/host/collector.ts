// What every collector of this folder shares. Names, labels and units are those of node_exporter, so that rules and dashboards
// written for it work; the texts are our own.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExpositionFamily, ExpositionSample } from '../formats/exposition/format.ts';

/** Where the kernel's files are; other roots are for tests. */
export interface HostRoots {
  readonly proc: string;
  readonly sys: string;
}

/** What a collector may need. */
export interface HostContext {
  readonly roots: HostRoots;
  nowMs(): number;
}

/** One subject, e.g. memory. `collect` throws when the kernel does not offer it. */
export interface Collector {
  readonly name: string;
  collect(context: HostContext): Promise<ExpositionFamily[]>;
}

/** Text of a file below /proc. */
export function readProc(context: HostContext, path: string): Promise<string> {
  return readFile(join(context.roots.proc, path), 'utf8');
}

/** A family with one sample without labels. */
export function single(type: 'counter' | 'gauge' | 'unknown', name: string, help: string, value: number): ExpositionFamily {
  return { name, type, help, samples: [{ value }] };
}

/** A family with labelled samples. */
export function family(type: 'counter' | 'gauge' | 'unknown', name: string, help: string, samples: ExpositionSample[]): ExpositionFamily {
  return { name, type, help, samples };
}

/** Lines of a text that are not empty, split at white space. */
export function fieldsOf(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}
