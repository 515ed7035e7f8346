import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { archiveError } from './errors.ts';

/** A text that is written to a file, or with the name - to standard output. Methods throw AppError `archive.bad_file`. */
export class TextFile {
  readonly #name: string;
  readonly #stream: Writable;
  #error: Error | undefined;
  /** Lets a write go on that waits for room. */
  #wake: () => void = () => undefined;

  constructor(name: string) {
    this.#name = name;
    this.#stream = name === '-' ? process.stdout : createWriteStream(name);
    this.#stream.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
    for (const event of ['drain', 'close']) this.#stream.on(event, () => this.#wake());
  }

  /** Resolves when there is room for more. */
  async write(text: string): Promise<void> {
    if (!this.#stream.write(text) && !this.#error)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#check();
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    if (this.#name === '-') return;
    this.#stream.end();
    // After an error it is closed as well.
    if (!this.#stream.closed) await new Promise((resolve) => this.#stream.once('close', resolve));
    this.#check();
  }

  #check(): void {
    if (this.#error) throw archiveError('archive.bad_file', `cannot write "${this.#name}": ${this.#error.message}`, this.#error);
  }
}
