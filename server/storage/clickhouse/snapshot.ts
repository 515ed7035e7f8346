import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../model/app-error.ts';
import type { Clock } from '../../model/clock.ts';
import { storageError } from '../errors.ts';

const RANDOM_BYTES = 8;
/** Snapshots that are not complete have such names. */
const UNFINISHED = '.unfinished-';

export interface SnapshotDeps {
  readonly clock: Clock;
  readonly dataDir: string;
  /** Makes an empty folder a data directory. */
  readonly copyTo: (folder: string) => Promise<unknown>;
}

/** Copies the store into a folder of its own below `dataDir`/snapshots and answers its name. One at a time. */
export async function takeSnapshot({ clock, dataDir, copyTo }: SnapshotDeps): Promise<string> {
  const time = new Date(clock.nowMs()).toISOString().replace(/[-:]|\.\d+/g, '');
  const name = `${time}-${randomBytes(RANDOM_BYTES).toString('hex')}`;
  const folder = path.join(dataDir, 'snapshots');
  const unfinished = path.join(folder, `${UNFINISHED}${name}`);
  try {
    await mkdir(folder, { recursive: true });
    for (const entry of await readdir(folder))
      if (entry.startsWith(UNFINISHED)) await rm(path.join(folder, entry), { recursive: true, force: true });
    await mkdir(unfinished);
    await copyTo(unfinished);
    await rename(unfinished, path.join(folder, name));
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw storageError('storage.write_failed', `no snapshot was taken: ${messageOf(error)}`, error);
  }
  return name;
}
