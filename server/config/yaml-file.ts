// A YAML file as a plain tree, read as Go's yaml.v2 reads it for upstream: every scalar keeps its source text, because a text field takes
// `true` or `1.10` as written; keys with a null value count as absent. Beside the tree stands the line of every path.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type YAMLMap as MapNode,
  type Node,
  parseAllDocuments,
  type Scalar,
} from 'yaml';

/** An unquoted scalar: only its field knows whether it is a number, a flag or a text. */
export class PlainScalar {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A quoted text, an unquoted scalar, a list or a map; absent and null are undefined. */
export type YamlValue = string | PlainScalar | readonly YamlValue[] | YamlMap | undefined;
export interface YamlMap {
  readonly [key: string]: YamlValue;
}

export type YamlPath = readonly (string | number)[];

/** A fault in the syntax; `line` counts from 1. */
export interface YamlFault {
  readonly line: number;
  readonly message: string;
}

/** The tree of one file with its lines. */
export interface YamlTree {
  readonly root: YamlValue;
  readonly faults: readonly YamlFault[];
  /** Line of the key or list item at `path`, or of its nearest parent that is written in the file. */
  lineOf(path: YamlPath): number;
  /** Line on which the text of a scalar begins: below the `|` of a block. */
  textLineOf(path: YamlPath): number;
}

// Aliases can double a tree with every level: a bomb. Without them a tree is no larger than its text.
const MAX_ALIASED = 100_000;
const MAX_DEPTH = 200;
const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);

/** Parses YAML 1.1 as upstream does. Never throws: what is wrong stands in `faults`, and the tree holds what could be read. */
export function parseYaml(text: string): YamlTree {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter, schema: 'failsafe', strict: true, uniqueKeys: false });
  const document = Array.isArray(parsed) ? parsed[0] : undefined;
  const builder = new TreeBuilder(lineCounter);
  const root = document?.contents ? builder.convert(document.contents, []) : undefined;
  const faults = [...syntaxFaults(document), ...builder.faults].sort((a, b) => a.line - b.line);
  return {
    root,
    faults,
    lineOf: (path) => nearest(builder.lines, path),
    textLineOf: (path) => nearest(builder.textLines, path),
  };
}

/** `scrape_configs[1].static_configs[0].labels["a.b"]` */
export function formatPath(path: YamlPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w$-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** Whether a value is a map of settings. */
export function isYamlMap(value: YamlValue): value is YamlMap {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof PlainScalar);
}

/** The source text of a scalar; undefined for anything else. */
export function scalarText(value: YamlValue): string | undefined {
  return value instanceof PlainScalar ? value.text : typeof value === 'string' ? value : undefined;
}

/** A value in a message: what somebody wrote where something else was wanted. */
export function describeValue(value: YamlValue): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  const text = scalarText(value);
  return text === undefined ? 'a map' : `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`;
}

class TreeBuilder {
  readonly faults: YamlFault[] = [];
  readonly lines = new Map<string, number>();
  readonly textLines = new Map<string, number>();
  readonly #anchors = new Map<string, Node>();
  /** Anchors whose value is being converted for an alias. */
  readonly #open = new Set<string>();
  readonly #lineCounter: LineCounter;
  #aliasDepth = 0;
  #aliased = 0;

  constructor(lineCounter: LineCounter) {
    this.#lineCounter = lineCounter;
  }

  convert(node: Node, path: YamlPath): YamlValue {
    const key = formatPath(path);
    const line = this.#lineAt(node);
    if (!this.lines.has(key)) this.lines.set(key, line);
    this.textLines.set(key, isScalar(node) && isBlock(node) ? line + 1 : line);
    if (path.length > MAX_DEPTH) {
      if (path.length === MAX_DEPTH + 1) this.faults.push({ line, message: `nested more than ${MAX_DEPTH} levels deep` });
      return undefined;
    }
    if (this.#aliasDepth > 0 && ++this.#aliased > MAX_ALIASED) {
      if (this.#aliased === MAX_ALIASED + 1)
        this.faults.push({ line, message: `aliases stand for more than ${MAX_ALIASED} values; write them out` });
      return undefined;
    }
    if (isAlias(node)) {
      return this.#convertAlias(node.source, line, path);
    }
    if ('anchor' in node && node.anchor) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return convertScalar(node);
    if (isSeq(node)) return node.items.map((item, i) => this.convert(item as Node, [...path, i]));
    return isMap(node) ? this.#convertMap(node, path) : undefined;
  }

  #convertAlias(name: string, line: number, path: YamlPath): YamlValue {
    const target = this.#anchors.get(name);
    if (!target) this.faults.push({ line, message: `unknown anchor "${name}"; define it before with &${name}` });
    if (!target || this.#open.has(name)) {
      if (target) this.faults.push({ line, message: `anchor "${name}" stands for a value that contains itself` });
      return undefined;
    }
    this.#open.add(name);
    this.#aliasDepth++;
    const value = this.convert(target, path);
    this.#aliasDepth--;
    this.#open.delete(name);
    return value;
  }

