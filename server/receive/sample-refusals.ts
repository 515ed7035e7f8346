// Why samples of a request were not stored, in Prometheus' words.
import { formatG } from '../model/go-number.ts';
import type { AppendOutcome, NewestSample } from '../storage/store.ts';

const MAX_TEXTS = 200;
const MAX_TEXT_LENGTH = 2_000;

/** The texts of a request's refusals in their order, as many as an answer may have. */
export class RefusalTexts {
  readonly #texts: string[] = [];
  #more = 0;

  /** `text` is only called while it can still be shown. */
  add(text: () => string): void {
    if (this.#texts.length >= MAX_TEXTS) this.#more++;
    else this.#texts.push(cut(text()));
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  /** The first, '' without one: remote write 1.0 tells no more. */
  get first(): string {
    return this.#texts[0] ?? '';
  }

  /** All, one a line. */
  toString(): string {
    return this.#more === 0 ? this.#texts.join('\n') : `${this.#texts.join('\n')}\nand ${this.#more} more`;
  }
}

function cut(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}

/** A sample that was refused; without `value` it is a histogram. */
export interface RefusedSample {
  readonly timestampMs: number;
  readonly value?: number | undefined;
  /** What its series already had. */
  readonly newest: NewestSample | undefined;
  /** Whether samples may come late at all. */
  readonly hasWindow: boolean;
}

/** Prometheus' text for a refused sample. */
export function refusalText(outcome: AppendOutcome, { timestampMs, value, newest, hasWindow }: RefusedSample): string {
  switch (outcome) {
    case 'out_of_order':
      return 'out of order sample';
    case 'too_old':
      return hasWindow ? 'too old sample' : 'out of bounds';
    case 'too_far_in_future':
      return 'out of bounds: timestamp is too far in the future';
    default: {
      if (value === undefined || !newest) return 'duplicate sample for timestamp';
      const existing = newest.kind === 'histogram' ? 'is a histogram' : formatG(newest.kind === 'stale' ? Number.NaN : newest.value);
      return `duplicate sample for timestamp ${timestampMs}; overrides not allowed: existing ${existing}, new value ${formatG(value)}`;
    }
  }
}
