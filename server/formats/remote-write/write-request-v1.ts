// prometheus.WriteRequest (remote write 1.0):
//   WriteRequest   1: timeseries…, 3: metadata…            TimeSeries  1: labels…, 2: samples…, 3: exemplars…, 4: histograms…
//   MetricMetadata 1: type, 2: family, 4: help, 5: unit    Exemplar    1: labels…, 2: value, 3: timestamp     Label 1: name, 2: value
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import type { WrittenHistogram } from './histogram-message.ts';
import { LabelBytes } from './label-bytes.ts';
import type { SampleColumns } from './sample-columns.ts';
import { SeriesFields } from './series-fields.ts';
import { readLabels } from './series-labels.ts';
import { type ByteRange, METADATA_TYPES, type WriteRequest, type WrittenExemplar, type WrittenMetadata } from './write-request.ts';

const LABEL = tagOf(1, BYTES);

/** Reads a decompressed body of version 1.0. */
export function readWriteRequest(body: Uint8Array): WriteRequest {
  return new WriteRequestV1(body);
}

class WriteRequestV1 implements WriteRequest {
  readonly labelFault = undefined;
  readonly createdMs = 0;
  readonly #body: Buffer;
  readonly #series: SeriesFields;
  readonly #scratch = new LabelBytes();
  readonly #families: WrittenMetadata[] = [];
  readonly #labels: { bytes: Buffer; start: number; end: number };
  readonly #toNextBound = () => this.#toNext();
  readonly #passOther = (tag: number) => this.#passOtherField(tag);
  #hasLabelsApart = false;
  /** Where the current series ends. */
  #next = 0;

  constructor(bytes: Uint8Array) {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#body = body;
    this.#series = new SeriesFields(body, { samples: 2, exemplars: 3, histograms: 4 });
    this.#labels = { bytes: body, start: 0, end: 0 };
  }

  get labelBytes(): ByteRange {
    return this.#labels;
  }

  get sampleCount(): number {
    return this.#series.count;
  }

  next(): boolean {
    return this.#series.reading(this.#toNextBound);
  }

  readSamples(columns: SampleColumns): boolean {
    return this.#series.readSamples(columns);
  }

  histograms(): Iterable<WrittenHistogram> {
    return this.#series.histograms();
  }

  exemplars(): Iterable<WrittenExemplar | string> {
    return this.#series.exemplars((end) => this.#readExemplar(end));
  }

  metadata(): undefined {
    return undefined;
  }

  families(): readonly WrittenMetadata[] {
    return this.#families;
  }

  #toNext(): boolean {
    const { cursor } = this.#series;
    const end = this.#body.length;
    cursor.pos = this.#next;
    while (cursor.pos < end) {
      const tag = cursor.tag('WriteRequest');
      if (tag === tagOf(1, BYTES)) {
        this.#next = cursor.enter(end);
        this.#scanSeries(this.#next);
        return true;
      }
      if (tag === tagOf(3, BYTES)) this.#readFamily(cursor.enter(end));
      else {
        if (tag >>> 3 === 1) cursor.expect(tag, tagOf(1, BYTES), 'Timeseries');
        if (tag >>> 3 === 3) cursor.expect(tag, tagOf(3, BYTES), 'Metadata');
        cursor.skip(tag, end);
      }
      this.#next = cursor.pos;
    }
    return false;
  }

  /** Senders put the labels side by side before all else; otherwise they are copied together. */
  #scanSeries(end: number): void {
    const { cursor } = this.#series;
    const body = this.#body;
    const labels = this.#labels;
    labels.bytes = body;
    labels.start = cursor.pos;
    while (cursor.pos < end && body[cursor.pos] === LABEL) {
      cursor.pos++;
      cursor.pos = cursor.enter(end);
    }
    labels.end = cursor.pos;
    this.#hasLabelsApart = false;
    this.#series.scan(end, this.#passOther);
    if (this.#hasLabelsApart) this.#gatherLabels(labels.start, end);
  }

  #passOtherField(tag: number): void {
    if (tag === LABEL) this.#hasLabelsApart = true;
    else if (tag >>> 3 === 1) this.#series.cursor.expect(tag, LABEL, 'Labels');
    this.#series.cursor.skip(tag, this.#next);
  }

  #gatherLabels(from: number, end: number): void {
    const { cursor } = this.#series;
    this.#scratch.clear();
    cursor.pos = from;
    while (cursor.pos < end) {
      const at = cursor.pos;
      const tag = cursor.tag('TimeSeries');
      cursor.skip(tag, end);
      if (tag === LABEL) this.#scratch.copy(this.#body, at, cursor.pos);
    }
    this.#labels.bytes = this.#scratch.bytes;
    this.#labels.start = 0;
    this.#labels.end = this.#scratch.length;
  }

  #readExemplar(end: number): WrittenExemplar | string {
    const { cursor } = this.#series;
    this.#scratch.clear();
    let [value, timestampMs] = [0, 0];
    while (cursor.pos < end) {
      const at = cursor.pos;
      const tag = cursor.tag('Exemplar');
      if (tag === tagOf(2, FIXED64)) value = cursor.double(end);
      else if (tag === tagOf(3, VARINT)) timestampMs = cursor.int64();
      else {
        cursor.skip(tag, end);
        if (tag === LABEL) this.#scratch.copy(this.#body, at, cursor.pos);
      }
    }
    return { labels: readLabels(this.#scratch.range()).labels, value, timestampMs };
  }

  #readFamily(end: number): void {
    const { cursor } = this.#series;
    let [type, metric, help, unit] = [0, '', '', ''];
    const text = () => {
      const to = cursor.enter(end);
      const from = cursor.pos;
      cursor.pos = to;
      return cursor.text(from, to);
    };
    while (cursor.pos < end) {
      const tag = cursor.tag('MetricMetadata');
      if (tag === tagOf(1, VARINT)) type = cursor.uint32();
      else if (tag === tagOf(2, BYTES)) metric = text();
      else if (tag === tagOf(4, BYTES)) help = text();
      else if (tag === tagOf(5, BYTES)) unit = text();
      else cursor.skip(tag, end);
    }
    if (cursor.pos !== end) throw new Error('unexpected EOF');
    if (metric !== '') this.#families.push({ metric, type: METADATA_TYPES[type] ?? 'unknown', help, unit });
  }
}
