// io.prometheus.write.v2.Request (remote write 2.0). Texts are references into one table, symbols.
//   Request    4: symbols…, 5: timeseries…
//   TimeSeries 1: label references (name, value, name, …), 2: samples…, 3: histograms…, 4: exemplars…, 5: metadata, 6: created
//   Exemplar   1: label references, 2: value, 3: timestamp        Metadata 1: type, 3: help reference, 4: unit reference
import { MessageCursor } from '../protobuf/message-cursor.ts';
import { BYTES, FIXED64, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import type { WrittenHistogram } from './histogram-message.ts';
import { LabelBytes } from './label-bytes.ts';
import type { SampleColumns } from './sample-columns.ts';
import { SeriesFields } from './series-fields.ts';
import { readLabels } from './series-labels.ts';
import { SymbolTable } from './symbol-table.ts';
import {
  type ByteRange,
  METADATA_TYPES,
  type MetadataType,
  type WriteRequest,
  type WrittenExemplar,
  type WrittenMetadata,
} from './write-request.ts';

const SYMBOL = tagOf(4, BYTES);
const SERIES = tagOf(5, BYTES);
const TYPE_LABEL = Buffer.from('__type__');
const UNIT_LABEL = Buffer.from('__unit__');

export interface RequestV2Options {
  /** Adds the labels `__type__` and `__unit__` as the metadata of a series says (feature type-and-unit-labels). */
  readonly withTypeAndUnit: boolean;
}

/** Reads a decompressed body of version 2.0. Throws AppError `remote_write.bad_protobuf`. */
export function readRequestV2(body: Uint8Array, options: RequestV2Options): WriteRequest {
  return new RequestV2(body, options);
}

class RequestV2 implements WriteRequest {
  labelFault: string | undefined;
  createdMs = 0;
  readonly #body: Uint8Array;
  readonly #withTypeAndUnit: boolean;
  readonly #series: SeriesFields;
  readonly #symbols: SymbolTable;
  readonly #scratch = new LabelBytes();
  readonly #exemplarScratch = new LabelBytes();
  readonly #refs: number[] = [];
  #type = 0;
  #helpRef = 0;
  #unitRef = 0;
  #next = 0;

  constructor(body: Uint8Array, { withTypeAndUnit }: RequestV2Options) {
    this.#body = body;
    this.#withTypeAndUnit = withTypeAndUnit;
    this.#series = new SeriesFields(body, { samples: 2, histograms: 3, exemplars: 4 });
    this.#symbols = this.#series.reading(() => this.#findSymbols());
  }

  get labelBytes(): ByteRange {
    return this.#scratch.range();
  }

  get sampleCount(): number {
    return this.#series.count;
  }

  next(): boolean {
    return this.#series.reading(() => this.#toNext());
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

  metadata(): Omit<WrittenMetadata, 'metric'> | undefined {
    const type = this.#typeWord();
    const help = this.#symbols.text(this.#helpRef);
    const unit = this.#symbols.text(this.#unitRef);
    return type === 'unknown' && help === '' && unit === '' ? undefined : { type, help, unit };
  }

  families(): readonly WrittenMetadata[] {
    return [];
  }

  #typeWord(): MetadataType {
    return METADATA_TYPES[this.#type] ?? 'unknown';
  }

  /** Symbols may stand anywhere in a request, also behind the series that refer to them. */
  #findSymbols(): SymbolTable {
    const cursor = new MessageCursor(this.#body);
    const symbols = new SymbolTable(this.#body);
    const end = this.#body.length;
    while (cursor.pos < end) {
      const tag = cursor.tag('Request');
      if (tag === SYMBOL) {
        const to = cursor.enter(end);
        symbols.add(cursor.pos, to);
        cursor.pos = to;
      } else {
        if (tag >>> 3 === 4) cursor.expect(tag, SYMBOL, 'Symbols');
        if (tag >>> 3 === 5) cursor.expect(tag, SERIES, 'Timeseries');
        cursor.skip(tag, end);
      }
    }
    return symbols;
  }

  #toNext(): boolean {
    const { cursor } = this.#series;
    const end = this.#body.length;
    cursor.pos = this.#next;
    while (cursor.pos < end) {
      const tag = cursor.tag('Request');
      if (tag === SERIES) {
        this.#next = cursor.enter(end);
        this.#scanSeries(this.#next);
        return true;
      }
      cursor.skip(tag, end);
      this.#next = cursor.pos;
    }
    return false;
  }

  #scanSeries(end: number): void {
    const { cursor } = this.#series;
    this.#refs.length = 0;
    this.#type = this.#helpRef = this.#unitRef = this.createdMs = 0;
    this.#series.scan(end, (tag) => {
      if (tag >>> 3 === 1) readRefs(cursor, tag, end, this.#refs);
      else if (tag === tagOf(5, BYTES)) this.#readMetadata(cursor.enter(end));
      else if (tag === tagOf(6, VARINT)) this.createdMs = cursor.int64();
      else cursor.skip(tag, end);
    });
    this.#scratch.clear();
    this.labelFault = this.#symbols.addLabels(this.#refs, this.#scratch);
    if (this.#withTypeAndUnit && this.labelFault === undefined) this.#addTypeAndUnit();
  }

  /** What the metadata says replaces labels of these names. */
  #addTypeAndUnit(): void {
    const type = this.#typeWord();
    const unit = this.#symbols.text(this.#unitRef);
    const added: [name: Buffer, value: string][] = [];
    if (type !== 'unknown') added.push([TYPE_LABEL, type]);
    if (unit !== '') added.push([UNIT_LABEL, unit]);
    if (added.length === 0) return;
    const isReplaced = (ref: number) => added.some(([name]) => this.#symbols.equals(ref, name));
    const kept = this.#refs.filter((_, i) => !isReplaced(this.#refs[i - (i % 2)] as number));
    this.#scratch.clear();
    this.labelFault = this.#symbols.addLabels(kept, this.#scratch);
    for (const [name, value] of added) {
      const bytes = Buffer.concat([name, Buffer.from(value)]);
      this.#scratch.addLabel(bytes, 0, name.length, name.length, bytes.length);
    }
  }

  #readMetadata(end: number): void {
    const { cursor } = this.#series;
    while (cursor.pos < end) {
      const tag = cursor.tag('Metadata');
      if (tag === tagOf(1, VARINT)) this.#type = cursor.uint32();
      else if (tag === tagOf(3, VARINT)) this.#helpRef = cursor.uint32();
      else if (tag === tagOf(4, VARINT)) this.#unitRef = cursor.uint32();
      else cursor.skip(tag, end);
    }
    if (cursor.pos !== end) throw new Error('unexpected EOF');
  }

  #readExemplar(end: number): WrittenExemplar | string {
    const { cursor } = this.#series;
    const refs: number[] = [];
    let [value, timestampMs] = [0, 0];
    while (cursor.pos < end) {
      const tag = cursor.tag('Exemplar');
      if (tag >>> 3 === 1) readRefs(cursor, tag, end, refs);
      else if (tag === tagOf(2, FIXED64)) value = cursor.double(end);
      else if (tag === tagOf(3, VARINT)) timestampMs = cursor.int64();
      else cursor.skip(tag, end);
    }
    this.#exemplarScratch.clear();
    const fault = this.#symbols.addLabels(refs, this.#exemplarScratch);
    return fault ?? { labels: readLabels(this.#exemplarScratch.range()).labels, value, timestampMs };
  }
}

/** References packed, or one of them. */
function readRefs(cursor: MessageCursor, tag: number, end: number, refs: number[]): void {
  if (tag === tagOf(1, VARINT)) {
    refs.push(cursor.uint32());
    return;
  }
  cursor.expect(tag, tagOf(1, BYTES), 'LabelsRefs');
  const to = cursor.enter(end);
  while (cursor.pos < to) refs.push(cursor.uint32());
  if (cursor.pos !== to) throw new Error('unexpected EOF');
}
