// What `promtool tsdb dump` prints, a sample a line, times in milliseconds:
//   {__name__="up", instance="a:9090", "utf8.name"="x"} 1 1700000000000
// Texts are quoted as Go does. Native histograms are printed for people and cannot be read back.
import type { AppError } from '../../model/app-error.ts';
import { unescapeGo } from '../../model/go-unquote.ts';
import { Labels } from '../../model/labels.ts';
import { archiveError } from './errors.ts';
import type { LineBlock, TextSource } from './line-blocks.ts';
import type { ReadReport } from './openmetrics-reader.ts';
import { PieceCollector, type ReadPiece } from './piece.ts';

const MAX_SERIES = 200_000;
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
]);
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** Whether a text begins as such a dump does. */
export function isDump(start: string): boolean {
  return /^\s*\{\s*(__name__|"__name__"|[A-Za-z_][A-Za-z0-9_]*)\s*=/.test(start) || /^\s*\{"(?:[^"\\]|\\.)*"=/.test(start);
}

/** The samples of a dump, in blocks. Throws AppError `archive.bad_line` with file and line, after everything before it. */
export async function* readDump(source: TextSource, report: ReadReport): AsyncGenerator<ReadPiece[], void> {
  const reader = new DumpReader(source.name, report);
  for await (const block of source.blocks()) {
    report.readBytes = block.readBytes;
    const { pieces, error } = reader.read(block);
    if (pieces.length > 0) yield pieces;
    if (error) throw error;
  }
}

class DumpReader {
  readonly #name: string;
  readonly #report: ReadReport;
  readonly #collector = new PieceCollector();
  #series = new Map<string, { readonly labels: Labels }>();

  constructor(name: string, report: ReadReport) {
    this.#name = name;
    this.#report = report;
  }

  read({ bytes, firstLine }: LineBlock): { readonly pieces: ReadPiece[]; readonly error?: AppError } {
    const lines = bytes.toString('utf8').split('\n');
    for (const [i, line] of lines.entries()) {
      if (line.trim() === '' || line === '# EOF') continue;
      try {
        this.#readLine(line);
      } catch (error) {
        const message = `${this.#name}:${firstLine + i}: ${(error as Error).message}`;
        return { pieces: this.#collector.take(), error: archiveError('archive.bad_line', message, error) };
      }
    }
    return { pieces: this.#collector.take() };
  }

  #readLine(line: string): void {
    const end = endOfLabels(line);
    const text = line.slice(0, end);
    const rest = line.slice(end).trim();
    if (rest.startsWith('{')) {
      const reason = 'native histograms, which a dump cannot hold (read them with `alidade import http://…`)';
      this.#report.skipped.set(reason, (this.#report.skipped.get(reason) ?? 0) + 1);
      return;
    }
    const [valueText = '', timeText = '', ...more] = rest.split(/\s+/);
    const value = NUMBERS.get(valueText) ?? (NUMBER.test(valueText) ? Number(valueText) : undefined);
    if (value === undefined) throw new Error(`"${valueText}" is not a number`);
    if (!/^-?\d{1,15}$/.test(timeText) || more.length > 0)
      throw new Error(`"${[timeText, ...more].join(' ')}" is not a time in milliseconds`);
    const series = this.#seriesOf(text);
    this.#collector.add(series, series.labels, Number(timeText), value);
  }

  #seriesOf(text: string): { readonly labels: Labels } {
    const known = this.#series.get(text);
    if (known) return known;
    if (this.#series.size >= MAX_SERIES) this.#series = new Map();
    const series = { labels: parseLabels(text) };
    this.#series.set(text, series);
    return series;
  }
}

/** Behind the brace that closes the labels. */
function endOfLabels(line: string): number {
  if (!line.startsWith('{')) throw new Error('a line of a dump begins with {');
  let isQuoted = false;
  for (let i = 1; i < line.length; i++) {
    const character = line[i];
    if (isQuoted && character === '\\') i++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === '}' && !isQuoted) return i + 1;
  }
  throw new Error('the labels are not closed by }');
}

/** Labels as Go's `labels.Labels.String` prints them. */
export function parseLabels(text: string): Labels {
  const pairs: [string, string][] = [];
  let at = 1;
  const fail = (wanted: string): never => {
    throw new Error(`want ${wanted} at column ${at + 1}`);
  };
  const quoted = (): string => {
    const end = endOfQuoted(text, at) ?? fail('a text in quotes');
    const inner = unescapeGo(text.slice(at + 1, end), '"', (found) => new Error(`"${found}" is not an escape`));
    at = end + 1;
    return inner;
  };
  const skip = () => {
    while (text[at] === ' ') at++;
  };
  for (skip(); text[at] !== '}'; skip()) {
    const bare = /^[A-Za-z_][A-Za-z0-9_]*/.exec(text.slice(at, at + 1_024))?.[0];
    if (bare !== undefined) at += bare.length;
    const name = bare ?? quoted();
    if (text[at] !== '=') fail('=');
    at++;
    pairs.push([name, quoted()]);
    skip();
    if (text[at] === ',') at++;
    else if (text[at] !== '}') fail(', or }');
  }
  return Labels.fromEntries(pairs);
}

function endOfQuoted(text: string, at: number): number | undefined {
  if (text[at] !== '"') return undefined;
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return undefined;
}
