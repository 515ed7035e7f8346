import type { Labels } from '../../model/labels.ts';
import type { LogBlock } from '../../storage/store.ts';
import type { Stage } from '../parse/ast.ts';
import { compileStages } from '../pipeline/compile.ts';
import { detectLevel } from '../pipeline/level.ts';
import { LineLabels } from '../pipeline/line-labels.ts';
import type { LineStage, LineState } from '../pipeline/pipeline.ts';

const NONE: readonly string[] = [];

/** How many lines and bytes a query has gone through. */
export interface ReadStats {
  lines: number;
  bytes: number;
  matched: number;
}

export interface LineReaderOptions {
  readonly stages: readonly Stage[];
  readonly neededLabels?: ReadonlySet<string> | undefined;
  readonly isLineNeeded?: boolean | undefined;
  /** Gives lines the label `detected_level`. */
  readonly detectLevel: boolean;
}

/** Takes the lines of blocks through the stages, one after the other, in one reused state. */
export class LineReader {
  readonly state: LineState = { line: '', timestampNs: 0n, labels: new LineLabels() };
  readonly stats: ReadStats = { lines: 0, bytes: 0, matched: 0 };
  readonly #stages: readonly LineStage[];
  readonly #detectLevel: boolean;

  constructor({ stages, neededLabels, isLineNeeded, detectLevel: detect }: LineReaderOptions) {
    this.#stages = compileStages(stages, { neededLabels, isLineNeeded });
    this.#detectLevel = detect;
  }

  /** Whether the text of lines makes no difference: their sizes, times and labels are enough. */
  get needsNoText(): boolean {
    return this.#stages.length === 0 && !this.#detectLevel;
  }

  /** Calls `take` with the row of each line that passes, until it returns true; the line is in `state`. Returns whether it did. */
  read(block: LogBlock, take: (row: number) => boolean): boolean {
    const { streams, streamOf, timesNs, lineBytes, lineOffsets, lineSizes, metadata } = block;
    const { state, stats } = this;
    const text = Buffer.from(lineBytes.buffer, lineBytes.byteOffset, lineBytes.byteLength);
    const hasLines = lineOffsets.length > 0;
    for (let row = 0; row < streamOf.length; row++) {
      state.line = hasLines ? text.toString('utf8', lineOffsets[row], lineOffsets[row + 1]) : '';
      state.timestampNs = timesNs[row] as bigint;
      state.labels.reset(streams[streamOf[row] as number] as Labels, metadata?.[row] ?? NONE);
      stats.lines++;
      stats.bytes += lineSizes[row] as number;
      if (!this.#passes()) continue;
      stats.matched++;
      if (take(row)) return true;
    }
    return false;
  }

  #passes(): boolean {
    const { state } = this;
    if (this.#detectLevel && !state.labels.has('detected_level')) state.labels.set('detected_level', detectLevel(state));
    for (const stage of this.#stages) if (!stage(state)) return false;
    return true;
  }
}
