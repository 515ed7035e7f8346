// Reads OpenMetrics 1.0 text from bytes. What differs from the text format of Prometheus, on which it is built:
//
//   # UNIT name seconds             next() = 'unit'
//   name{a="b"} 1 1.5 # {c="d"} 2 3 times are seconds with fractions; an exemplar may follow a sample
//   # EOF                           must be the last line, and blank lines and other comments are errors
//
// Exemplars are read with their line, and rarely: a target shows few of them. As in Prometheus, and unlike in the text format, there is
// one space wherever there is one, and none elsewhere.

import { isAppError } from '../../model/app-error.ts';
import { excerpt } from '../exposition/errors.ts';
import type { Entry, RawExemplar } from '../exposition/metric-parser.ts';
import type { ExpositionType } from '../exposition/metric-type.ts';
import { parseSampleValue } from '../exposition/number.ts';
import { ExpositionParser, unescapeText } from '../exposition/parse.ts';
import {
  BACKSLASH,
  HASH,
  IN_NAME,
  isBlank,
  lineEndOf,
  NEWLINE,
  NONE,
  nameEndOf,
  OPEN,
  QUOTE,
  quotedEndOf,
  SPACE,
  skipBlanks,
} from '../exposition/scan.ts';

const TYPES: readonly ExpositionType[] = ['counter', 'gauge', 'histogram', 'gaugehistogram', 'stateset', 'info', 'summary', 'unknown'];
const MAX_INT64 = 2 ** 63;
const CREATED = '_created';

/** A line that tells when the metric of its family with the same labels began. */
interface CreatedLine {
  readonly key: string;
  readonly createdMs: number;
}

/** The first such line, as seen from anywhere up to `until`. */
interface Lookahead {
  readonly until: number;
  readonly line: CreatedLine | undefined;
}

function isCreatable(type: ExpositionType): boolean {
  return type === 'counter' || type === 'summary' || type === 'histogram';
}

/** A reader of one body in OpenMetrics; to be used like ExpositionParser. `exemplar` is that of the current series line. */
export class OpenMetricsParser extends ExpositionParser {
  #isEnded = false;
  #hidesCreated: boolean;
  /** Bytes of the name in the last metadata line. */
  #familyLength = 0;
  #lookahead: Lookahead = { until: NONE, line: undefined };
  #created: CreatedLine | undefined;

  /** `hidesCreated`: lines `…_created` are no series from the beginning on. */
  constructor(body: Uint8Array, { hidesCreated = false } = {}) {
    super(body);
    this.#hidesCreated = hidesCreated;
  }

  override next(): Entry {
    const entry = this.#nextLine();
    return entry === 'series' && this.#hidesCreated && this.#isCreatedLine(this.nameStart, this.nameEnd) ? this.next() : entry;
  }

