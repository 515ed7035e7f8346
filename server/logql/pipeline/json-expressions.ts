// `| json a="b.c[0]", d="e"`: the paths of all expressions are one tree, so that a line is read once.
import type { Extraction } from '../parse/ast.ts';
import { Field } from './field.ts';
import { JSON_ERROR } from './json.ts';
import { parseJsonPath } from './json-path.ts';
import { blockEnd, JSON_ERRORS, scalarEnd, scalarText, skipSpace, stringEnd, unescapeJson } from './json-scan.ts';
import type { LineStage } from './pipeline.ts';

interface PathNode {
  readonly keys: Map<string, PathNode>;
  readonly indexes: Map<number, PathNode>;
  /** Positions of the expressions that end here. */
  readonly wanted: number[];
}

const newNode = (): PathNode => ({ keys: new Map(), indexes: new Map(), wanted: [] });
const isLeaf = (node: PathNode) => node.keys.size === 0 && node.indexes.size === 0;

/** Values of paths: text as it means, anything else as it is written; a path that leads nowhere is ''. Throws AppError `logql.parse`. */
export function jsonExpressionsStage(extractions: readonly Extraction[]): LineStage {
  const root = newNode();
  extractions.forEach(({ expression }, i) => {
    let node = root;
    for (const step of parseJsonPath(expression)) node = childOf(node, step);
    node.wanted.push(i);
  });
  const fields = extractions.map(({ label }) => new Field(label, undefined));
  const values = new Array<string | undefined>(extractions.length);
  return ({ line, labels }) => {
    if (line === '') return true;
    values.fill(undefined);
    const start = skipSpace(line, 0);
    const code = line.charCodeAt(start);
    const error = code === 123 || code === 91 ? new PathScan(line, values).read(root, start) : JSON_ERRORS.object;
    if (error !== '') labels.fail(JSON_ERROR, error);
    if (code === 123 || code === 91) for (let i = 0; i < fields.length; i++) fields[i]?.put(labels, values[i] ?? '');
    return true;
  };
}

function childOf(node: PathNode, step: string | number): PathNode {
  const children: Map<string | number, PathNode> =
    typeof step === 'number' ? (node.indexes as Map<string | number, PathNode>) : (node.keys as Map<string | number, PathNode>);
  const child = children.get(step) ?? newNode();
  children.set(step, child);
  return child;
}

class PathScan {
  readonly #line: string;
  readonly #values: (string | undefined)[];
  #error = '';

  constructor(line: string, values: (string | undefined)[]) {
    this.#line = line;
    this.#values = values;
  }

  /** What is wrong with the line, or ''. */
  read(root: PathNode, start: number): string {
    this.#value(root, start);
    return this.#error;
  }

  /** Reads the value at `at`; the offset behind it, or -1. Only as deep as the paths go. */
  #value(node: PathNode | undefined, at: number): number {
    const line = this.#line;
    const code = line.charCodeAt(at);
    let end: number;
    if (code === 123 || code === 91) {
      if (node === undefined || isLeaf(node)) end = blockEnd(line, at);
      else end = code === 123 ? this.#object(node, at) : this.#array(node, at);
      if (end < 0) return this.#fail(code === 123 ? JSON_ERRORS.object : JSON_ERRORS.array);
      if (node) this.#found(node, line.slice(at, end));
      return end;
    }
    if (code === 34) {
      end = stringEnd(line, at + 1);
      if (end < 0) return this.#fail(JSON_ERRORS.string);
      if (node) this.#found(node, unescapeJson(line.slice(at + 1, end)) ?? '');
      return end + 1;
    }
    end = scalarEnd(line, at);
    if (end < 0) return this.#fail(at >= line.length ? JSON_ERRORS.json : JSON_ERRORS.value);
    const text = scalarText(line.slice(at, end));
    if (text === undefined) return this.#fail(JSON_ERRORS.type);
    if (node) this.#found(node, text);
    return end;
  }

  #object(node: PathNode, start: number): number {
    const line = this.#line;
    for (let at = skipSpace(line, start + 1); at < line.length; ) {
      if (line.charCodeAt(at) === 125) return at + 1;
      const end = line.charCodeAt(at) === 34 ? stringEnd(line, at + 1) : -1;
      if (end < 0) return this.#fail(JSON_ERRORS.object);
      const key = unescapeJson(line.slice(at + 1, end));
      if (key === undefined) return this.#fail(JSON_ERRORS.escape);
      at = skipSpace(line, end + 1);
      if (line.charCodeAt(at) !== 58) return this.#fail(JSON_ERRORS.json);
      at = this.#behind(this.#value(node.keys.get(key), skipSpace(line, at + 1)), 125);
      if (at < 0) return -1;
    }
    return this.#fail(JSON_ERRORS.object);
  }

  #array(node: PathNode, start: number): number {
    const line = this.#line;
    let index = 0;
    for (let at = skipSpace(line, start + 1); at < line.length; index++) {
      if (line.charCodeAt(at) === 93) return at + 1;
      at = this.#behind(this.#value(node.indexes.get(index), at), 93);
      if (at < 0) return -1;
    }
    return this.#fail(JSON_ERRORS.array);
  }

  /** Where the next element begins, or the closing bracket stands. */
  #behind(end: number, close: number): number {
    if (end < 0) return -1;
    const at = skipSpace(this.#line, end);
    const code = this.#line.charCodeAt(at);
    if (code === close) return at;
    return code === 44 ? skipSpace(this.#line, at + 1) : this.#fail(close === 125 ? JSON_ERRORS.object : JSON_ERRORS.array);
  }

  #found(node: PathNode, value: string): void {
    for (const i of node.wanted) this.#values[i] ??= value;
  }

  #fail(error: string): -1 {
    if (this.#error === '') this.#error = error;
    return -1;
  }
}
