import { readFile, stat } from 'node:fs/promises';
import { type FSWatcher, watch } from 'chokidar';
import { expandGlob, folderOfGlob } from '../config/glob.ts';
import type { DiscoveryConfig, TargetGroup } from '../config/scrape-config.ts';
import { messageOf } from '../model/app-error.ts';
import type { Discoverer, DiscovererDeps } from './discoverer.ts';
import { discoveryError } from './errors.ts';
import { startRefreshLoop } from './refresh-loop.ts';
import { parseJsonGroups, parseYamlGroups } from './target-groups.ts';

/** Largest file in bytes, as for the answers of http_sd. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** `file_sd_configs`: target groups of JSON and YAML files, read again when a file changes and every refresh interval. */
export function startFile(config: Extract<DiscoveryConfig, { type: 'file' }>, deps: DiscovererDeps): Discoverer {
  // The last good content of each file: a broken one keeps its targets, a deleted one loses them.
  const known = new Map<string, readonly TargetGroup[]>();
  const failing = new Set<string>();

  const report = (file: string, message: string | undefined) => {
    if (message === undefined && !failing.delete(file)) return;
    if (message !== undefined) failing.add(file);
    deps.onProblem(file, message);
  };
  const refresh = async (signal: AbortSignal) => {
    const files = new Set((await Promise.all(config.patterns.map(expandGlob))).flat());
    const read = await Promise.all([...files].map(async (file) => [file, await readGroups(file)] as const));
    if (signal.aborted) return;
    for (const file of [...known.keys(), ...failing]) {
      if (files.has(file)) continue;
      known.delete(file);
      report(file, undefined);
    }
    for (const [file, outcome] of read) {
      if ('groups' in outcome) known.set(file, outcome.groups);
      report(file, 'groups' in outcome ? undefined : outcome.message);
    }
    deps.onUpdate([...known.keys()].sort().flatMap((file) => known.get(file) ?? []));
  };
  const loop = startRefreshLoop(deps.clock, config.refreshIntervalMs, refresh, (message) =>
    deps.onProblem(`${config.patterns.join(', ')} (reading)`, message),
  );
  const watcher = watchFolders(
    config.patterns,
    () => loop.poke(),
    (message) => deps.onProblem(config.patterns.join(', '), message),
  );
  return {
    async stop() {
      await watcher.close();
      await loop.stop();
    },
  };
}

// Folders, not files: a file that is replaced by renaming, or appears later, is noticed too.
function watchFolders(patterns: readonly string[], onChange: () => void, onFailure: (message: string) => void): FSWatcher {
  const folders = [...new Set(patterns.map(folderOfGlob))];
  const watcher = watch(folders, { ignoreInitial: true, depth: 0, persistent: false });
  watcher.on('all', onChange);
  watcher.on('error', (error) => onFailure(`files are not watched, only read every refresh interval: ${messageOf(error)}`));
  return watcher;
}

type Outcome = { readonly groups: readonly TargetGroup[] } | { readonly message: string };

async function readGroups(file: string): Promise<Outcome> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) {
      throw discoveryError('discovery.too_large', `${size} bytes, more than ${MAX_FILE_BYTES / 1024 / 1024} MiB`);
    }
    const text = await readFile(file, 'utf8');
    const parse = file.toLowerCase().endsWith('.json') ? parseJsonGroups : parseYamlGroups;
    const groups = parse(text, (i) => `${file}:${i}`);
    return { groups: groups.map((group) => ({ ...group, labels: { ...group.labels, __meta_filepath: file } })) };
  } catch (error) {
    return { message: messageOf(error) };
  }
}