  #convertMap(node: MapNode, path: YamlPath): YamlMap {
    const own: Record<string, YamlValue> = Object.create(null);
    const merged: Record<string, YamlValue> = Object.create(null);
    const seen = new Map<string, Node>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value ?? '') : undefined;
      if (name === undefined) {
        this.faults.push({ line: this.#lineAt(key as Node), message: 'a key must be a text, not a list or a map' });
        continue;
      }
      if (name === '<<' && isPlain(key as Scalar)) {
        this.#merge(value as Node, path, merged);
        continue;
      }
      const below = [...path, name];
      if (seen.has(name)) this.#reportDuplicate(name, key as Node, seen.get(name) as Node);
      seen.set(name, key as Node);
      this.lines.set(formatPath(below), this.#lineAt(key as Node));
      const converted = value ? this.convert(value as Node, below) : undefined;
      if (converted !== undefined) own[name] = converted;
    }
    return Object.assign(merged, own);
  }

  #merge(value: Node, path: YamlPath, into: Record<string, YamlValue>): void {
    const sources = this.convert(value, path);
    for (const source of Array.isArray(sources) ? [...sources].reverse() : [sources]) {
      if (isYamlMap(source)) Object.assign(into, source);
      else this.faults.push({ line: this.#lineAt(value), message: 'map merge (<<) requires a map or a list of maps as its value' });
    }
  }

  #reportDuplicate(name: string, key: Node, first: Node): void {
    const message = `key "${name}" is given twice (first on line ${this.#lineAt(first)}); keep one of them`;
    this.faults.push({ line: this.#lineAt(key), message });
  }

  #lineAt(node: Node): number {
    return node.range ? this.#lineCounter.linePos(node.range[0]).line : 1;
  }
}

function convertScalar(node: Scalar): YamlValue {
  const text = String(node.value ?? '');
  if (!isPlain(node) || node.tag === 'tag:yaml.org,2002:str') return text;
  return NULLS.has(text) ? undefined : new PlainScalar(text);
}

function isPlain(node: Scalar): boolean {
  return node.type === undefined || node.type === 'PLAIN';
}

function isBlock(node: Scalar): boolean {
  return node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
}

/** The first only: after it the parser is lost, and what it goes on to say hides the one line that must be mended. */
function syntaxFaults(document: Document.Parsed | Document | undefined): YamlFault[] {
  const faults = (document?.errors ?? []).map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    message: plainMessage(error.message),
  }));
  return faults.sort((a, b) => a.line - b.line).slice(0, 1);
}

const INDICATORS: Readonly<Record<string, string>> = {
  'flow-map-start': '{',
  'flow-map-end': '}',
  'flow-seq-start': '[',
  'flow-seq-end': ']',
  comma: ',',
};

// The library's message goes on with its own position and an excerpt of the file.
function plainMessage(message: string): string {
  const text = (message.split(/ at line \d+, column \d+/)[0] ?? message).trim();
  const indicator = INDICATORS[/^Unexpected (\S+) at node end$/.exec(text)?.[1] ?? ''];
  if (indicator !== undefined) return `unexpected "${indicator}" after a value; put the value in quotes if it belongs to it`;
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

function nearest(lines: ReadonlyMap<string, number>, path: YamlPath): number {
  for (let length = path.length; length >= 0; length--) {
    const line = lines.get(formatPath(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return 1;
}