  override skipKnown(known: Uint8Array, start: number, end: number): boolean {
    const from = this.at;
    if (!super.skipKnown(known, start, end)) return false;
    // Known from a body in which it was a series.
    if (!this.#hidesCreated || !this.#isCreatedLine(...this.#nameOf(from))) return true;
    this.at = from;
    return false;
  }

  /** As upstream finds it: in the next line of the family that tells a time of creation, if that is of the same labels. */
  override get createdMs(): number {
    this.#hidesCreated = true;
    const hasNone = !isCreatable(this.type) || (this.#created === undefined && this.#findCreated() === undefined);
    if (hasNone) return this.#forgetCreated();
    const key = this.#creationKey(this.#familyLength);
    if (this.#created?.key === key) return this.#created.createdMs;
    const line = this.#findCreated();
    if (line?.key !== key) return this.#forgetCreated();
    this.#created = line;
    return line.createdMs;
  }

  #forgetCreated(): 0 {
    this.#created = undefined;
    return 0;
  }

  /** The next line of the family with a time of creation. It is looked for once for all series before it. */
  #findCreated(): CreatedLine | undefined {
    if (this.at > this.#lookahead.until) {
      const scout = new OpenMetricsParser(this.body);
      scout.at = this.at;
      scout.type = this.type;
      this.#lookahead = scout.#lookAhead();
    }
    return this.#lookahead.line;
  }

  #lookAhead(): Lookahead {
    for (;;) {
      const from = this.at;
      try {
        if (this.#nextLine() !== 'series') return { until: from, line: undefined };
        const length = this.nameEnd - this.nameStart;
        if (!this.#isCreatedLine(this.nameStart, this.nameEnd)) continue;
        const createdMs = Number.isFinite(this.value) ? Math.trunc(this.value * 1000) : 0;
        return { until: from, line: { key: this.#creationKey(length - CREATED.length), createdMs } };
      } catch (error) {
        // Who reads on comes to the same fault, and then it counts.
        if (isAppError(error)) return { until: Number.POSITIVE_INFINITY, line: undefined };
        throw error;
      }
    }
  }

  /** What the series of one counter, summary or histogram have in common: so many bytes of the name, and the labels that tell it from others. */
  #creationKey(nameLength: number): string {
    const own = this.type === 'histogram' ? 'le' : this.type === 'summary' ? 'quantile' : '';
    const labels = this.labels().filter(([name]) => name !== '__name__' && name !== own);
    const name = this.buffer.toString('latin1', this.nameStart, Math.min(this.nameEnd, this.nameStart + nameLength));
    return JSON.stringify([name, labels]);
  }

  #isCreatedLine(nameStart: number, nameEnd: number): boolean {
    const from = nameEnd - CREATED.length;
    if (!isCreatable(this.type) || from < nameStart) return false;
    for (let i = 0; i < CREATED.length; i++) if (this.body[from + i] !== CREATED.charCodeAt(i)) return false;
    return true;
  }

  /** Where the name of a series lies that has been read before, without reading all of it. */
  #nameOf(start: number): [start: number, end: number] {
    const { body } = this;
    if (body[start] !== OPEN) return [start, nameEndOf(body, start, IN_NAME)];
    return body[start + 1] === QUOTE ? [start + 2, quotedEndOf(body, start + 1) - 1] : [start, start];
  }

  #nextLine(): Entry {
    if (this.#isEnded) return 'end';
    const c = this.body[this.at];
    if (c === undefined) this.fail(this.at, 'data does not end with # EOF');
    if (c === HASH) return this.readComment(this.at);
    if (c === NEWLINE) this.fail(this.at, 'a blank line, which OpenMetrics does not allow');
    this.readSeries(this.at, c);
    this.#checkText();
    return 'series';
  }

  /** Nothing blank stands in the text of a series, but for its quotes, and no line feed even there. */
  #checkText(): void {
    const { body } = this;
    let isQuoted = false;
    for (let i = this.seriesStart; i < this.seriesEnd; i++) {
      const c = body[i];
      if (c === QUOTE) isQuoted = !isQuoted;
      else if (isQuoted && c === BACKSLASH) i++;
      if (c === NEWLINE || (!isQuoted && isBlank(body, i)))
        this.fail(i, `expected no ${c === NEWLINE ? 'line feed' : 'blank'} in ${excerpt(body, this.seriesStart, this.seriesEnd)}`);
    }
  }

