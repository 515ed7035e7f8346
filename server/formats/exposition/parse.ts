// Reads the Prometheus text format 0.0.4 (and the quoted UTF-8 names of 1.0.0) from bytes. One object is reused for every line:
// `next` moves to the next entry and leaves offsets into `body`; no string, object or label is made for a line. A caller that
// remembers series texts asks `skipKnown` first, which only compares bytes and reads the value.
//
//   # HELP name text          next() = 'help'    nameStart…nameEnd, textStart…textEnd
//   # TYPE name counter       next() = 'type'    nameStart…nameEnd, type
//   name{label="value"} 1 2   next() = 'series'  seriesStart…seriesEnd, value, hasTimestamp, timestampMs; labels() for its labels
//
// Where the format's description and Prometheus differ (optional commas, line feeds inside quotes, no blanks around TYPE's word),
// Prometheus' lexer is followed. One exception: blanks before a name are not part of it.
import { isAscii, isUtf8 } from 'node:buffer';
import { type ExpositionErrorCode, excerpt, expositionError } from './errors.ts';
import { type Entry, type MetricParser, NO_EXEMPLARS, type RawExemplar, type RawHistogram, type RawLabel } from './metric-parser.ts';
import { type ExpositionType, parseMetricType } from './metric-type.ts';
import { canonicalBound, parseSampleValue } from './number.ts';
import {
  CLOSE,
  COMMA,
  DOT,
  EQUALS,
  HASH,
  IN_LABEL_NAME,
  IN_NAME,
  isBlank,
  isDigit,
  lineEndOf,
  MINUS,
  NEWLINE,
  NONE,
  nameEndOf,
  OPEN,
  PLUS,
  QUOTE,
  quotedEndOf,
  SPACE,
  skipBlanks,
  TAB,
} from './scan.ts';

// Digits that a double holds exactly, and the powers of ten that are exact: within both, one multiplication or division is exact.
const EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const MAX_INT64 = 9_223_372_036_854_775_807n;

/** A reader of one body. Every method throws AppError `exposition.*` at the first bad line; the reader is of no use afterwards. */
export class ExpositionParser implements MetricParser {
  /** A trace behind the sample, where the format has such a thing. */
  exemplar: RawExemplar | undefined;
  /** The text formats have none. */
  readonly histogram: RawHistogram | undefined = undefined;
  readonly body: Uint8Array;
  seriesStart = 0;
  seriesEnd = 0;
  nameStart = 0;
  nameEnd = 0;
  textStart = 0;
  textEnd = 0;
  value = 0;
  hasTimestamp = false;
  timestampMs = 0;
  /** The type of the last TYPE line; it decides how `labels` writes bucket bounds and quantiles. */
  type: ExpositionType = 'unknown';
  protected readonly buffer: Buffer;
  /** Name and value ranges of the current series' labels: name start, name end, value start, value end. */
  readonly #offsets: number[] = [];
  /** Whether the current series' text was only compared: the offsets are those of another. */
  #isTextUnread = false;
  protected at = 0;

  constructor(body: Uint8Array) {
    this.body = body;
    this.buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }

  /**
   * If the next line begins with the series text `known[start…end]`, reads its value and time and moves past it, like `next` = 'series'.
   * Otherwise nothing moves. `known` must have been a whole series text of an earlier body.
   */
  skipKnown(known: Uint8Array, start: number, end: number): boolean {
    const { body } = this;
    const from = this.at;
    const length = end - start;
    if (from + length >= body.length) return false;
    const after = from + length;
    // In one call for all bytes, but not where a single one tells.
    if (body[after - 1] !== known[end - 1] || this.buffer.compare(known, start, end, from, after) !== 0) return false;
    const valueStart = skipBlanks(body, after);
    // Without a brace at its end the text could be the beginning of a longer name or of a name with labels.
    if (known[end - 1] !== CLOSE && (valueStart === after || body[valueStart] === OPEN)) return false;
    this.seriesStart = from;
    this.seriesEnd = after;
    this.#isTextUnread = true;
    this.#readSample(valueStart);
    return true;
  }

  /** Moves to the next series or metadata line; comments and blank lines are passed over. */
  next(): Entry {
    const { body } = this;
    for (;;) {
      const i = skipBlanks(body, this.at);
      const c = i < body.length ? body[i] : 0;
      // A zero byte where a line could begin ends the body, as in Prometheus.
      if (c === 0) return 'end';
      if (c === NEWLINE) this.at = i + 1;
      else if (c === HASH) {
        const entry = this.readComment(i);
        if (entry) return entry;
      } else {
        this.readSeries(i, c as number);
        return 'series';
      }
    }
  }

