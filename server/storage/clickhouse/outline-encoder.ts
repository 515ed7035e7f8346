// The bytes of outlines, as storage/packed/outline-codec.ts describes them.
import { isStaleAt } from '../../model/stale.ts';
import { Views } from '../packed/differences.ts';
import { alignedTo4, OUTLINE_HEAD_BYTES } from '../packed/outline-codec.ts';
import { alignedTo8 } from '../packed/packed-series.ts';
import type { Outline } from './outline.ts';
import type { Run } from './run.ts';

const MAX_UINT8 = 255;
const MAX_UINT16 = 65_535;
const MAX_INT32 = 2_147_483_647;
/** Of a value, a time and an ordinal at their widest. */
const WIDEST = 8 + 4 + 2;

/** Encodes outlines. Reused from block to block. */
export class OutlineEncoder {
  readonly #scratch: Views;
  readonly #valueDeltas: Float64Array;
  readonly #timeDeltas: Float64Array;
  readonly #ordinalDeltas: Float64Array;

  constructor(maxSamples: number) {
    this.#scratch = new Views(new ArrayBuffer(alignedTo8(2 * OUTLINE_HEAD_BYTES + maxSamples * WIDEST + 16)));
    this.#valueDeltas = new Float64Array(maxSamples);
    this.#timeDeltas = new Float64Array(maxSamples);
    this.#ordinalDeltas = new Float64Array(maxSamples);
  }

  /** Samples of a block that begins at `start`. What comes back is only good until the next call. */
  encode(run: Run, start: number, end: number, { isKept, count }: Outline, isWhole: boolean): Uint8Array {
    const { u8, u16, u32, f64 } = this.#scratch;
    const widths = this.#measure(run, start, end, isKept, isWhole);
    u8.set([widths.value, widths.time, widths.ordinal, isStaleAt(run.bits, end - 1) ? 1 : 0]);
    u16[2] = count;
    let at = OUTLINE_HEAD_BYTES;
    if (widths.value === 8) {
      // By memory, not by number: a NaN keeps its payload.
      let to = at / 8;
      for (let i = start; i < end; i++) if (isKept[i - start] === 1) f64.set(run.values.subarray(i, i + 1), to++);
    } else {
      f64[1] = run.values[start] as number;
      at += 8;
      write(ofWidth(this.#scratch, widths.value), at / widths.value, this.#valueDeltas, count, 1);
    }
    at = padded(u8, at + count * widths.value);
    if (widths.time === 2) write(u16, at / 2, this.#timeDeltas, count, 1000);
    else write(u32, at / 4, this.#timeDeltas, count, 1);
    at = padded(u8, at + count * widths.time);
    write(widths.ordinal === 1 ? u8 : u16, at / widths.ordinal, this.#ordinalDeltas, count, 1);
    return u8.subarray(0, at + count * widths.ordinal);
  }

  /** Fills the differences and says how wide each must be. */
  #measure({ times, values, bits }: Run, start: number, end: number, isKept: Uint8Array, isWhole: boolean): Widths {
    let [k, ordinal, beforeOrdinal, largest, longest, furthest, isSeconds] = [0, 0, 0, 0, 0, 0, true];
    let beforeMs = times[start] as number;
    let before = values[start] as number;
    for (let i = start; i < end; i++) {
      if (isKept[i - start] === 1) {
        const timeDelta = (times[i] as number) - beforeMs;
        const valueDelta = isWhole ? (values[i] as number) - before : 0;
        this.#timeDeltas[k] = timeDelta;
        this.#ordinalDeltas[k] = ordinal - beforeOrdinal;
        this.#valueDeltas[k++] = valueDelta;
        if (timeDelta % 1000 !== 0) isSeconds = false;
        longest = Math.max(longest, timeDelta);
        furthest = Math.max(furthest, ordinal - beforeOrdinal);
        largest = Math.max(largest, valueDelta < 0 ? -valueDelta - 1 : valueDelta);
        beforeMs = times[i] as number;
        beforeOrdinal = ordinal;
        before = values[i] as number;
      }
      if (isWhole || !isStaleAt(bits, i)) ordinal++;
    }
    return {
      value: !isWhole || largest > MAX_INT32 ? 8 : largest > 32_767 ? 4 : largest > 127 ? 2 : 1,
      time: isSeconds && longest <= 1000 * MAX_UINT16 ? 2 : 4,
      ordinal: furthest <= MAX_UINT8 ? 1 : 2,
    };
  }
}

interface Widths {
  readonly value: 1 | 2 | 4 | 8;
  readonly time: 2 | 4;
  readonly ordinal: 1 | 2;
}

function ofWidth({ i8, i16, i32 }: Views, width: number): Int8Array | Int16Array | Int32Array {
  return width === 1 ? i8 : width === 2 ? i16 : i32;
}

type Whole = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array;

function write(to: Whole, start: number, numbers: Float64Array, count: number, unit: number): void {
  for (let k = 0; k < count; k++) to[start + k] = (numbers[k] as number) / unit;
}

/** Fills up to the next multiple of 4, which it answers: equal outlines have equal bytes. */
function padded(bytes: Uint8Array, at: number): number {
  const end = alignedTo4(at);
  bytes.fill(0, at, end);
  return end;
}
