import { messageOf } from '../../model/app-error.ts';
import { MessageCursor } from '../protobuf/message-cursor.ts';
import { BYTES, tagOf } from '../protobuf/wire-reader.ts';
import { remoteWriteError } from './errors.ts';
import { readHistogram, type WrittenHistogram } from './histogram-message.ts';
import type { SampleColumns } from './sample-columns.ts';

const NOTHING: readonly never[] = [];

/** Numbers of a TimeSeries' fields. */
export interface SeriesFieldNumbers {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

/** The repeated fields of one TimeSeries: a scan says how many there are of each, then they are read kind by kind. */
export class SeriesFields {
  readonly cursor: MessageCursor;
  readonly #numbers: SeriesFieldNumbers;
  readonly #sampleTag: number;
  #start = 0;
  #end = 0;
  #samples = 0;
  #histograms = 0;
  #exemplars = 0;
  /** Where the next sample is looked for. */
  #samplesAt = 0;
  /** Samples and histograms of the series. */
  count = 0;

  constructor(body: Uint8Array, numbers: SeriesFieldNumbers) {
    this.cursor = new MessageCursor(body);
    this.#numbers = numbers;
    this.#sampleTag = tagOf(numbers.samples, BYTES);
  }

  /**
   * Goes through the series from where the cursor stands to `end`, which is where it then stands; `onOther` reads all
   * other fields, whose tags stand at `at`.
   */
  scan(end: number, onOther: (tag: number, at: number) => void): void {
    const { cursor } = this;
    const { samples, histograms, exemplars } = this.#numbers;
    this.#start = this.#samplesAt = cursor.pos;
    this.#end = end;
    this.#samples = this.#histograms = this.#exemplars = 0;
    while (cursor.pos < end) {
      const at = cursor.pos;
      if (this.#passSample(at, end)) continue;
      const tag = cursor.tag('TimeSeries');
      const field = tag >>> 3;
      if (field === samples) {
        cursor.expect(tag, tagOf(samples, BYTES), 'Samples');
        this.#samples++;
      } else if (field === histograms) {
        cursor.expect(tag, tagOf(histograms, BYTES), 'Histograms');
        this.#histograms++;
      } else if (field === exemplars) {
        cursor.expect(tag, tagOf(exemplars, BYTES), 'Exemplars');
        this.#exemplars++;
      } else {
        onOther(tag, at);
        continue;
      }
      cursor.pos = cursor.enter(end);
    }
    if (cursor.pos !== end) throw new Error('unexpected EOF');
    this.count = this.#samples + this.#histograms;
  }

  readSamples(columns: SampleColumns): boolean {
    columns.count = 0;
    if (this.#samples === 0) return false;
    try {
      const { cursor } = this;
      cursor.pos = this.#samplesAt;
      while (this.#samples > 0 && !columns.isFull) {
        const to = this.#findField(this.#numbers.samples);
        columns.read(cursor, to);
        this.#samples--;
      }
      this.#samplesAt = cursor.pos;
      return true;
    } catch (error) {
      throw badProtobuf(error);
    }
  }

  histograms(): Iterable<WrittenHistogram> {
    if (this.#histograms === 0) return NOTHING;
    return this.#readEach(this.#numbers.histograms, this.#histograms, (to) => readHistogram(this.cursor, to));
  }

  exemplars<T>(read: (end: number) => T): Iterable<T> {
    return this.#exemplars === 0 ? NOTHING : this.#readEach(this.#numbers.exemplars, this.#exemplars, read);
  }

  /** Runs `read`; what it throws is about the request. */
  reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw badProtobuf(error);
    }
  }

  /** Whether a sample stands at `at`, where the cursor stands, and if so passes over it: most of all fields are samples of a few bytes. */
  #passSample(at: number, end: number): boolean {
    const { bytes } = this.cursor;
    const length = bytes[at + 1] as number;
    if (bytes[at] !== this.#sampleTag || length >= 128 || at + 2 + length > end) return false;
    this.cursor.pos = at + 2 + length;
    this.#samples++;
    return true;
  }

  *#readEach<T>(field: number, count: number, read: (end: number) => T): Generator<T, void> {
    let at = this.#start;
    for (let i = 0; i < count; i++) {
      yield this.reading(() => {
        this.cursor.pos = at;
        const value = read(this.#findField(field));
        at = this.cursor.pos;
        return value;
      });
    }
  }

  /** Goes into the next field of this number, which there is; where it ends. */
  #findField(field: number): number {
    const { cursor } = this;
    for (;;) {
      const tag = cursor.tag('TimeSeries');
      if (tag >>> 3 === field) return cursor.enter(this.#end);
      cursor.skip(tag, this.#end);
    }
  }
}

function badProtobuf(error: unknown): Error {
  return remoteWriteError('remote_write.bad_protobuf', messageOf(error), error);
}
