// The first parts of a read, held back until it is known whether there are more. Few can be given to the threads as they are: each reduces
// the series of its groups, and does at once all else that is to be done for these (shares.ts), so that no rows go from thread to thread.
import { isPacked, type PackedSeries } from '../../storage/packed/packed-series.ts';
import type { SeriesSet } from '../../storage/store.ts';

/** Of more parts the first are better reduced while the next are read. */
const MOST_HELD = 6;

/** In memory that threads share. */
type HeldPart = PackedSeries & { readonly memory: SharedArrayBuffer };

export class HeldParts {
  readonly #mayHold: () => boolean;
  #parts: HeldPart[] = [];
  #isOver = false;

  /** Parts are held as long as `mayHold`. */
  constructor(mayHold: () => boolean) {
    this.#mayHold = mayHold;
  }

  get parts(): readonly HeldPart[] {
    return this.#parts;
  }

  /** Holds the next part if it can: answers whether. Once one is not held, all are to be let go, and none is held any more. */
  take(part: PackedSeries | SeriesSet): boolean {
    if (this.#isOver || this.#parts.length === MOST_HELD || !isShared(part) || !this.#mayHold()) {
      this.#isOver = true;
      return false;
    }
    this.#parts.push(part);
    return true;
  }

  letGo(): readonly HeldPart[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }
}

function isShared(part: PackedSeries | SeriesSet): part is HeldPart {
  return isPacked(part) && part.memory instanceof SharedArrayBuffer;
}