  /** One space stands between the parts of a metadata line. */
  #checkMetadata(start: number): void {
    const { body, nameStart, textStart, textEnd } = this;
    this.#checkSpace(start + 2);
    this.#checkSpace(body[nameStart - 1] === QUOTE ? nameStart - 1 : nameStart);
    if (body[textStart - 1] !== SPACE) this.fail(textStart, `expected a space and a text, got ${excerpt(body, textStart, textEnd)}`);
  }

  /** Between two parts of a line there is one space; the second begins at `start`. */
  #checkSpace(start: number): void {
    const { body } = this;
    if (body[start - 1] !== SPACE || isBlank(body, start - 2) || isBlank(body, start))
      this.fail(start, `expected one space before ${excerpt(body, start, lineEndOf(body, start))}`);
  }

  protected override readComment(start: number): Entry {
    if (this.buffer.toString('latin1', start, lineEndOf(this.body, start)) === '# EOF') return this.#readEnd(start);
    if (this.isWord(start + 2, 'UNIT')) return this.#readUnit(start);
    const entry = super.readComment(start);
    if (entry) {
      this.#checkMetadata(start);
      this.#familyLength = this.nameEnd - this.nameStart;
      return entry;
    }
    this.fail(start, `expected # HELP, # TYPE, # UNIT or # EOF, got ${excerpt(this.body, start, lineEndOf(this.body, start))}`);
  }

  /** As in label values, quotes are escaped too. */
  override helpText(): string {
    return unescapeText(this.buffer.toString('utf8', this.textStart, this.textEnd));
  }

  protected override get typeWords(): string {
    return TYPES.join(', ');
  }

  protected override parseType(word: string): ExpositionType | undefined {
    return TYPES.find((type) => type === word);
  }

  protected override readRest(start: number): number {
    const { body } = this;
    let i = start;
    this.exemplar = undefined;
    this.#checkSpace(this.seriesEnd + 1);
    this.hasTimestamp = i < body.length && body[i] !== NEWLINE && body[i] !== HASH;
    if (this.hasTimestamp) {
      this.#checkSpace(i);
      const end = this.#wordEnd(i);
      this.timestampMs = this.#readSeconds(i, end);
      i = skipBlanks(body, end);
    }
    if (body[i] === HASH) {
      this.#checkSpace(i);
      i = this.#readExemplar(i + 2);
    }
    if (body[i] !== NEWLINE || isBlank(body, i - 1)) this.fail(i, `expected a new line, got ${excerpt(body, i, lineEndOf(body, i))}`);
    return i + 1;
  }

  #readEnd(start: number): 'end' {
    const end = lineEndOf(this.body, start);
    if (end + 1 < this.body.length) this.fail(end + 1, 'unexpected data after # EOF');
    this.#isEnded = true;
    this.at = this.body.length;
    return 'end';
  }

  #readUnit(start: number): 'unit' {
    const lineEnd = lineEndOf(this.body, start);
    const nameEnd = this.readFamily(skipBlanks(this.body, start + 6), lineEnd, 'UNIT');
    this.textStart = Math.min(nameEnd + 1, lineEnd);
    this.textEnd = lineEnd;
    this.at = lineEnd + 1;
    this.#checkMetadata(start);
    this.#familyLength = this.nameEnd - this.nameStart;
    const [name, unit] = [this.familyName(), this.unitText()];
    if (unit !== '' && !name.endsWith(`_${unit}`)) this.fail(this.textStart, `unit "${unit}" is not a suffix of metric "${name}"`);
    return 'unit';
  }

  #readExemplar(start: number): number {
    const { body } = this;
    if (body[start] !== OPEN) this.fail(start, `expected the labels of an exemplar, got ${excerpt(body, start, lineEndOf(body, start))}`);
    const offsets: number[] = [];
    this.#checkSpace(start);
    const valueStart = skipBlanks(body, this.readLabels(start + 1, offsets));
    const valueEnd = this.#wordEnd(valueStart);
    const value = this.#readNumber(valueStart, valueEnd, 'value of an exemplar');
    this.#checkSpace(valueStart);
    let i = skipBlanks(body, valueEnd);
    let timestampMs: number | undefined;
    if (i < body.length && body[i] !== NEWLINE) {
      this.#checkSpace(i);
      const end = this.#wordEnd(i);
      timestampMs = this.#readSeconds(i, end);
      i = skipBlanks(body, end);
    }
    const exemplar: RawExemplar = { labels: this.decodeLabels(offsets, { mayRepeat: true }), value, timestampMs };
    this.exemplar = exemplar;
    return i;
  }

  #wordEnd(start: number): number {
    let end = start;
    while (end < this.body.length && !isBlank(this.body, end) && this.body[end] !== NEWLINE) end++;
    return end;
  }

  #readSeconds(start: number, end: number): number {
    const seconds = this.#readNumber(start, end, 'timestamp');
    if (!Number.isFinite(seconds)) this.fail(start, `invalid timestamp ${excerpt(this.body, start, end)}`);
    // What no clock can show is for storage to refuse.
    return Math.trunc(Math.max(-MAX_INT64, Math.min(MAX_INT64, seconds * 1000)));
  }

  #readNumber(start: number, end: number, what: string): number {
    const value = parseSampleValue(this.buffer.toString('latin1', start, end));
    if (typeof value !== 'number') this.fail(start, `${what} ${excerpt(this.body, start, end)} ${value.problem}`);
    return value;
  }
}
