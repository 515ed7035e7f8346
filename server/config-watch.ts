import { watch } from 'chokidar';
import type { Clock, Timer } from './model/clock.ts';

// Editors write a file in several steps, and a Git checkout writes many files: one reload when it is quiet again.
const QUIET_MS = 500;

/** Watches files and folders for changes. */
export interface ConfigWatch {
  /** Makes the watched paths those of `paths`. */
  update(paths: readonly string[]): void;
  close(): Promise<void>;
}

/** Calls `onChange` once after each burst of changes below the watched paths. */
export function watchConfig(clock: Clock, onChange: () => void): ConfigWatch {
  const watcher = watch([], { ignoreInitial: true, followSymlinks: true, ignored: (path) => path.includes('/.alidade/') });
  const watched = new Set<string>();
  let timer: Timer | undefined;
  watcher.on('all', () => {
    timer?.cancel();
    timer = clock.after(QUIET_MS, onChange);
  });
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
