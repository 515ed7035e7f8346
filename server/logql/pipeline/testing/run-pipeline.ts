import { Labels } from '../../../model/labels.ts';
import { parseQuery } from '../../parse/parser.ts';
import { type CompileOptions, compileStages } from '../compile.ts';
import { LineLabels } from '../line-labels.ts';
import type { LineState } from '../pipeline.ts';

/** What became of a line: its text and labels, those of the stream aside. */
export interface Outcome {
  readonly line: string;
  readonly labels: Record<string, string>;
}

export interface Input extends CompileOptions {
  readonly stream?: Record<string, string>;
  readonly metadata?: readonly string[];
  readonly timestampNs?: bigint;
}

/** Takes lines through a pipeline as it is written in a query; undefined is a line that was dropped. */
export function runPipeline(pipeline: string, lines: readonly string[], input: Input = {}): (Outcome | undefined)[] {
  const expr = parseQuery(`{app="x"} ${pipeline}`);
  if (expr.kind !== 'log') throw new Error(`no log query: ${pipeline}`);
  const stages = compileStages(expr.stages, input);
  const stream = Labels.from(input.stream ?? {});
  const state: LineState = { line: '', timestampNs: input.timestampNs ?? 0n, labels: new LineLabels() };
  return lines.map((line) => {
    state.line = line;
    state.labels.reset(stream, input.metadata ?? []);
    for (const stage of stages) if (!stage(state)) return undefined;
    return { line: state.line, labels: state.labels.labels().toObject() };
  });
}

/** The same for one line. */
export function runLine(pipeline: string, line: string, input: Input = {}): Outcome | undefined {
  return runPipeline(pipeline, [line], input)[0];
}

/** The labels of one line that passes. */
export function labelsOf(pipeline: string, line: string, input: Input = {}): Record<string, string> {
  const outcome = runLine(pipeline, line, input);
  if (!outcome) throw new Error(`the line was dropped by ${pipeline}`);
  return outcome.labels;
}
