import type { LogQueryResult } from '../../logql/query.ts';
import { toGoJson } from '../../model/go-json.ts';
import { matrixJson, scalarJson, vectorJson } from './json.ts';
import { statsJson } from './stats.ts';
import { categorizedJson, streamsJson } from './streams-json.ts';

/** How lines are to be told. */
export interface StreamsFormat {
  readonly direction: 'forward' | 'backward';
  /** Labels of the stream, structured metadata and parsed labels apart. */
  readonly isCategorized: boolean;
}

/** The answer to a query, in pieces: `{"status":"success","data":{"resultType":…,"result":…,"stats":…}}`. */
export function* queryJson(result: LogQueryResult, format: StreamsFormat): Generator<string> {
  const { value, warnings } = result;
  yield '{"status":"success",';
  if (warnings.length > 0) yield `"warnings":${toGoJson(warnings)},`;
  yield `"data":{"resultType":"${value.type}",`;
  if (format.isCategorized) yield '"encodingFlags":["categorize-labels"],';
  yield '"result":';
  if (value.type === 'scalar') yield scalarJson(value);
  else {
    yield '[';
    if (value.type === 'streams')
      yield* format.isCategorized ? categorizedJson(value.streams, format.direction) : streamsJson(value.streams);
    else yield* separated(value.type === 'vector' ? vectorJson(value) : matrixJson(value));
    yield ']';
  }
  yield `,"stats":${statsJson(result)}}}\n`;
}

function* separated(items: Iterable<string>): Generator<string> {
  let isFirst = true;
  for (const item of items) {
    yield isFirst ? item : `,${item}`;
    isFirst = false;
  }
}
