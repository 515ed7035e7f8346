import { watch } from 'chokidar';
import { messageOf } from './model/app-error.ts';
import type { Clock, Timer } from './model/clock.ts';

// Editors write a file in several steps, and a Git checkout writes many files: one reload when it is quiet again.
const QUIET_MS = 500;

/** Watches files and folders for changes. */
export interface ConfigWatch {
  /** Makes the watched paths those of `paths`. */
  update(paths: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * Calls `onChange` once after each burst of changes below the watched paths. `onFailure` is told of a path that cannot be watched (no
 * permission, too many watches): the others are watched all the same; by default it is printed as a warning of the process.
 */
export function watchConfig(
  clock: Clock,
  onChange: () => void,
  onFailure: (message: string) => void = (message) => process.emitWarning(message),
): ConfigWatch {
  const watcher = watch([], { ignoreInitial: true, followSymlinks: true, ignored: (path) => path.includes('/.alidade/') });
  const watched = new Set<string>();
  let timer: Timer | undefined;
  watcher.on('all', () => {
    timer?.cancel();
    timer = clock.after(QUIET_MS, onChange);
  });
  // Without a listener the event would end the process.
  watcher.on('error', (error) => onFailure(`changes of some configuration files are not noticed, reload by hand: ${messageOf(error)}`));
  return {
    update(paths) {
      const wanted = new Set(paths);
      const gone = [...watched].filter((path) => !wanted.has(path));
      if (gone.length > 0) watcher.unwatch(gone);
      watcher.add([...wanted].filter((path) => !watched.has(path)));
      watched.clear();
      for (const path of wanted) watched.add(path);
    },
    async close() {
      timer?.cancel();
      await watcher.close();
    },
  };
}