  /** The labels of the current series in the order of the line, `__name__` first unless it stands inside the braces. */
  labels(): RawLabel[] {
    // `skipKnown` compares the text without reading it; few ask for the labels of a series that they know.
    if (this.#isTextUnread) this.#readText(this.seriesStart, this.body[this.seriesStart] as number);
    const { nameStart, nameEnd, seriesStart, seriesEnd } = this;
    const textOf = this.#textsOf(seriesStart, seriesEnd);
    return this.decodeLabels(this.#offsets, { textOf, pairs: [['__name__', textOf(nameStart, nameEnd)]] });
  }

  /** `pairs` with the labels at `offsets` added; names must be unique unless they `mayRepeat`. */
  protected decodeLabels(
    offsets: readonly number[],
    {
      textOf = (start, end) => this.#decode(start, end),
      pairs = [],
      mayRepeat = false,
    }: { textOf?: (start: number, end: number) => string; pairs?: RawLabel[]; mayRepeat?: boolean },
  ): RawLabel[] {
    const seen = new Set(pairs.map(([name]) => name));
    for (let i = 0; i < offsets.length; i += 4) {
      const name = textOf(offsets[i] as number, offsets[i + 1] as number);
      if (!mayRepeat && seen.has(name)) {
        this.fail(offsets[i] as number, `label name ${JSON.stringify(name)} is not unique: invalid sample`, 'exposition.bad_labels');
      }
      seen.add(name);
      const value = textOf(offsets[i + 2] as number, offsets[i + 3] as number);
      pairs.push([name, this.#isBound(name) ? canonicalBound(value) : value]);
    }
    return pairs;
  }

  /** Nearly always ASCII, where offsets of bytes and of characters agree: one decoding for the whole line. */
  #textsOf(start: number, end: number): (from: number, to: number) => string {
    if (!isAscii(this.body.subarray(start, end))) return (from, to) => this.#decode(from, to);
    const ascii = this.buffer.toString('latin1', start, end);
    return (from, to) => unescapeText(ascii.slice(from - start, to - start));
  }

  /** The text format does not tell. */
  get createdMs(): number {
    return 0;
  }

  exemplars(): readonly RawExemplar[] {
    return this.exemplar ? [this.exemplar] : NO_EXEMPLARS;
  }

  /** The family that the current HELP or TYPE line is about. */
  familyName(): string {
    // Prometheus keeps backslashes of a quoted family name as they are.
    return this.buffer.toString('utf8', this.nameStart, this.nameEnd);
  }

  /** The text of the current UNIT line (OpenMetrics). */
  unitText(): string {
    return this.buffer.toString('utf8', this.textStart, this.textEnd);
  }

  /** The text of the current HELP line, unescaped. */
  helpText(): string {
    const raw = this.buffer.toString('utf8', this.textStart, this.textEnd);
    return raw.includes('\\') ? raw.replace(/\\[\\n]/g, (found) => (found === '\\n' ? '\n' : '\\')) : raw;
  }

  #isBound(name: string): boolean {
    return (
      (name === 'le' && (this.type === 'histogram' || this.type === 'gaugehistogram')) || (name === 'quantile' && this.type === 'summary')
    );
  }

  #decode(start: number, end: number): string {
    const { body } = this;
    if (!isUtf8(body.subarray(start, end))) this.fail(start, `invalid UTF-8: ${excerpt(body, start, end)}`, 'exposition.bad_labels');
    return unescapeText(this.buffer.toString('utf8', start, end));
  }

  // ------------------------------------------------------------------------------------------------------------ metadata

  /** Reads the comment at `start` and moves behind it; undefined when it is only a comment. */
  protected readComment(start: number): Entry | undefined {
    const { body } = this;
    const lineEnd = lineEndOf(body, start);
    this.at = lineEnd + 1;
    const word = skipBlanks(body, start + 1);
    const isHelp = word > start + 1 && this.isWord(word, 'HELP');
    const isType = word > start + 1 && this.isWord(word, 'TYPE');
    if (!isHelp && !isType) return undefined;
    const nameEnd = this.readFamily(skipBlanks(body, word + 4), lineEnd, isHelp ? 'HELP' : 'TYPE');
    // One character separates name and text, whatever it is; the rest belongs to the text.
    this.textStart = Math.min(nameEnd + 1, lineEnd);
    this.textEnd = lineEnd;
    if (isHelp) {
      if (!isUtf8(body.subarray(this.textStart, lineEnd)))
        this.fail(this.textStart, `help text ${excerpt(body, this.textStart, lineEnd)} is not a valid utf8 string`);
      return 'help';
    }
    const type = this.parseType(this.buffer.toString('latin1', this.textStart, lineEnd));
    if (type === undefined)
      this.fail(
        this.textStart,
        `invalid metric type ${excerpt(body, this.textStart, lineEnd)} (it is one of ${this.typeWords}, with nothing around it)`,
      );
    this.type = type;
    return 'type';
  }

  /** The words of TYPE, for messages. */
  protected get typeWords(): string {
    return 'counter, gauge, histogram, summary, untyped';
  }

  protected parseType(word: string): ExpositionType | undefined {
    return parseMetricType(word);
  }

  /** Reads the family's name at `start`; the end of the name with its quotes. */
  protected readFamily(start: number, lineEnd: number, keyword: string): number {
    const { body } = this;
    if (start < lineEnd && body[start] === QUOTE) {
      const end = quotedEndOf(body, start);
      if (end !== NONE && end <= lineEnd) {
        this.nameStart = start + 1;
        this.nameEnd = end - 1;
        return end;
      }
    }
    const end = nameEndOf(body, start, IN_NAME);
    if (end === start) this.fail(start, `expected metric name after ${keyword}, got ${excerpt(body, start, lineEnd)}`);
    this.nameStart = start;
    this.nameEnd = end;
    return end;
  }

  protected isWord(at: number, word: string): boolean {
    for (let i = 0; i < word.length; i++) if (this.body[at + i] !== word.charCodeAt(i)) return false;
    return isBlank(this.body, at + word.length);
  }

  // -------------------------------------------------------------------------------------------------------------- series

  protected readSeries(start: number, first: number): void {
    const { body } = this;
    this.seriesStart = start;
    const end = this.#readText(start, first);
    this.seriesEnd = end;
    if (this.#offsets.length > 0 && !isUtf8(body.subarray(start, end))) this.#checkValues();
    if (this.nameStart === NONE) this.fail(start, `metric name not set in ${excerpt(body, start, end)}`);
    this.#readSample(skipBlanks(body, end));
  }

  /** Reads where name and labels of a series stand; the offset behind them. */
  #readText(start: number, first: number): number {
    const { body } = this;
    this.#isTextUnread = false;
    this.#offsets.length = 0;
    this.nameStart = NONE;
    let end: number;
    if (first === OPEN) end = this.readLabels(start + 1, this.#offsets);
    else {
      end = nameEndOf(body, start, IN_NAME);
      if (end === start) this.fail(start, `expected a metric name, "{" or "#", got ${excerpt(body, start, lineEndOf(body, start))}`);
      this.nameStart = start;
      this.nameEnd = end;
      const brace = skipBlanks(body, end);
      if (body[brace] === OPEN) end = this.readLabels(brace + 1, this.#offsets);
    }
    return end;
  }

  /** Reads labels from behind the opening brace into `offsets`; the offset behind the closing one. */
  protected readLabels(start: number, offsets: number[]): number {
    const { body } = this;
    let i = skipBlanks(body, start);
    while (body[i] !== CLOSE) {
      const isQuoted = body[i] === QUOTE;
      const nameEnd = isQuoted ? quotedEndOf(body, i) : nameEndOf(body, i, IN_LABEL_NAME);
      if (nameEnd === NONE || nameEnd === i) this.expected('label name', i);
      const nameFrom = isQuoted ? i + 1 : i;
      const nameTo = isQuoted ? nameEnd - 1 : nameEnd;
      i = skipBlanks(body, nameEnd);
      if (isQuoted && (body[i] === COMMA || body[i] === CLOSE)) {
        if (this.nameStart !== NONE) this.fail(nameFrom - 1, `metric name already set in ${excerpt(body, this.seriesStart, nameEnd)}`);
        this.nameStart = nameFrom;
        this.nameEnd = nameTo;
      } else {
        if (body[i] !== EQUALS) this.expected('equal', i);
        const valueStart = skipBlanks(body, i + 1);
        const valueEnd = body[valueStart] === QUOTE ? quotedEndOf(body, valueStart) : NONE;
        if (valueEnd === NONE) this.expected('label value', valueStart);
        offsets.push(nameFrom, nameTo, valueStart + 1, valueEnd - 1);
        i = skipBlanks(body, valueEnd);
      }
      if (body[i] === COMMA) i = skipBlanks(body, i + 1);
    }
    return i + 1;
  }

  #checkValues(): void {
    const { body } = this;
    for (let i = 2; i < this.#offsets.length; i += 4) {
      const [start, end] = [this.#offsets[i] as number, this.#offsets[i + 1] as number];
      if (!isUtf8(body.subarray(start, end)))
        this.fail(start, `invalid UTF-8 label value: ${excerpt(body, start, end)}`, 'exposition.bad_labels');
    }
  }

  /** Reads value and time from the first byte of the value, and moves to the next line. */
  #readSample(start: number): void {
    this.at = this.readRest(skipBlanks(this.body, this.readValue(start)));
  }

  /** Reads what follows a value, from its first byte; the offset of the next line. */
  protected readRest(start: number): number {
    const { body } = this;
    let i = start;
    this.hasTimestamp = isDigit(body[i]);
    if (this.hasTimestamp) i = this.#readTimestamp(i);
    if (i < body.length && body[i] !== NEWLINE) {
      this.fail(
        i,
        `expected ${this.hasTimestamp ? 'a new line' : 'timestamp or a new line'}, got ${excerpt(body, i, lineEndOf(body, i))} in ${excerpt(body, this.seriesStart, lineEndOf(body, i))}`,
      );
    }
    return i + 1;
  }

  #readTimestamp(start: number): number {
    const { body } = this;
    let i = start;
    let timestampMs = 0;
    for (; isDigit(body[i]); i++) timestampMs = timestampMs * 10 + (body[i] as number) - 48;
    if (i - start > EXACT_DIGITS) {
      const exact = BigInt(this.buffer.toString('latin1', start, i));
      if (exact > MAX_INT64) this.fail(start, `timestamp ${excerpt(body, start, i)} is out of the range of 64 bits`);
      timestampMs = Number(exact);
    }
    this.timestampMs = timestampMs;
    return skipBlanks(body, i);
  }

  /** Reads the value at `start`; the offset behind it. Short decimals are computed on the way, all others from their text. */
  protected readValue(start: number): number {
    const { body } = this;
    let i = start;
    const isNegative = body[i] === MINUS;
    if (isNegative || body[i] === PLUS) i++;
    let mantissa = 0;
    let digits = 0;
    let scale = 0;
    for (;;) {
      const c = i < body.length ? (body[i] as number) : NEWLINE;
      if (isDigit(c)) {
        mantissa = mantissa * 10 + (c - 48);
        digits++;
        if (scale > 0) scale++;
      } else if (c === DOT && scale === 0) scale = 1;
      else if (digits > 0 && digits <= EXACT_DIGITS && (c === NEWLINE || c === SPACE || c === TAB)) {
        const value = scale > 1 ? mantissa / (POWERS[scale - 1] as number) : mantissa;
        this.value = isNegative ? -value : value;
        return i;
      } else return this.#readValueText(start);
      i++;
    }
  }

  #readValueText(start: number): number {
    const { body } = this;
    let end = start;
    while (end < body.length && !isBlank(body, end) && body[end] !== NEWLINE && body[end] !== OPEN) end++;
    if (end === start)
      this.fail(
        start,
        `expected value after metric, got ${start >= body.length ? 'the end' : excerpt(body, start, start + 1)} in ${excerpt(body, this.seriesStart, lineEndOf(body, start))}`,
      );
    const value = parseSampleValue(this.buffer.toString('latin1', start, end));
    if (typeof value !== 'number')
      this.fail(start, `value ${excerpt(body, start, end)} of ${excerpt(body, this.seriesStart, this.seriesEnd)} ${value.problem}`);
    this.value = value;
    return end;
  }

  // ------------------------------------------------------------------------------------------------------------- failing

  protected expected(what: string, at: number): never {
    const { body } = this;
    const got = at >= body.length ? 'the end' : excerpt(body, at, Math.max(at + 1, lineEndOf(body, at)));
    this.fail(at, `expected ${what}, got ${got} in ${excerpt(body, this.seriesStart, lineEndOf(body, at))}`);
  }

  protected fail(at: number, problem: string, code: ExpositionErrorCode = 'exposition.bad_syntax'): never {
    throw expositionError(code, this.body, at, problem);
  }
}

/** Undoes the three escapes of the formats; other backslashes stand for themselves. */
export function unescapeText(raw: string): string {
  return raw.includes('\\') ? raw.replace(/\\[\\n"]/g, (found) => (found === '\\n' ? '\n' : (found[1] as string))) : raw;
}
