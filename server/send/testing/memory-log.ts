// A log of commits in memory, for tests in which what happens when must be in the hand of the test: each commit is a segment of its own.
import { Labels } from '../../model/labels.ts';
import type { CommitLog, CommitReader, LoggedCommit, LogPosition } from '../../storage/store.ts';

export class MemoryLog implements CommitLog {
  readonly #commits: LoggedCommit[] = [];
  readonly #listeners = new Set<() => void>();
  newestMs = Number.NEGATIVE_INFINITY;
  logsExemplars = false;
  /** What `keepFrom` was called with. */
  readonly kept: number[] = [];
  /** What it rejects with. */
  failure: Error | undefined;

  get end(): LogPosition {
    return { segment: this.#commits.length, offset: 0 };
  }

  /** A sample each of so many series, all at the same time. */
  commit(timestampMs: number, series: number): void {
    const refs = Uint32Array.from({ length: series }, (_, i) => i);
    const timestampsMs = new Float64Array(series).fill(timestampMs);
    this.#commits.push({ kind: 'samples', series: refs, timestampsMs, values: new Float64Array(series) });
    this.newestMs = timestampMs;
    for (const listener of this.#listeners) listener();
  }

  read(from: LogPosition): CommitReader {
    let at = from.segment;
    const place = (segment: number) => ({ segment, offset: 0 });
    const next = () => Promise.resolve(at < this.#commits.length ? this.#commits[at++] : undefined);
    return {
      get position() {
        return place(at);
      },
      get start() {
        return place(at - 1);
      },
      next,
      close: () => Promise.resolve(),
    };
  }

  labelsOf(ref: number): Labels {
    return Labels.from({ __name__: 'a', i: String(ref) });
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  keepFrom(segment: number): Promise<void> {
    this.kept.push(segment);
    return this.failure ? Promise.reject(this.failure) : Promise.resolve();
  }

  segments(): Promise<{ segment: number; sizeBytes: number }[]> {
    return Promise.resolve(this.#commits.map((_, segment) => ({ segment, sizeBytes: 1 })));
  }

  countSamples(from: LogPosition, toSegment: number): Promise<number> {
    const passed = this.#commits.slice(from.segment, toSegment);
    return Promise.resolve(passed.reduce((sum, commit) => sum + (commit.kind === 'samples' ? commit.series.length : 0), 0));
  }
}
