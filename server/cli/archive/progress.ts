/** How often a line is printed, on a terminal and elsewhere. */
const EVERY_MS = { terminal: 500, file: 10_000 };

/** Tells on standard error how far a long piece of work is. */
export class Progress {
  readonly #describe: () => string;
  readonly #timer: NodeJS.Timeout;
  readonly #isTerminal = process.stderr.isTTY === true;

  /** `describe` gives one line. */
  constructor(describe: () => string) {
    this.#describe = describe;
    this.#timer = setInterval(() => this.#print(), this.#isTerminal ? EVERY_MS.terminal : EVERY_MS.file);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#isTerminal) process.stderr.write('\r\x1b[K');
  }

  #print(): void {
    process.stderr.write(this.#isTerminal ? `\r\x1b[K${this.#describe()}` : `${this.#describe()}\n`);
  }
}

/** A number with its thousands apart. */
export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ' ');
}
