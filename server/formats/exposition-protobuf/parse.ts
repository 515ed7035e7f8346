// Reads the protobuf exposition: messages io.prometheus.client.MetricFamily, each behind its length. One object for all samples, as in
// exposition/parse.ts. Every metric of a family becomes one or more entries:
//
//   counter, gauge, untyped   name
//   summary                   name_count, name_sum, name{quantile="…"}…
//   histogram, classic        name_count, name_sum, name_bucket{le="…"}… up to le="+Inf"
//   histogram, native         a histogram `name`; behind it the classic ones when they are asked for, too
//
// Protobuf has no series text. What stands for a series is made up: type and unit of the family, the name of the series, its bound or
// quantile and the bytes of its labels. It is written into chunks, and over again when it is that of a known series: known series
// leave nothing behind, and the body itself is not held.
import { type AppError, isAppError } from '../../model/app-error.ts';
import {
  type Entry,
  type MetricParser,
  NO_EXEMPLARS,
  type RawExemplar,
  type RawHistogram,
  type RawLabel,
} from '../exposition/metric-parser.ts';
import type { ExpositionType } from '../exposition/metric-type.ts';
import { canonicalBound, formatSampleValue } from '../exposition/number.ts';
import { BYTES, FIXED64, tagOf } from '../protobuf/wire-reader.ts';
import { protobufError } from './errors.ts';
import { FamilyMessage } from './family-message.ts';
import { type MessageRange, skipMessage } from './histogram-message.ts';
import { KeyWriter } from './key-writer.ts';
import { type MetricKind, MetricMessage, readTime } from './metric-message.ts';
import { MetricReader } from './metric-reader.ts';

const LABEL_NAME = tagOf(1, BYTES);
const LABEL_VALUE = tagOf(2, BYTES);
const EXEMPLAR_LABEL = tagOf(1, BYTES);
const EXEMPLAR_VALUE = tagOf(2, FIXED64);
const EXEMPLAR_TIME = tagOf(3, BYTES);

const KINDS: Readonly<Partial<Record<ExpositionType, MetricKind>>> = {
  counter: 'counter',
  gauge: 'gauge',
  summary: 'summary',
  unknown: 'untyped',
  histogram: 'histogram',
  gaugehistogram: 'histogram',
};

/** Which samples of histograms are wanted. */
export interface ProtobufOptions {
  /** Native histograms are read; otherwise only the classic part of histograms. */
  readonly native: boolean;
  /** Of a histogram that is native and classic, the classic part is read, too. */
  readonly classicBesideNative: boolean;
}

/** Places within a metric: its only sample or its native histogram, then count and sum, then bucket or quantile 0, 1, … */
const WHOLE = -3;
const COUNT = -2;
const SUM = -1;

const BOUND_BYTES = 8;
const LENGTH_BYTES = 4;
const SUFFIXES: Readonly<Record<number, string>> = { [WHOLE]: '', [COUNT]: '_count', [SUM]: '_sum' };

/** A reader of one body in the delimited protobuf format. */
export class ProtobufParser implements MetricParser {
  value = 0;
  hasTimestamp = false;
  timestampMs = 0;
  histogram: RawHistogram | undefined;
  createdMs = 0;
  body: Uint8Array;
  seriesStart = 0;
  seriesEnd = 0;
  nameStart = 0;
  textEnd = 0;
  readonly #options: ProtobufOptions;
  readonly #bytes: Uint8Array;
  readonly #reader: MetricReader;
  readonly #family = new FamilyMessage();
  readonly #metric = new MetricMessage();
  readonly #keys: KeyWriter;
  readonly #bound = new Float64Array(1);
  #families = 0;
  /** What comes next of the family, and where its message ends. */
  #state: 'family' | 'help' | 'unit' | 'type' | 'metrics' = 'family';
  #familyEnd = 0;
  #nextMetric = 0;
  #place = WHOLE;
  /** Place of the last sample of the metric; below WHOLE between metrics. */
  #lastPlace = WHOLE - 1;
  /** What every series of the family begins with. */
  #familyKey = Buffer.alloc(0);
  /** An entry that was looked at and not yet taken. */
  #pending: Entry | undefined;

  constructor(bytes: Uint8Array, options: ProtobufOptions) {
    this.#bytes = bytes;
    this.#options = options;
    this.#reader = new MetricReader(bytes);
    this.#keys = new KeyWriter(2 * bytes.length);
    this.body = this.#keys.bytes;
  }

  get type(): ExpositionType {
    return this.#family.type;
  }

