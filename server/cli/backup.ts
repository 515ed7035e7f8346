import { Command, InvalidArgumentError } from 'commander';
import type { Offer } from '../backup/offers.ts';
import { BackupRepository } from '../backup/repository.ts';
import { type BackupServer, takeBackup } from '../backup/take-backup.ts';
import { messageOf } from '../model/app-error.ts';
import { isLoopback } from '../model/loopback.ts';
import { askServer, RefusedError, type ServerAddress, urlOption } from './server-address.ts';
import { formatBytes } from './words.ts';

interface BackupOptions extends ServerAddress {
  readonly keep?: number;
}

/** `alidade backup DIR`: adds a backup of a running server to a folder of backups. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('Add a backup of a running Alidade to a folder: data, state and settings as of one moment; only what is new is copied')
    .argument('<dir>', 'folder of backups, created if need be')
    .addOption(urlOption())
    .option('--keep <n>', 'afterwards remove all but the newest n backups', countOf)
    .action(async (dir: string, options: BackupOptions) => {
      process.exitCode = await runBackup(dir, options);
    });
}

async function runBackup(dir: string, options: BackupOptions): Promise<number> {
  try {
    const repository = new BackupRepository(dir);
    const unlock = await repository.lock();
    try {
      const { manifest, bytes, copiedFiles, copiedBytes, leftOut } = await takeBackup(serverAt(options), repository);
      console.log(
        `backup ${manifest.name}: ${manifest.files.length} files, ${formatBytes(bytes)}; copied ${copiedFiles}, ${formatBytes(copiedBytes)}; the rest was there`,
      );
      if (leftOut.length > 0)
        console.error(
          `warning: ${leftOut.length} settings files are not in it (${leftOut.slice(0, 3).join(', ')}${leftOut.length > 3 ? ', …' : ''}): ` +
            'they cannot be read here, and the server gives them only to who shows credentials',
        );
      if (options.keep === undefined) return 0;
      const pruned = await repository.prune(options.keep);
      if (pruned.backups > 0) console.log(`removed ${pruned.backups} older backups and ${pruned.objects} files that only they had`);
      return 0;
    } finally {
      await unlock();
    }
  } catch (error) {
    console.error(`alidade backup: ${messageOf(error)}`);
    return 1;
  }
}

function serverAt(address: ServerAddress): BackupServer {
  const pathOf = (id: string) => `/api/backups/${encodeURIComponent(id)}`;
  return {
    isLocal: isLoopback(new URL(address.url).hostname.replace(/^\[|\]$/g, '')),
    async begin() {
      return (await (await askServer(address, '/api/backups', { method: 'POST' })).json()) as Offer & { readonly version: string };
    },
    async fetch(id, name) {
      try {
        const { body } = await askServer(address, `${pathOf(id)}/file?path=${encodeURIComponent(name)}`);
        return body ?? noBytes();
      } catch (error) {
        if (error instanceof RefusedError && error.status === 403) return undefined;
        throw error;
      }
    },
    async end(id) {
      await askServer(address, pathOf(id), { method: 'DELETE' });
    },
  };
}

async function* noBytes(): AsyncGenerator<Uint8Array> {
  // An empty file.
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError(`want a whole number from 1 on, got "${text}"`);
  return Number(text);
}
