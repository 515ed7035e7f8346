// `| json`: all fields of an object. The names met so far are kept in a tree beside their labels, in the order in which lines had
// them: a line that looks like the one before it is read by comparing keys in place, without a look-up.
import { Field } from './field.ts';
import { blockEnd, JSON_ERRORS, scalarEnd, scalarText, skipSpace, stringEnd, unescapeJson } from './json-scan.ts';
import { sanitizeKey } from './label-key.ts';
import type { LineLabels } from './line-labels.ts';
import type { LineStage } from './pipeline.ts';

export const JSON_ERROR = 'JSONParserErr';
const MAX_KEYS = 10_000;
const MAX_DEPTH = 200;

interface Key {
  /** With the quotes, as it stands in the line. */
  readonly quoted: string;
  readonly field: Field;
  readonly children: Map<string, Key>;
  /** The first key of the object that is this key's value, and the key behind this one, in the line read last. */
  first: Key | undefined;
  next: Key | undefined;
}

/** `| json` without expressions. `needed`: the labels to set; undefined for all of them. */
export function jsonStage(needed?: ReadonlySet<string>): LineStage {
  const fields = new JsonFields(needed);
  return ({ line, labels }) => {
    if (line !== '') fields.read(line, labels);
    return true;
  };
}

class JsonFields {
  readonly #needed: ReadonlySet<string> | undefined;
  readonly #root: Key;
  #keys = 0;
  #line = '';
  #at = 0;
  #error = '';
  #labels: LineLabels | undefined;
  /** Fields of an object inside the line's, held back until it is known to be closed: [field, value, …]. */
  readonly #pending: (Field | string)[] = [];

  constructor(needed: ReadonlySet<string> | undefined) {
    this.#needed = needed;
    this.#root = this.#newKey('""', '');
  }

  read(line: string, labels: LineLabels): void {
    this.#line = line;
    this.#labels = labels;
    this.#at = skipSpace(line, 0);
    this.#error = JSON_ERRORS.object;
    if (line.charCodeAt(this.#at) !== 123 || !this.#object(this.#root, 0)) labels.fail(JSON_ERROR, this.#error);
  }

  #newKey(quoted: string, label: string): Key {
    return { quoted, field: new Field(label, this.#needed), children: new Map(), first: undefined, next: undefined };
  }

  /** Reads the object that begins at the current place. */
  #object(parent: Key, depth: number): boolean {
    const line = this.#line;
    let at = skipSpace(line, this.#at + 1);
    if (at >= line.length) return this.#fail(JSON_ERRORS.json);
    let previous: Key | undefined;
    for (;;) {
      const code = line.charCodeAt(at);
      if (code === 125) {
        this.#at = at + 1;
        return true;
      }
      if (code !== 34) return this.#fail(JSON_ERRORS.object);
      let key = previous === undefined ? parent.first : previous.next;
      if (key !== undefined && line.startsWith(key.quoted, at)) at += key.quoted.length;
      else {
        const end = stringEnd(line, at + 1);
        if (end < 0) return this.#fail(JSON_ERRORS.json);
        key = this.#key(parent, line.slice(at, end + 1));
        if (key === undefined) return this.#fail(JSON_ERRORS.escape);
        if (previous === undefined) parent.first = key;
        else previous.next = key;
        at = end + 1;
      }
      if (line.charCodeAt(at) !== 58) {
        at = skipSpace(line, at);
        if (line.charCodeAt(at) !== 58) return this.#fail(JSON_ERRORS.json);
      }
      if (!this.#value(key, at + 1, depth)) return false;
      previous = key;
      at = this.#at;
      let behind = line.charCodeAt(at);
      if (behind !== 44 && behind !== 125) {
        at = skipSpace(line, at);
        if (at >= line.length) return this.#fail(JSON_ERRORS.array);
        behind = line.charCodeAt(at);
        if (behind !== 44 && behind !== 125) return this.#fail(JSON_ERRORS.object);
      }
      if (behind === 44) {
        at++;
        if (line.charCodeAt(at) !== 34) at = skipSpace(line, at);
        if (at >= line.length) return this.#fail(JSON_ERRORS.array);
      }
    }
  }

  #value(key: Key, from: number, depth: number): boolean {
    const line = this.#line;
    let at = from;
    let code = line.charCodeAt(at);
    if (code === 32 || code === 10 || code === 13 || code === 9) {
      at = skipSpace(line, at);
      code = line.charCodeAt(at);
    }
    if (code === 34) {
      const end = stringEnd(line, at + 1);
      if (end < 0) return this.#fail(JSON_ERRORS.string);
      if (key.field.isWanted) this.#emit(key, unescapeJson(line.slice(at + 1, end)) ?? '', depth);
      this.#at = end + 1;
      return true;
    }
    if (code === 123) return this.#nested(key, at, depth);
    if (code === 91) {
      this.#at = blockEnd(line, at);
      return this.#at >= 0 || this.#fail(JSON_ERRORS.array);
    }
    const end = scalarEnd(line, at);
    if (end < 0) return this.#fail(at >= line.length ? JSON_ERRORS.json : JSON_ERRORS.value);
    const text = scalarText(line.slice(at, end));
    if (text === undefined) return this.#fail(JSON_ERRORS.type);
    if (key.field.isWanted) this.#emit(key, text, depth);
    this.#at = end;
    return true;
  }

  #nested(key: Key, at: number, depth: number): boolean {
    if (depth >= MAX_DEPTH) return this.#fail(`objects deeper than ${MAX_DEPTH} levels`);
    this.#at = at;
    const isRead = this.#object(key, depth + 1);
    if (depth > 0) return isRead;
    // Of an object that is never closed nothing is extracted.
    if (!isRead && blockEnd(this.#line, at) < 0) {
      this.#pending.length = 0;
      return this.#fail(JSON_ERRORS.object);
    }
    const pending = this.#pending;
    for (let i = 0; i < pending.length; i += 2) (pending[i] as Field).put(this.#labels as LineLabels, pending[i + 1] as string);
    pending.length = 0;
    return isRead;
  }

  #emit(key: Key, value: string, depth: number): void {
    if (depth > 0) this.#pending.push(key.field, value);
    else key.field.put(this.#labels as LineLabels, value);
  }

  /** The key with this text, quotes included, in an object. Undefined for escapes that there are not. */
  #key(parent: Key, quoted: string): Key | undefined {
    const known = parent.children.get(quoted);
    if (known) return known;
    const text = unescapeJson(quoted.slice(1, -1));
    if (text === undefined) return undefined;
    const isFirst = parent === this.#root;
    const name = sanitizeKey(text, isFirst);
    const label = isFirst ? name : parent.field.label === '' ? sanitizeKey(text, true) : `${parent.field.label}_${name}`;
    const key = this.#newKey(quoted, label);
    // Lines whose keys are data would fill the memory with names.
    if (this.#keys++ < MAX_KEYS) parent.children.set(quoted, key);
    return key;
  }

  #fail(error: string): false {
    this.#error = error;
    return false;
  }
}
