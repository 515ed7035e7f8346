// A copy of the engine's directory from frozen tables. FREEZE leaves hard links to the parts of a table under shadow/<name>/, laid out like
// the directory itself; what is missing there are the definitions of the tables and a little file in the folder of each.
import { access, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Where frozen parts lie. */
export function shadowDir(engineDir: string): string {
  return path.join(engineDir, 'shadow');
}

/** Makes `target` an engine directory with the tables frozen as `name`, whose parts are moved there. */
export async function moveFrozen(engineDir: string, name: string, target: string): Promise<void> {
  for (const links of ['metadata', 'data'])
    await cp(path.join(engineDir, links), path.join(target, links), { recursive: true, verbatimSymlinks: true });
  const frozen = path.join(shadowDir(engineDir), name);
  // There must be something: the table of openings is never empty.
  await access(path.join(frozen, 'store'));
  for (const table of await tableFolders(engineDir)) {
    await mkdir(path.join(target, table), { recursive: true });
    for (const entry of await readdir(path.join(engineDir, table), { withFileTypes: true }))
      if (entry.isFile() && /^format_version\.txt$|\.sql$/.test(entry.name))
        await cp(path.join(engineDir, table, entry.name), path.join(target, table, entry.name));
    for (const part of await entriesOf(path.join(frozen, table)))
      await rename(path.join(frozen, table, part), path.join(target, table, part));
  }
  await rm(frozen, { recursive: true, force: true });
}

/** store/<first characters>/<uuid> of tables, and of the database, which holds their definitions. */
async function tableFolders(engineDir: string): Promise<string[]> {
  const folders: string[] = [];
  for (const prefix of await readdir(path.join(engineDir, 'store')))
    for (const uuid of await readdir(path.join(engineDir, 'store', prefix))) folders.push(path.join('store', prefix, uuid));
  return folders;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // A table without parts.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
