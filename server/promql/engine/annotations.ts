import { positionText } from '../parse/position.ts';

/** Prometheus shows at most so many of each kind. */
const MAX_SHOWN = 10;

/** Collects upstream's warnings and infos about a query, each once, with the position that they are about. */
export class Annotations {
  readonly #query: string;
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();

  constructor(query: string) {
    this.#query = query;
  }

  warn(message: string, offset: number): void {
    this.#warnings.add(`PromQL warning: ${message} (${positionText(this.#query, offset)})`);
  }

  info(message: string, offset: number): void {
    this.#infos.add(`PromQL info: ${message} (${positionText(this.#query, offset)})`);
  }

  get warnings(): string[] {
    return [...this.#warnings];
  }

  get infos(): string[] {
    return [...this.#infos];
  }
}

/** The first ten, and a line that counts the rest. */
export function shorten(texts: readonly string[], kind: 'warning' | 'info'): string[] {
  if (texts.length <= MAX_SHOWN) return [...texts];
  return [...texts.slice(0, MAX_SHOWN), `${texts.length - MAX_SHOWN} more ${kind} annotations omitted`];
}