  skipKnown(known: Uint8Array, start: number, end: number): boolean {
    this.#pending ??= this.#advance();
    if (this.#pending !== 'series' && this.#pending !== 'histogram') return false;
    if (!this.#keys.isKey(known, start, end)) return false;
    this.#keys.rewind();
    this.#pending = undefined;
    this.body = known;
    this.seriesStart = start;
    this.seriesEnd = end;
    return true;
  }

  next(): Entry {
    const entry = this.#pending ?? this.#advance();
    this.#pending = undefined;
    return entry;
  }

  labels(): RawLabel[] {
    try {
      const labels: RawLabel[] = [['__name__', this.#family.name + this.#suffix]];
      const { labels: ranges } = this.#metric;
      for (let i = 0; i < ranges.length; i += 2) labels.push(this.#readLabel(ranges[i] as number, ranges[i + 1] as number));
      const bound = this.#boundLabel();
      if (bound) labels.push(bound);
      checkUnique(labels);
      return labels;
    } catch (error) {
      throw this.#failure(error, 'exposition.bad_labels');
    }
  }

  exemplars(): readonly RawExemplar[] {
    const { type } = this.#family;
    if (type === 'counter') return this.#exemplarsAt([this.#metric.exemplar]);
    if (type !== 'histogram' && type !== 'gaugehistogram') return NO_EXEMPLARS;
    const { exemplars, bucketExemplars } = this.#metric.histogram;
    if (!this.histogram) return this.#place < 0 ? NO_EXEMPLARS : this.#exemplarsAt([bucketExemplars[this.#place]]);
    // Whether they are new can only be told by their times.
    return this.#exemplarsAt(exemplars.length > 0 ? exemplars : bucketExemplars).filter(({ timestampMs }) => timestampMs !== undefined);
  }

  familyName(): string {
    return this.#family.name;
  }

  helpText(): string {
    return this.#family.help;
  }

  unitText(): string {
    return this.#family.unit;
  }

  // ------------------------------------------------------------------------------------------------------------ moving on

  #advance(): Entry {
    try {
      for (;;) {
        const entry = this.#step();
        if (entry) return entry;
      }
    } catch (error) {
      throw this.#failure(error, 'exposition.bad_syntax');
    }
  }

  /** Moves one step; undefined where there is nothing to see. */
  #step(): Entry | undefined {
    switch (this.#state) {
      case 'family':
        return this.#readFamily();
      case 'help':
        this.#state = this.#family.unit === '' ? 'type' : 'unit';
        return this.#metadata('help', this.#family.help);
      case 'unit':
        this.#state = 'type';
        return this.#metadata('unit', this.#family.unit);
      case 'type':
        this.#state = 'metrics';
        return this.#metadata('type', this.#family.type);
      default:
        return this.#nextSample();
    }
  }

  #readFamily(): 'end' | undefined {
    const reader = this.#reader;
    reader.pos = this.#familyEnd;
    if (reader.pos >= reader.len) return 'end';
    this.#families++;
    this.#family.name = '';
    this.#familyEnd = reader.enter(reader.len);
    this.#family.read(reader, this.#familyEnd);
    this.#familyKey = Buffer.from(`${this.#family.type}\0${this.#family.unit}\0${this.#family.name}\0`);
    this.#nextMetric = 0;
    this.#lastPlace = WHOLE - 1;
    if (this.#family.metrics.length > 0) this.#state = 'help';
    return undefined;
  }

  #metadata(entry: 'help' | 'unit' | 'type', text: string): Entry {
    const keys = this.#keys;
    const bytes = Buffer.from(`${this.#family.name}\0${text}`);
    keys.begin(bytes.length);
    keys.copy(bytes, 0, bytes.length);
    this.body = keys.bytes;
    this.nameStart = keys.start;
    this.textEnd = keys.end;
    return entry;
  }

  #nextSample(): Entry | undefined {
    if (this.#place >= this.#lastPlace) {
      const { metrics } = this.#family;
      if (this.#nextMetric >= metrics.length) {
        this.#state = 'family';
        return undefined;
      }
      this.#readMetric(metrics[this.#nextMetric] as number, metrics[this.#nextMetric + 1] as number);
      this.#nextMetric += 2;
    } else this.#place++;
    this.#readSample();
    this.#writeKey();
    return this.histogram ? 'histogram' : 'series';
  }

  #readMetric(start: number, end: number): void {
    const metric = this.#metric;
    this.#reader.pos = start;
    metric.read(this.#reader, end, KINDS[this.#family.type] as MetricKind);
    this.hasTimestamp = metric.timestampMs !== 0;
    this.timestampMs = metric.timestampMs;
    this.createdMs = metric.createdMs;
    const kind = KINDS[this.#family.type];
    this.#place = WHOLE;
    this.#lastPlace = WHOLE;
    if (kind === 'summary') {
      this.#place = COUNT;
      this.#lastPlace = metric.quantiles.length - 1;
    } else if (kind === 'histogram') this.#placeHistogram();
  }

  #placeHistogram(): void {
    const { histogram } = this.#metric;
    const isNative = this.#options.native && histogram.isNative;
    if (!isNative) this.#place = COUNT;
    else if (!this.#options.classicBesideNative || histogram.bounds.length === 0) return;
    const last = histogram.bounds.indexOf(Number.POSITIVE_INFINITY);
    // Where no bucket ends at +Inf, one more does.
    this.#lastPlace = last < 0 ? histogram.bounds.length : last;
  }

  #readSample(): void {
    const metric = this.#metric;
    const place = this.#place;
    this.histogram = undefined;
    switch (KINDS[this.#family.type]) {
      case 'summary':
        this.value = place === COUNT ? metric.count : place === SUM ? metric.sum : (metric.quantileValues[place] as number);
        return;
      case 'histogram':
        if (place === WHOLE) this.histogram = metric.histogram.toNative(this.#family.type === 'gaugehistogram');
        else if (place === SUM) this.value = metric.histogram.sum;
        else this.value = (place === COUNT ? undefined : metric.histogram.cumulative[place]) ?? metric.histogram.count;
        return;
      default:
        this.value = metric.value;
    }
  }

  // ----------------------------------------------------------------------------------------------------------------- keys

  get #suffix(): string {
    return SUFFIXES[this.#place] ?? (this.#family.type === 'summary' ? '' : '_bucket');
  }

  /** `le` or `quantile`, where the sample has one. */
  #boundLabel(): RawLabel | undefined {
    if (this.#place < 0) return undefined;
    if (this.#family.type === 'summary') return ['quantile', boundText(this.#metric.quantiles[this.#place] as number)];
    return ['le', boundText(this.#metric.histogram.bounds[this.#place] ?? Number.POSITIVE_INFINITY)];
  }

  #writeKey(): void {
    const keys = this.#keys;
    const { labels } = this.#metric;
    let size = this.#familyKey.length + 1 + BOUND_BYTES;
    for (let i = 0; i < labels.length; i += 2) size += (labels[i + 1] as number) - (labels[i] as number) + LENGTH_BYTES;
    keys.begin(size);
    keys.copy(this.#familyKey, 0, this.#familyKey.length);
    keys.byte(Math.min(this.#place, 0) & 255);
    if (this.#place >= 0) keys.copy(this.#boundBytes(), 0, BOUND_BYTES);
    for (let i = 0; i < labels.length; i += 2) {
      const [start, end] = [labels[i] as number, labels[i + 1] as number];
      for (let shift = 0; shift < 8 * LENGTH_BYTES; shift += 8) keys.byte(((end - start) >>> shift) & 255);
      keys.copy(this.#bytes, start, end);
    }
    this.body = keys.bytes;
    this.seriesStart = keys.start;
    this.seriesEnd = keys.end;
  }

  #boundBytes(): Uint8Array {
    const { quantiles, histogram } = this.#metric;
    this.#bound[0] = (this.#family.type === 'summary' ? quantiles : histogram.bounds)[this.#place] ?? Number.POSITIVE_INFINITY;
    return new Uint8Array(this.#bound.buffer);
  }

  // --------------------------------------------------------------------------------------------------- labels and exemplars

  #readLabel(start: number, end: number): RawLabel {
    const reader = this.#reader;
    reader.pos = start;
    let [name, value] = ['', ''];
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === LABEL_NAME) name = reader.text(end);
      else if (tag === LABEL_VALUE) value = reader.text(end);
      else {
        reader.skipField(tag, end);
        continue;
      }
      if (!reader.isTextValid)
        throw new Error(
          `invalid label ${tag === LABEL_NAME ? 'name' : 'value'} (not UTF-8): ${JSON.stringify(tag === LABEL_NAME ? name : value)}`,
        );
    }
    return [name, value];
  }

  #exemplarsAt(ranges: readonly (MessageRange | undefined)[]): RawExemplar[] {
    const found: RawExemplar[] = [];
    for (const range of ranges) if (range && range.end > range.start) found.push(this.#readExemplar(range));
    return found;
  }

  #readExemplar({ start, end }: MessageRange): RawExemplar {
    const reader = this.#reader;
    const labels: RawLabel[] = [];
    let value = 0;
    let timestampMs: number | undefined;
    try {
      reader.pos = start;
      while (reader.pos < end) {
        const tag = reader.uint32();
        if (tag === EXEMPLAR_LABEL) {
          const to = reader.enter(end);
          labels.push(this.#readLabel(reader.pos, to));
          reader.pos = to;
        } else if (tag === EXEMPLAR_VALUE) value = reader.double();
        else if (tag === EXEMPLAR_TIME) timestampMs = readTime(reader, skipMessage(reader, end));
        else reader.skipField(tag, end);
      }
    } catch (error) {
      throw this.#failure(error, 'exposition.bad_syntax');
    }
    return { labels, value, timestampMs };
  }

  #failure(error: unknown, code: 'exposition.bad_syntax' | 'exposition.bad_labels'): AppError {
    if (isAppError(error)) return error;
    return protobufError(code, { family: this.#families, name: this.#family.name, byte: this.#reader.pos }, error);
  }
}

/** A bound or quantile as Prometheus writes it in labels. */
function boundText(value: number): string {
  return canonicalBound(formatSampleValue(value));
}

function checkUnique(labels: readonly RawLabel[]): void {
  const seen = new Set<string>();
  for (const [name] of labels) {
    if (seen.has(name)) throw new Error(`label name ${JSON.stringify(name)} is not unique: invalid sample`);
    seen.add(name);
  }
}
