import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Manifest } from '../backup/manifest.ts';
import { BackupRepository } from '../backup/repository.ts';
import { restoreBackup, verifyBackup } from '../backup/restore.ts';
import { messageOf } from '../model/app-error.ts';
import { formatBytes } from './words.ts';

interface RestoreOptions {
  readonly data?: string;
  readonly config?: string;
  readonly backup?: string;
  readonly overwrite?: boolean;
  readonly list?: boolean;
  readonly verify?: boolean;
}

/** `alidade restore DIR`: makes a data directory of a backup. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('Make a data folder of a backup, after every file of it has been checked')
    .argument('<dir>', 'folder of backups')
    .option('--data <folder>', 'folder that is written: empty, or not there yet; for `alidade up --data`')
    .option('--config <folder>', 'write the settings there, too (default: they are left out)')
    .option('--backup <name>', 'which one (default: the newest)')
    .option('--overwrite', 'move what is in the folders aside instead of refusing; no server may use them')
    .option('--list', 'only list the backups')
    .option('--verify', 'only check every file of the backup')
    .action(async (dir: string, options: RestoreOptions) => {
      process.exitCode = await runRestore(new BackupRepository(dir), options);
    });
}

async function runRestore(repository: BackupRepository, options: RestoreOptions): Promise<number> {
  try {
    if (options.list) return await list(repository);
    const name = options.backup ?? (await repository.names()).at(-1);
    if (name === undefined) throw new Error(`there is no backup in "${repository.dir}"`);
    const manifest = await repository.manifest(name);
    if (options.verify) {
      await verifyBackup(repository, manifest);
      console.log(`backup ${name} is good: ${describe(manifest)}`);
      return 0;
    }
    if (options.data === undefined)
      throw new Error('name the folder that is to be written with --data (or check the backup with --verify)');
    const restored = await restoreBackup(repository, manifest, {
      dataDir: resolve(options.data),
      configDir: options.config === undefined ? undefined : resolve(options.config),
      overwrites: options.overwrite ?? false,
    });
    for (const folder of restored.movedAside) console.log(`what was there is now in ${folder}`);
    console.log(`restored backup ${name}: ${restored.files} files, ${formatBytes(restored.bytes)}. Start it with:`);
    console.log(`  alidade up ${options.config === undefined ? '' : `${options.config} `}--data ${options.data}`);
    if (restored.elsewhere > 0)
      console.log(`${restored.elsewhere} settings files lay outside of the configuration folder: they are in ${options.config}/elsewhere`);
    return 0;
  } catch (error) {
    console.error(`alidade restore: ${messageOf(error)}`);
    return 1;
  }
}

async function list(repository: BackupRepository): Promise<number> {
  let status = 0;
  for (const name of await repository.names()) {
    try {
      console.log(`${name}  ${describe(await repository.manifest(name))}`);
    } catch (error) {
      status = 1;
      console.log(`${name}  ${messageOf(error)}`);
    }
  }
  return status;
}

function describe({ atMs, files, version }: Manifest): string {
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return `${new Date(atMs).toISOString()}, ${files.length} files, ${formatBytes(bytes)}, of Alidade ${version}`;
}
