import { meaningError } from '../errors.ts';
import type { LogfmtStage } from '../parse/ast.ts';
import { sanitizeKey } from './label-key.ts';
import type { LineLabels } from './line-labels.ts';
import { LogfmtScan } from './logfmt-scan.ts';
import type { LineStage } from './pipeline.ts';

export const LOGFMT_ERROR = 'LogfmtParserErr';
const MAX_KEYS = 10_000;

/** `| logfmt`. `needed`: the labels to set; undefined for all of them. Throws AppError `logql.parse` for an expression that is no name. */
export function logfmtStage({ strict, keepEmpty, extractions }: LogfmtStage, needed?: ReadonlySet<string>): LineStage {
  const scan = new LogfmtScan();
  const take =
    extractions.length > 0
      ? takeNamed(extractions, keepEmpty)
      : { begin: () => undefined, pair: takeAll(keepEmpty, needed), end: () => undefined };
  return ({ line, labels }) => {
    if (line === '') return true;
    scan.begin(line);
    take.begin();
    for (;;) {
      if (scan.next()) take.pair(labels, scan.key, scan.value);
      else if (scan.error === '') break;
      else if (strict) {
        labels.fail(LOGFMT_ERROR, scan.error);
        break;
      }
    }
    take.end(labels);
    return true;
  };
}

type TakePair = (labels: LineLabels, key: string, value: string) => void;

function takeAll(keepEmpty: boolean, needed: ReadonlySet<string> | undefined): TakePair {
  const names = new Map<string, string>();
  const nameOf = (key: string) => {
    let name = names.get(key);
    if (name === undefined) {
      name = sanitizeKey(key, true);
      if (names.size < MAX_KEYS) names.set(key, name);
    }
    return name;
  };
  const isNeeded = (name: string) => needed === undefined || needed.has(name) || needed.has(`${name}_extracted`);
  // Whether a key is wanted is asked for every pair of every line.
  const wanted = new Map<string, string>();
  const wantedName = (key: string) => {
    let name = wanted.get(key);
    if (name === undefined) {
      name = nameOf(key);
      if (!isNeeded(name)) name = '';
      if (wanted.size < MAX_KEYS) wanted.set(key, name);
    }
    return name;
  };
  return (labels, key, value) => {
    if (value === '' && !keepEmpty) return;
    const name = wantedName(key);
    if (name !== '') labels.extractField(name, value);
  };
}

/** `a="b"`: the value of key `b`; keys that a line lacks are ''. */
function takeNamed(extractions: LogfmtStage['extractions'], keepEmpty: boolean) {
  const labelsOf = new Map<string, string[]>();
  for (const { label, expression } of extractions) {
    if (!/^[^\s="]+$/.test(expression))
      throw meaningError(`cannot parse expression [${expression}]: it is no key of logfmt (write a="key")`);
    labelsOf.set(expression, [...(labelsOf.get(expression) ?? []), label]);
  }
  const found = new Map<string, string>();
  return {
    begin: () => found.clear(),
    pair: (_: LineLabels, key: string, value: string) => {
      if (value === '' && !keepEmpty) return;
      for (const label of labelsOf.get(key) ?? []) if (!found.has(label)) found.set(label, value);
    },
    end: (labels: LineLabels) => {
      for (const { label } of extractions) labels.extractField(label, found.get(label) ?? '');
    },
  };
}
