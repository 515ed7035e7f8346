// `| logfmt`. As in json.ts, keys are kept in the order in which lines have them, to be compared in place.
import { meaningError } from '../errors.ts';
import type { LogfmtStage } from '../parse/ast.ts';
import { Field } from './field.ts';
import { sanitizeKey } from './label-key.ts';
import type { LineLabels } from './line-labels.ts';
import { LogfmtScan } from './logfmt-scan.ts';
import type { LineStage } from './pipeline.ts';

export const LOGFMT_ERROR = 'LogfmtParserErr';
const MAX_KEYS = 10_000;

interface Key {
  readonly text: string;
  /** With the equals sign, as it stands in the line. */
  readonly prefix: string;
  readonly fields: readonly Field[];
  /** The key behind this one in the line read last. */
  next: Key | undefined;
}

/** `| logfmt`. `needed`: the labels to set; undefined for all of them. Throws AppError `logql.parse` for an expression that is no key. */
export function logfmtStage(stage: LogfmtStage, needed?: ReadonlySet<string>): LineStage {
  const { strict, keepEmpty, extractions } = stage;
  const scan = new LogfmtScan();
  const fieldsOf = extractions.length > 0 ? namedFields(extractions) : (text: string) => [new Field(sanitizeKey(text, true), needed)];
  const keys = new Keys(fieldsOf);
  // A named label that the line lacks is set too, to nothing.
  const named = extractions.map(({ label }) => new Field(label, undefined));
  return ({ line, labels }) => {
    if (line === '') return true;
    scan.begin(line);
    let key: Key = keys.root;
    for (;;) {
      if (scan.next(key.next?.prefix ?? '')) {
        key = scan.isExpected ? (key.next as Key) : keys.behind(key, scan.key);
        if (keepEmpty || scan.hasValue) take(key.fields, labels, scan);
      } else if (scan.error === '') break;
      else if (strict) {
        labels.fail(LOGFMT_ERROR, scan.error);
        break;
      }
    }
    for (const field of named) field.put(labels, '');
    return true;
  };
}

function take(fields: readonly Field[], labels: LineLabels, scan: LogfmtScan): void {
  for (const field of fields) if (field.isWanted) field.put(labels, scan.value);
}

class Keys {
  readonly root: Key;
  readonly #fieldsOf: (text: string) => readonly Field[];
  readonly #known = new Map<string, Key>();

  constructor(fieldsOf: (text: string) => readonly Field[]) {
    this.root = { text: '', prefix: '', fields: [], next: undefined };
    this.#fieldsOf = fieldsOf;
  }

  /** The key with this text, found behind `previous`. */
  behind(previous: Key, text: string): Key {
    let key = this.#known.get(text);
    if (!key) {
      key = { text, prefix: `${text}=`, fields: this.#fieldsOf(text), next: undefined };
      // Lines whose keys are data would fill the memory with names.
      if (this.#known.size >= MAX_KEYS) return key;
      this.#known.set(text, key);
    }
    previous.next = key;
    return key;
  }
}

/** `a="b"`: the labels that want the value of a key. */
function namedFields(extractions: LogfmtStage['extractions']): (text: string) => readonly Field[] {
  const byKey = new Map<string, Field[]>();
  for (const { label, expression } of extractions) {
    if (!/^[^\s="]+$/.test(expression))
      throw meaningError(`cannot parse expression [${expression}]: it is no key of logfmt (write a="key")`);
    byKey.set(expression, [...(byKey.get(expression) ?? []), new Field(label, undefined)]);
  }
  return (text) => byKey.get(text) ?? [];
}
