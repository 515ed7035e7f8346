import { positionText } from '../parse/position.ts';

/** Prometheus shows at most so many of each kind. */
const MAX_SHOWN = 10;

/**
 * Collects upstream's warnings and infos about a query. A text that is given for several places is shown once, with the last
 * of them, as upstream does.
 */
export class Annotations {
  readonly #query: string;
  readonly #warnings = new Map<string, number>();
  readonly #infos = new Map<string, number>();

  /** Whether the order of series has decided which of equal samples is among the top. */
  isTied = false;

  constructor(query: string) {
    this.#query = query;
  }

  tie(): void {
    this.isTied = true;
  }

  warn(message: string, offset: number): void {
    this.#warnings.set(`PromQL warning: ${message}`, offset);
  }

  info(message: string, offset: number): void {
    this.#infos.set(`PromQL info: ${message}`, offset);
  }

  get warnings(): string[] {
    return this.#placed(this.#warnings);
  }

  get infos(): string[] {
    return this.#placed(this.#infos);
  }

  #placed(texts: ReadonlyMap<string, number>): string[] {
    return Array.from(texts, ([message, offset]) => `${message} (${positionText(this.#query, offset)})`);
  }
}

/** The first ten, and a line that counts the rest. */
export function shorten(texts: readonly string[], kind: 'warning' | 'info'): string[] {
  if (texts.length <= MAX_SHOWN) return [...texts];
  return [...texts.slice(0, MAX_SHOWN), `${texts.length - MAX_SHOWN} more ${kind} annotations omitted`];
}
