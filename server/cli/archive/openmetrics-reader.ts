import { OpenMetricsParser } from '../../formats/openmetrics/parse.ts';
import { AppError } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import { archiveError } from './errors.ts';
import type { LineBlock, TextSource } from './line-blocks.ts';
import { PieceCollector, type ReadPiece } from './piece.ts';

const END = '# EOF';
const MAX_SERIES = 200_000;

/** What a reader tells beside the samples. */
export interface ReadReport {
  /** Bytes of the source that were read. */
  readBytes: number;
  /** What was passed over, and why; by reason. */
  readonly skipped: Map<string, number>;
}

export function newReport(): ReadReport {
  return { readBytes: 0, skipped: new Map() };
}

/**
 * The samples of a text in OpenMetrics, in blocks; each must have a time. Throws AppError `archive.bad_line` with file and line, after
 * everything before it; exemplars and metadata are passed over.
 */
export async function* readOpenMetrics(source: TextSource, report: ReadReport): AsyncGenerator<ReadPiece[], void> {
  const reader = new OpenMetricsReader(source.name);
  for await (const block of source.blocks()) {
    report.readBytes = block.readBytes;
    const { pieces, error } = reader.read(block);
    if (pieces.length > 0) yield pieces;
    if (error) throw error;
  }
  if (!reader.isEnded)
    throw archiveError(
      'archive.bad_line',
      `${source.name}: the last line is not "${END}": the file may be cut off; everything before was read`,
    );
}

interface Series {
  readonly labels: Labels;
}

class OpenMetricsReader {
  readonly #name: string;
  readonly #collector = new PieceCollector();
  /** Labels by the text of their series. */
  #series = new Map<string, Series>();
  #type: OpenMetricsParser['type'] = 'unknown';
  isEnded = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** The samples of a block, up to its first fault. */
  read({ bytes, firstLine }: LineBlock): { readonly pieces: ReadPiece[]; readonly error?: AppError } {
    const body = this.#closed(bytes);
    const parser = new OpenMetricsParser(body);
    parser.type = this.#type;
    try {
      if (this.isEnded) throw this.#fault(firstLine, `there is something behind "${END}"`);
      this.#readAll(parser, firstLine);
      this.isEnded = body === bytes;
      this.#type = parser.type;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { pieces: this.#collector.take(), error: this.#placed(error, firstLine) };
    }
    return { pieces: this.#collector.take() };
  }

  #readAll(parser: OpenMetricsParser, firstLine: number): void {
    let last: Series | undefined;
    let [start, end] = [0, 0];
    for (;;) {
      // Archives mostly have one series after the other.
      if (!last || !parser.skipKnown(parser.body, start, end)) {
        const entry = parser.next();
        if (entry === 'end') return;
        if (entry !== 'series') {
          // The type of a family decides how some labels are written.
          last = undefined;
          continue;
        }
        last = this.#seriesOf(parser);
        [start, end] = [parser.seriesStart, parser.seriesEnd];
      }
      if (!parser.hasTimestamp) {
        const line = firstLine + lineOf(parser.body, parser.seriesStart);
        throw this.#fault(line, 'the sample has no time, which an archive must tell');
      }
      this.#collector.add(last, last.labels, parser.timestampMs, parser.value);
    }
  }

  #seriesOf(parser: OpenMetricsParser): Series {
    const { body, seriesStart, seriesEnd } = parser;
    const text = `${parser.type} ${Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1', seriesStart, seriesEnd)}`;
    const known = this.#series.get(text);
    if (known) return known;
    if (this.#series.size >= MAX_SERIES) this.#series = new Map();
    const series = { labels: Labels.fromEntries(parser.labels()) };
    this.#series.set(text, series);
    return series;
  }

  /** Each block is a text of its own to the parser; the last has its own end. */
  #closed(bytes: Buffer): Buffer {
    const tail = bytes.toString('latin1', Math.max(0, bytes.length - END.length - 3)).trimEnd();
    if (tail === END || tail.endsWith(`\n${END}`)) return bytes;
    const isWhole = bytes.at(-1) === 10;
    return Buffer.concat([bytes, Buffer.from(`${isWhole ? '' : '\n'}${END}\n`)]);
  }

  #fault(line: number, problem: string): AppError {
    return archiveError('archive.bad_line', `${this.#name}:${line}: ${problem}`);
  }

  /** A fault of the parser, which counts lines within its block. */
  #placed(error: AppError, firstLine: number): AppError {
    if (error.code === 'archive.bad_line') return error;
    const line = typeof error.details.line === 'number' ? firstLine + error.details.line - 1 : firstLine;
    return archiveError('archive.bad_line', `${this.#name}:${line}: ${error.message.replace(/^line \d+, /, '')}`, error);
  }
}

function lineOf(body: Uint8Array, offset: number): number {
  let line = 0;
  for (let at = body.indexOf(10); at >= 0 && at < offset; at = body.indexOf(10, at + 1)) line++;
  return line;
}
