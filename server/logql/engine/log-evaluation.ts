import type { Labels } from '../../model/labels.ts';
import type { LogBlock, LogSelection } from '../../storage/store.ts';
import { logqlError } from '../errors.ts';
import type { LogExpr } from '../parse/ast.ts';
import { pushableFilters } from '../pipeline/pushdown.ts';
import type { ResultEntry, ResultStream, Streams } from '../query.ts';
import { LineReader } from './line-reader.ts';

/** Characters of the lines and labels of one answer: few lines may be long ones. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

export interface LogQuerySpan {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly direction: 'forward' | 'backward';
  readonly limit: number;
  readonly detectLevel: boolean;
}

interface Stream {
  readonly labels: Labels;
  readonly entries: ResultEntry[];
}

/** A log query: takes lines in order until it has enough. */
export class LogEvaluation {
  readonly selection: LogSelection;
  readonly reader: LineReader;
  readonly #limit: number;
  readonly #streams = new Map<string, Stream>();
  #count = 0;
  #characters = 0;

  constructor(expr: LogExpr, { startNs, endNs, direction, limit, detectLevel }: LogQuerySpan) {
    const { filters, rest } = pushableFilters(expr.stages);
    this.selection = { matchers: expr.matchers, startNs, endNs, filters, order: direction, columns: 'lines' };
    this.reader = new LineReader({ stages: rest, detectLevel });
    this.#limit = limit;
  }

  /** Takes lines of a block; true when no more are wanted. */
  feed(block: LogBlock): boolean {
    if (this.#count >= this.#limit) return true;
    return this.reader.read(block, () => this.#take());
  }

  finish(): Streams {
    const streams: ResultStream[] = [...this.#streams.values()].sort((a, b) => a.labels.compare(b.labels));
    return { type: 'streams', streams };
  }

  #take(): boolean {
    const { labels, line, timestampNs } = this.reader.state;
    const all = labels.labels();
    const key = all.key();
    let stream = this.#streams.get(key);
    if (!stream) {
      stream = { labels: all, entries: [] };
      this.#streams.set(key, stream);
      this.#characters += key.length;
    }
    this.#characters += line.length;
    if (this.#characters > MAX_CHARACTERS)
      throw logqlError(
        'logql.too_many_lines',
        `the first ${this.#count} lines of the answer have more than ${MAX_CHARACTERS} characters with their labels; ask with a lower limit, or for less of each line with line_format`,
      );
    stream.entries.push({ timestampNs, line, metadata: labels.metadata(), parsed: labels.parsed() });
    return ++this.#count >= this.#limit;
  }
}
