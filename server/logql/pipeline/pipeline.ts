// What the stages of a query do to one line after the other.
import type { LineLabels } from './line-labels.ts';

/** The line that is being processed; one object for all lines of a query. */
export interface LineState {
  line: string;
  timestampNs: bigint;
  readonly labels: LineLabels;
}

/** One stage, compiled. False drops the line. Errors of a line are noted in its labels (`LineLabels.fail`), never thrown. */
export type LineStage = (state: LineState) => boolean;
