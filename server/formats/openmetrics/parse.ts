// Reads OpenMetrics 1.0 text from bytes. What differs from the text format of Prometheus, on which it is built:
//
//   # UNIT name seconds             next() = 'unit'
//   name{a="b"} 1 1.5 # {c="d"} 2 3 times are seconds with fractions; an exemplar may follow a sample
//   # EOF                           must be the last line, and blank lines and other comments are errors
//
// Exemplars are read with their line, and rarely: a target shows few of them. Spaces are taken as leniently as in the text format.
import { excerpt } from '../exposition/errors.ts';
import type { ExpositionType } from '../exposition/metric-type.ts';
import { parseSampleValue } from '../exposition/number.ts';
import { type Entry, ExpositionParser, type RawExemplar } from '../exposition/parse.ts';
import { HASH, isBlank, lineEndOf, NEWLINE, OPEN, skipBlanks } from '../exposition/scan.ts';

const TYPES: readonly ExpositionType[] = ['counter', 'gauge', 'histogram', 'gaugehistogram', 'stateset', 'info', 'summary', 'unknown'];
const MAX_INT64 = 2 ** 63;

/** A reader of one body in OpenMetrics; to be used like ExpositionParser. `exemplar` is that of the current series line. */
export class OpenMetricsParser extends ExpositionParser {
  #isEnded = false;

  override next(): Entry {
    if (this.#isEnded) return 'end';
    const c = this.body[this.at];
    if (c === undefined) this.fail(this.at, 'data does not end with # EOF');
    if (c === HASH) return this.readComment(this.at);
    if (c === NEWLINE) this.fail(this.at, 'a blank line, which OpenMetrics does not allow');
    this.readSeries(this.at, c);
    return 'series';
  }

  protected override readComment(start: number): Entry {
    if (this.buffer.toString('latin1', start, lineEndOf(this.body, start)) === '# EOF') return this.#readEnd(start);
    if (this.isWord(start + 2, 'UNIT')) return this.#readUnit(start);
    const entry = super.readComment(start);
    if (entry) return entry;
    this.fail(start, `expected # HELP, # TYPE, # UNIT or # EOF, got ${excerpt(this.body, start, lineEndOf(this.body, start))}`);
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
    this.hasTimestamp = i < body.length && body[i] !== NEWLINE && body[i] !== HASH;
    if (this.hasTimestamp) {
      const end = this.#wordEnd(i);
      this.timestampMs = this.#readSeconds(i, end);
      i = skipBlanks(body, end);
    }
    if (body[i] === HASH) i = this.#readExemplar(skipBlanks(body, i + 1));
    if (body[i] !== NEWLINE) this.fail(i, `expected a new line, got ${excerpt(body, i, lineEndOf(body, i))}`);
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
    const [name, unit] = [this.familyName(), this.unitText()];
    if (unit !== '' && !name.endsWith(`_${unit}`)) this.fail(this.textStart, `unit "${unit}" is not a suffix of metric "${name}"`);
    return 'unit';
  }

  #readExemplar(start: number): number {
    const { body } = this;
    if (body[start] !== OPEN) this.fail(start, `expected the labels of an exemplar, got ${excerpt(body, start, lineEndOf(body, start))}`);
    const offsets: number[] = [];
    const valueStart = skipBlanks(body, this.readLabels(start + 1, offsets));
    const valueEnd = this.#wordEnd(valueStart);
    const value = this.#readNumber(valueStart, valueEnd, 'value of an exemplar');
    let i = skipBlanks(body, valueEnd);
    let timestampMs: number | undefined;
    if (i < body.length && body[i] !== NEWLINE) {
      const end = this.#wordEnd(i);
      timestampMs = this.#readSeconds(i, end);
      i = skipBlanks(body, end);
    }
    const exemplar: RawExemplar = { labels: this.decodeLabels(offsets), value, timestampMs };
    this.exemplar = exemplar;
    return i;
  }

  #wordEnd(start: number): number {
    let end = start;
    while (end < this.body.length && !isBlank(this.body, end) && this.body[end] !== NEWLINE) end++;
    return end;
  }

  #readSeconds(start: number, end: number): number {
    const milliseconds = this.#readNumber(start, end, 'timestamp') * 1000;
    if (!(Math.abs(milliseconds) < MAX_INT64)) this.fail(start, `invalid timestamp ${excerpt(this.body, start, end)}`);
    return Math.trunc(milliseconds);
  }

  #readNumber(start: number, end: number, what: string): number {
    const value = parseSampleValue(this.buffer.toString('latin1', start, end));
    if (typeof value !== 'number') this.fail(start, `${what} ${excerpt(this.body, start, end)} ${value.problem}`);
    return value;
  }
}
