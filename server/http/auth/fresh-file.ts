import { statSync } from 'node:fs';

/** What was read of some files, read again whenever one of them has changed. */
export class FreshFiles<T> {
  readonly #read: () => { readonly value: T; readonly files: readonly string[] };
  #value: T;
  #files: readonly string[];
  #stamp: string;

  /** Reads at once, and throws what `read` throws. */
  constructor(read: () => { readonly value: T; readonly files: readonly string[] }) {
    this.#read = read;
    const { value, files } = read();
    // Without a stamp it is read again the first time: it may have changed meanwhile.
    [this.#value, this.#files, this.#stamp] = [value, files, ''];
  }

  /** The present content. Throws what `read` throws for as long as the files are bad. */
  get current(): T {
    const stamp = stampOf(this.#files);
    if (stamp === this.#stamp) return this.#value;
    const { value, files } = this.#read();
    // Of the moment before reading: what changes meanwhile is read the next time.
    const isSame = files.length === this.#files.length && files.every((file, i) => file === this.#files[i]);
    [this.#value, this.#files] = [value, files];
    this.#stamp = isSame ? stamp : stampOf(files);
    return this.#value;
  }
}

function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found ? `${found.ino}:${found.size}:${found.mtimeMs}` : '-';
    })
    .join(' ');
}
