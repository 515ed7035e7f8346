// A matrix of floats as JSON. Hundreds of thousands of points go straight into one piece of memory, without a text for any of them.
import { LONGEST_NUMBER_BYTES, writeShort } from '../../model/shortest-digits.ts';
import type { Matrix } from '../query.ts';
import { metricWriter, secondsText } from './json-parts.ts';

/** Free bytes before and behind an answer, so that what goes around it need not be put together in other memory. */
const MARGIN_BYTES = 1 << 10;
/** Of a point with its number, as they mostly are. */
const POINT_BYTES = 34;
/** Memory that an answer gets before anything is written; it grows from there. */
const MOST_AT_FIRST = 1 << 23;
const BEFORE = '{"resultType":"matrix","result":[';
const BEHIND = ']}';
const COMMA = 0x2c;
const VALUES = ',"values":[';
/** The end of the point before, with which every opening begins. */
const CLOSING = '"],';
const WORD_BYTES = 8;

/** {"resultType":"matrix","result":[…]}, in `memory` if that is large enough. */
export function encodeFloats({ labels, values, present, steps, startMs, stepMs }: Matrix, memory?: SharedArrayBuffer): Uint8Array {
  const metricJson = metricWriter();
  const openings = Openings.of(steps, startMs, stepMs);
  const longestRow = VALUES.length + steps * (openings.longest + LONGEST_NUMBER_BYTES) + WORD_BYTES;
  const out = new JsonBytes(Math.min(MOST_AT_FIRST, (1 << 12) + values.length * POINT_BYTES), memory);
  out.text(BEFORE);
  labels.forEach((series, row) => {
    out.text(`${row === 0 ? '' : ','}{"metric":${metricJson(series)}`);
    out.reserve(longestRow);
    const hasPoints = out.points(openings, values, present, row * steps);
    out.text(hasPoints ? '"]]}' : '}');
  });
  out.text(BEHIND);
  return out.filled();
}

/** The texts of matrices whose series follow each other as the text of one, in pieces: where it is cut, they are changed in place. */
export function joinTexts(texts: readonly Uint8Array[]): Uint8Array[] {
  const filled = texts.filter(({ length }) => length > BEFORE.length + BEHIND.length);
  const wanted = filled.length > 0 ? filled : texts.slice(0, 1);
  return wanted.map((text, i) => {
    const start = i === 0 ? 0 : BEFORE.length - 1;
    if (i > 0) text[start] = COMMA;
    return text.subarray(start, i === wanted.length - 1 ? text.length : text.length - BEHIND.length);
  });
}

/**
 * What stands between the numbers of a row: the end of one point and the time of the next, in words of eight bytes, which are copied faster than
 * single ones. As numbers they are ordinary, because the text is ASCII.
 */
class Openings {
  /** The panels of a dashboard are asked over the same steps. */
  static #last: Openings | undefined;

  readonly #grid: readonly number[];
  readonly words: Float64Array;
  /** In bytes, by step. */
  readonly lengths: Uint8Array;
  readonly wordsEach: number;
  readonly longest: number;

  static of(...grid: readonly [steps: number, startMs: number, stepMs: number]): Openings {
    if (!Openings.#last?.isOf(grid)) Openings.#last = new Openings(...grid);
    return Openings.#last;
  }

  private constructor(...grid: readonly [steps: number, startMs: number, stepMs: number]) {
    const [steps, startMs, stepMs] = grid;
    this.#grid = grid;
    const texts = Array.from({ length: steps }, (_, t) => `${CLOSING}[${secondsText(startMs + t * stepMs)},"`);
    this.lengths = Uint8Array.from(texts, ({ length }) => length);
    this.longest = this.lengths.reduce((longest, length) => Math.max(longest, length), 0);
    this.wordsEach = Math.ceil(this.longest / WORD_BYTES);
    const bytes = Buffer.alloc(steps * this.wordsEach * WORD_BYTES);
    for (const [t, text] of texts.entries()) bytes.write(text, t * this.wordsEach * WORD_BYTES, 'latin1');
    const view = viewOf(bytes);
    this.words = Float64Array.from({ length: steps * this.wordsEach }, (_, i) => view.getFloat64(i * WORD_BYTES, true));
  }

  isOf(grid: readonly number[]): boolean {
    return this.#grid.every((value, i) => value === grid[i]);
  }
}

/** Growing memory for UTF-8. */
class JsonBytes {
  #buffer: Buffer;
  #view: DataView;
  #length = MARGIN_BYTES;

  /** In `memory`, if there is room for so many bytes. */
  constructor(bytes: number, memory?: SharedArrayBuffer) {
    const wanted = MARGIN_BYTES + bytes + MARGIN_BYTES;
    this.#buffer = memory && memory.byteLength >= wanted ? Buffer.from(memory) : Buffer.allocUnsafeSlow(wanted);
    this.#view = viewOf(this.#buffer);
  }

  /** Makes room for so many bytes, of which the calls that follow may make use without looking. */
  reserve(bytes: number): void {
    const needed = this.#length + bytes + MARGIN_BYTES;
    if (needed <= this.#buffer.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(bigger, 0, 0, this.#length);
    this.#buffer = bigger;
    this.#view = viewOf(bigger);
  }

  /** Any text. */
  text(text: string): void {
    this.reserve(3 * text.length);
    this.#length += this.#buffer.write(text, this.#length);
  }

  /**
   * The present ones of the values from `start` on, one for each step, for which room was made, up to the end of the last number; whether there
   * are any. One function for the whole row: hundreds of thousands of points go through it.
   */
  points({ words, lengths, wordsEach }: Openings, values: Float64Array, present: Uint8Array, start: number): boolean {
    const buffer = this.#buffer;
    const view = this.#view;
    const out = { bytes: buffer, view };
    const from = this.#length;
    let at = from;
    for (let t = 0; t < lengths.length; t++) {
      if (present[start + t] === 0) continue;
      // The first point closes none before it.
      const isFirst = at === from;
      const opensAt = isFirst ? at + VALUES.length - CLOSING.length : at;
      // The last word may write more than belongs to it, where the number comes next.
      for (let word = t * wordsEach, end = word + wordsEach, to = opensAt; word < end; word++, to += WORD_BYTES)
        view.setFloat64(to, words[word] as number, true);
      if (isFirst) buffer.write(VALUES, at, 'latin1');
      at = writeShort(values[start + t] as number, out, opensAt + (lengths[t] as number));
    }
    this.#length = at;
    return at > from;
  }

  filled(): Uint8Array {
    return this.#buffer.subarray(MARGIN_BYTES, this.#length);
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}
