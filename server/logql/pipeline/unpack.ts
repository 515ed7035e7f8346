import { JSON_ERROR } from './json.ts';
import { blockEnd, JSON_ERRORS, scalarEnd, skipSpace, stringEnd, unescapeJson } from './json-scan.ts';
import { sanitizeKey } from './label-key.ts';
import type { LineStage, LineState } from './pipeline.ts';

const ENTRY = '_entry';

/** `| unpack`: labels and line out of what Promtail's pack stage wrote, `{"label":"value","_entry":"the line"}`; only text counts. */
export function unpackStage(): LineStage {
  return (state) => {
    if (state.line !== '') unpack(state);
    return true;
  };
}

function unpack(state: LineState): void {
  const fields: [string, string][] = [];
  const error = readTexts(state.line, fields);
  if (error !== '') {
    state.labels.fail(JSON_ERROR, error);
    return;
  }
  const entry = fields.findLast(([name]) => name === ENTRY);
  // Without an entry the line was not packed.
  if (!entry) return;
  for (const [name, value] of fields) if (name !== ENTRY) state.labels.extractField(sanitizeKey(name, true), value);
  state.line = entry[1];
}

/** Puts the fields whose values are text into `fields`. What is wrong with the line, or ''. */
function readTexts(line: string, fields: [string, string][]): string {
  let at = skipSpace(line, 0);
  if (line.charCodeAt(at) !== 123) return 'expecting json object(6), but it is not';
  at = skipSpace(line, at + 1);
  while (at < line.length) {
    if (line.charCodeAt(at) === 125) return '';
    const keyEnd = line.charCodeAt(at) === 34 ? stringEnd(line, at + 1) : -1;
    if (keyEnd < 0) return JSON_ERRORS.object;
    const key = unescapeJson(line.slice(at + 1, keyEnd));
    at = skipSpace(line, keyEnd + 1);
    if (key === undefined) return JSON_ERRORS.escape;
    if (line.charCodeAt(at) !== 58) return JSON_ERRORS.json;
    at = skipSpace(line, at + 1);
    const end = valueEnd(line, at);
    if (end < 0) return JSON_ERRORS.value;
    if (line.charCodeAt(at) === 34) fields.push([key, unescapeJson(line.slice(at + 1, end - 1)) ?? '']);
    at = skipSpace(line, end);
    if (line.charCodeAt(at) === 44) at = skipSpace(line, at + 1);
    else if (line.charCodeAt(at) !== 125) return JSON_ERRORS.object;
  }
  return JSON_ERRORS.object;
}

function valueEnd(line: string, at: number): number {
  const code = line.charCodeAt(at);
  if (code === 123 || code === 91) return blockEnd(line, at);
  if (code !== 34) return scalarEnd(line, at);
  const end = stringEnd(line, at + 1);
  return end < 0 ? -1 : end + 1;
}
