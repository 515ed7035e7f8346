import { bitsOf } from '../../model/stale.ts';
import type { MessageCursor } from '../protobuf/message-cursor.ts';
import { FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';

const CAPACITY = 256;

/** Some samples of one series, in columns that are filled again and again. */
export class SampleColumns {
  /** How many there are. */
  count = 0;
  readonly timesMs = new Float64Array(CAPACITY);
  readonly values = new Float64Array(CAPACITY);
  /** The values' bits, for stale markers (model/stale.ts). */
  readonly bits = bitsOf(this.values);

  get isFull(): boolean {
    return this.count === CAPACITY;
  }

  /** Adds prometheus.Sample {1: value, 2: timestamp}, which both versions have, from where the cursor stands to `end`. */
  read(cursor: MessageCursor, end: number): void {
    const at = this.count++;
    if (cursor.timedDouble(end, this.bits, this.timesMs, at)) return;
    this.timesMs[at] = 0;
    this.values[at] = 0;
    while (cursor.pos < end) {
      const tag = cursor.tag('Sample');
      if (tag === tagOf(1, FIXED64)) cursor.doubleBits(end, this.bits, at);
      else if (tag === tagOf(2, VARINT)) this.timesMs[at] = cursor.int64();
      else {
        if (tag >>> 3 === 1) cursor.expect(tag, FIXED64, 'Value');
        if (tag >>> 3 === 2) cursor.expect(tag, VARINT, 'Timestamp');
        cursor.skip(tag, end);
      }
    }
    if (cursor.pos !== end) throw new Error('unexpected EOF');
  }
}
