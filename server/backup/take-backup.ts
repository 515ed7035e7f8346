// The client's side of a backup: asks a server for a copy, and fetches of it what the folder of backups has not got.
import { constants, createReadStream } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { checkPaths, type Manifest, type ManifestFile } from './manifest.ts';
import type { Offer, OfferedFile } from './offers.ts';
import type { BackupRepository, StoredObject } from './repository.ts';

/** A server that can be backed up. */
export interface BackupServer {
  /** Asks for a copy; `version` is the server's. */
  begin(): Promise<Offer & { readonly version: string }>;
  /** The content of a file; undefined when the server does not give it to us. */
  fetch(id: string, name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  end(id: string): Promise<void>;
  /** Whether the server's files can be read here. */
  readonly isLocal: boolean;
}

/** What a backup came to. */
export interface BackupReport {
  readonly manifest: Manifest;
  readonly bytes: number;
  readonly copiedFiles: number;
  readonly copiedBytes: number;
  /** Settings that could not be had. */
  readonly leftOut: readonly string[];
}

const AT_ONCE = 4;

/** Takes a backup. A file with the name, size and time of change that it had in the newest backup is not fetched again. */
export async function takeBackup(server: BackupServer, repository: BackupRepository): Promise<BackupReport> {
  const known = await knownFiles(repository);
  const offer = await server.begin();
  try {
    // Who answers need not be the server that was meant.
    checkPaths({ files: offer.files.map((file) => ({ ...file, sha256: '' })), links: [...offer.links] });
    const files: ManifestFile[] = [];
    const leftOut: string[] = [];
    let [copiedFiles, copiedBytes] = [0, 0];
    const waiting = offer.files.values();
    const work = async () => {
      for (const file of waiting) {
        const before = known.get(file.path);
        const isSame = before !== undefined && before.sizeBytes === file.sizeBytes && before.mtimeNs === file.mtimeNs;
        if (isSame && (await repository.has(before))) {
          files.push(before);
          continue;
        }
        const stored = await store(server, offer.id, file, repository);
        if (!stored) {
          leftOut.push(file.path);
          continue;
        }
        if (!stored.wasThere) {
          copiedFiles++;
          copiedBytes += stored.sizeBytes;
        }
        const { sha256, sizeBytes } = stored;
        files.push({ path: file.path, mtimeNs: file.mtimeNs, sizeBytes, sha256 });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    const name = new Date(offer.atMs).toISOString().replace(/[-:]|\.\d+/g, '');
    const manifest: Manifest = { format: 1, name, atMs: offer.atMs, version: offer.version, files, links: [...offer.links] };
    await repository.writeManifest(manifest);
    return { manifest, bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), copiedFiles, copiedBytes, leftOut };
  } finally {
    // Without it the server would withdraw the offer by itself, later.
    await server.end(offer.id).catch(() => undefined);
  }
}

/** The files of the newest backup that can be read. */
async function knownFiles(repository: BackupRepository): Promise<ReadonlyMap<string, ManifestFile>> {
  const newest = (await repository.names()).at(-1);
  const manifest = newest === undefined ? undefined : await repository.manifest(newest).catch(() => undefined);
  return new Map(manifest?.files.map((file) => [file.path, file]));
}

async function store(server: BackupServer, id: string, file: OfferedFile, repository: BackupRepository): Promise<StoredObject | undefined> {
  if (server.isLocal && file.source !== undefined && (await isHere(file, file.source)))
    return repository.put(createReadStream(file.source));
  const content = await server.fetch(id, file.path);
  if (!content) return undefined;
  const stored = await repository.put(content);
  // Settings may be written to while they are read; data may not.
  if (file.source === undefined && stored.sizeBytes !== file.sizeBytes)
    throw new Error(`${file.path} came with ${stored.sizeBytes} bytes instead of ${file.sizeBytes}`);
  return stored;
}

/** Whether it is the server's file: a tunnel makes a server look local that has other files at the same paths. */
async function isHere(file: OfferedFile, source: string): Promise<boolean> {
  try {
    await access(source, constants.R_OK);
    const { size, mtimeNs } = await lstat(source, { bigint: true });
    const isLink = (await lstat(source)).isSymbolicLink();
    return `${mtimeNs}` === file.mtimeNs && (isLink || Number(size) === file.sizeBytes);
  } catch {
    // Then it is asked for.
    return false;
  }
}
