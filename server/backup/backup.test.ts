import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { formatManifest, type Manifest, parseManifest } from './manifest.ts';
import { BackupOffers } from './offers.ts';
import { BackupRepository } from './repository.ts';
import { restoreBackup } from './restore.ts';
import { settingsFiles } from './settings-files.ts';
import { type BackupServer, takeBackup } from './take-backup.ts';

let folder: string;
let repository: BackupRepository;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alidade-backups-'));
  repository = new BackupRepository(join(folder, 'backups'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const EMPTY: Manifest = { format: 1, name: '20260101T000000Z', atMs: 0, version: 'test', files: [], links: [] };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const fileOf = (path: string) => ({ path, sizeBytes: path.length, mtimeNs: '1', sha256: sha256(path) });

async function* bytesOf(text: string) {
  yield Buffer.from(text);
}

/** A server whose files contain their own path. */
function serverWith(paths: readonly string[], links: Manifest['links'] = [], atMs = 0): BackupServer {
  const files = paths.map((path) => ({ path, sizeBytes: path.length, mtimeNs: '1' }));
  return {
    isLocal: false,
    begin: async () => ({ id: 'x', atMs, files, links, version: 'test' }),
    fetch: async (_id, name) => bytesOf(name),
    end: async () => undefined,
  };
}

/** Takes a backup of such a server and restores it. */
async function restored(paths: readonly string[], target: { dataDir: string; configDir?: string }, overwrites = false) {
  const unlock = await repository.lock();
  const { manifest } = await takeBackup(serverWith(paths), repository).finally(unlock);
  return restoreBackup(repository, manifest, { configDir: undefined, ...target, overwrites });
}

describe('a manifest', () => {
  const reading = (files: readonly string[], ...links: [path: string, target: string][]) => {
    const manifest = { ...EMPTY, files: files.map(fileOf), links: links.map(([path, target]) => ({ path, target })) };
    return () => parseManifest(formatManifest(manifest), 'm');
  };

  it('may name files and links below its roots', () => {
    expect(reading(['data/engine/store/a/b', 'config/x.yml'], ['data/engine/data/t', '../store/a'])).not.toThrow();
  });

  it.each([
    ['leaves', ['data/../x']],
    ['is absolute', ['/etc/passwd']],
    ['has another root', ['other/x']],
    ['is there twice', ['data/x', 'data/x']],
    ['lies below a file', ['data/x', 'data/x/y']],
  ])('is refused when a path %s', (_what, files) => {
    expect(reading(files)).toThrow(/damaged/);
  });

  it('is refused when a link leads out, alone or by way of others', () => {
    expect(reading([], ['data/x', '../../etc'])).toThrow(/leads to/);
    expect(reading([], ['data/x', '/etc'])).toThrow(/leads to/);
    expect(reading([], ['data/p/q/l', '../..'], ['data/a', 'p/q/l/../..'])).toThrow(/leads to/);
    expect(reading([], ['data/p/l', '..'], ['data/p/l/z', '..'])).toThrow(/lies below/);
    expect(reading(['data/l/x'], ['data/l', 'm'])).toThrow(/lies below/);
  });
});

describe('a folder of backups', () => {
  it('is no folder that has something else', async () => {
    await mkdir(join(folder, 'backups', 'backups'), { recursive: true });
    await writeFile(join(folder, 'backups', 'mine'), '');
    await expect(repository.lock()).rejects.toThrow(/holds something else/);
  });

  it('takes nothing whose paths lead elsewhere, whatever the server says', async () => {
    const unlock = await repository.lock();
    await expect(takeBackup(serverWith(['data/../../x']), repository)).rejects.toThrow(/is not a path below/);
    await expect(takeBackup(serverWith([], [{ path: 'data/x', target: '/etc' }]), repository)).rejects.toThrow(/leads to/);
    await unlock();
    expect(await repository.names()).toEqual([]);
  });

  it('takes settings from disk only when they are those of the server', async () => {
    const [same, other] = [join(folder, 'same.yml'), join(folder, 'other.yml')];
    await writeFile(same, 'on disk');
    await writeFile(other, 'on disk');
    const offered = await settingsFiles({ configDir: folder, dataDir: '' }, [same, other]);
    const files = offered.map((file) => (file.source === other ? { ...file, mtimeNs: '1' } : file));
    const server: BackupServer = {
      ...serverWith([]),
      isLocal: true,
      begin: async () => ({ id: 'x', atMs: 0, files, links: [], version: '' }),
    };
    const unlock = await repository.lock();
    const { manifest } = await takeBackup(server, repository).finally(unlock);
    expect(manifest.files.map((file) => file.sha256)).toEqual([sha256('config/other.yml'), sha256('on disk')]);
  });

  it('heals an object that is stored again, and prunes only objects', async () => {
    const unlock = await repository.lock();
    const { sha256: name } = await repository.put(bytesOf('content'));
    await writeFile(repository.objectFile(name), 'CONTENT');
    expect(await repository.put(bytesOf('content'))).toMatchObject({ sha256: name, wasThere: true });
    expect(await readFile(repository.objectFile(name), 'utf8')).toBe('content');
    await writeFile(join(repository.dir, 'objects', 'note'), '');
    await takeBackup(serverWith(['data/old']), repository);
    await takeBackup(serverWith(['data/new'], [], 1_000), repository);
    expect(await repository.prune(1)).toEqual({ backups: 1, objects: 2 });
    expect(await readdir(join(repository.dir, 'objects'))).toContain('note');
    await unlock();
  });
});

describe('a restore', () => {
  it('may have the data in the folder of the settings, as a server has by default, and be done again', async () => {
    const [configDir, dataDir] = [join(folder, 'c'), join(folder, 'c/.alidade/data')];
    const paths = ['config/alidade.yaml', 'data/engine/x', 'data/tokens.yaml'];
    expect(await restored(paths, { dataDir, configDir })).toMatchObject({ files: 3, movedAside: [] });
    for (let i = 0; i < 2; i++) {
      await writeFile(join(dataDir, 'mine'), `${i}`);
      const { movedAside } = await restored(paths, { dataDir, configDir }, true);
      expect(movedAside).toHaveLength(2);
      expect(await readFile(join(movedAside[0] as string, 'mine'), 'utf8')).toBe(`${i}`);
      expect(await readFile(join(dataDir, 'engine/x'), 'utf8')).toBe('data/engine/x');
      expect(await readFile(join(configDir, 'alidade.yaml'), 'utf8')).toBe('config/alidade.yaml');
    }
    expect((await stat(join(dataDir, 'tokens.yaml'))).mode & 0o777).toBe(0o600);
  });

  it('is refused for one folder for all, and while a server uses it', async () => {
    await expect(restored(['data/x'], { dataDir: join(folder, 'd'), configDir: join(folder, 'd') })).rejects.toThrow(/two folders/);
    const dataDir = join(folder, 'used');
    await mkdir(join(dataDir, 'engine'), { recursive: true });
    await writeFile(join(dataDir, 'engine/status'), `PID: ${process.pid}\nStarted at: now\n`);
    await expect(restored(['data/x'], { dataDir }, true)).rejects.toThrow(/a server uses/);
    expect(await readdir(dataDir)).toEqual(['engine']);
  });
});

describe('the settings of a server', () => {
  it('have tokens with the data, also where that lies in the folder of the configuration', async () => {
    const [configDir, dataDir] = [join(folder, 'c'), join(folder, 'c/.alidade/data')];
    await mkdir(dataDir, { recursive: true });
    const files = [join(configDir, 'alidade.yaml'), join(dataDir, 'tokens.yaml'), join(folder, 'web.yml')];
    for (const file of files) await writeFile(file, '');
    const found = (await settingsFiles({ configDir, dataDir }, files)).map(({ path }) => path);
    expect(found).toEqual(['config-elsewhere'.concat(join(folder, 'web.yml')), 'config/alidade.yaml', 'data/tokens.yaml']);
  });
});

describe('an offer', () => {
  const MINUTE = 60_000;

  it('stays while one of its files is being read, and goes when nothing is', async () => {
    const clock = new FakeClock(0);
    const copyTo = async (to: string) => {
      await writeFile(join(to, 'large'), Buffer.alloc(1_000_000));
      return { atMs: 0 };
    };
    const offers = new BackupOffers({ clock, dataDir: folder, copyTo, settings: async () => [], warn: () => undefined });
    const { id } = await offers.create();
    const { content } = offers.read(id, 'data/large', true);
    const pieces = content.iterator();
    await pieces.next();
    await clock.advance(9 * MINUTE);
    await expect(offers.create()).rejects.toThrow(/under way/);
    for (let i = 0; i < 4; i++) {
      await pieces.next();
      await pieces.next();
      await clock.advance(9 * MINUTE);
    }
    expect(offers.read(id, 'data/large', true).sizeBytes).toBe(1_000_000);
    // Nobody reads on.
    await clock.advance(21 * MINUTE);
    expect(() => offers.read(id, 'data/large', true)).toThrow(/not offered any more/);
    await offers.stop();
    expect(await readdir(folder)).not.toContain('backing-up');
  });
});
