// Templates of line_format and label_format: Go templates over the labels of a line.

import { messageOf } from '../../model/app-error.ts';
import type { Clock } from '../../model/clock.ts';
import { BUILTINS } from '../../template/builtins.ts';
import { executeTemplate } from '../../template/exec.ts';
import type { Node, Operand, Pipe, Tree } from '../../template/node.ts';
import { parseTemplate } from '../../template/parse.ts';
import type { GoFunction, GoMap, GoValue } from '../../template/value.ts';
import { meaningError } from '../errors.ts';
import { NUMBER_FUNCTIONS } from './format-number.ts';
import { textFunctions } from './format-text.ts';
import { timeFunctions, timeOfNs } from './format-time.ts';
import type { LineLabels } from './line-labels.ts';
import type { LineState } from './pipeline.ts';

/** A template, parsed. */
export interface LineTemplate {
  /** The text for a line; labels come from `labels`, or from the line. Throws AppError `template.exec` or `template.too_large`. */
  expand(state: LineState, labels?: ReadonlyMap<string, string>): string;
  /** The labels that it looks at; undefined when that cannot be told. */
  readonly names: ReadonlySet<string> | undefined;
}

/** Parses a template; `name` is how errors call it. Throws AppError `logql.parse`. */
export function compileLineTemplate(name: string, text: string, clock: Clock): LineTemplate {
  let current: LineState | undefined;
  const functions: Readonly<Record<string, GoFunction>> = {
    ...textFunctions(),
    ...NUMBER_FUNCTIONS,
    ...timeFunctions(clock),
    __line__: { params: [], call: () => current?.line },
    __timestamp__: { params: [], call: () => timeOfNs(current?.timestampNs ?? 0n) },
  };
  const functionOf = (word: string) => (Object.hasOwn(functions, word) ? functions[word] : undefined);
  let trees: ReadonlyMap<string, Tree>;
  try {
    trees = parseTemplate(name, text, (word) => functionOf(word) !== undefined || Object.hasOwn(BUILTINS, word));
  } catch (error) {
    throw meaningError(`invalid ${name} template: ${messageOf(error)}`);
  }
  const names = namesOf(trees);
  const simple = toSimple(trees.get(name)?.root ?? []);
  if (simple) return { names, expand: ({ labels }, snapshot) => expandSimple(simple, snapshot ?? labels) };
  return {
    names,
    expand: (state, snapshot) => {
      current = state;
      const entries: ReadonlyMap<string, GoValue> = snapshot ?? new LabelMap(state.labels);
      const data: GoMap = { kind: 'map', type: 'map[string]string', entries, zero: '' };
      return executeTemplate({ trees, functionOf, missingKey: 'zero' }, name, data);
    },
  };
}

type SimplePart = { readonly text: string } | { readonly label: string };

/** `{{.a}} and {{.b}}`: nothing but texts and labels, most templates. */
function toSimple(nodes: readonly Node[]): SimplePart[] | undefined {
  const parts: SimplePart[] = [];
  for (const node of nodes) {
    if (node.type === 'text') parts.push({ text: node.text });
    else {
      const command =
        node.type === 'action' && node.pipe.variables.length === 0 && node.pipe.commands.length === 1 && node.pipe.commands[0];
      const operand = command && command.args.length === 1 ? command.args[0] : undefined;
      if (operand?.type !== 'field' || operand.path.length !== 1) return undefined;
      parts.push({ label: operand.path[0] as string });
    }
  }
  return parts;
}

function expandSimple(parts: readonly SimplePart[], labels: { get(name: string): string | undefined }): string {
  let out = '';
  for (const part of parts) out += 'text' in part ? part.text : (labels.get(part.label) ?? '');
  return out;
}

/** The labels of the current line as a map, without copying them. */
class LabelMap implements ReadonlyMap<string, GoValue> {
  readonly #labels: LineLabels;

  constructor(labels: LineLabels) {
    this.#labels = labels;
  }

  get size(): number {
    return this.#labels.names().length;
  }

  get(name: string): GoValue {
    return this.#labels.get(name);
  }

  has(name: string): boolean {
    return this.#labels.has(name);
  }

  forEach(callback: (value: GoValue, key: string, map: ReadonlyMap<string, GoValue>) => void): void {
    for (const [name, value] of this) callback(value, name, this);
  }

  entries(): MapIterator<[string, GoValue]> {
    return new Map<string, GoValue>(this.#labels.names().map((name) => [name, this.#labels.get(name)])).entries();
  }

  keys(): MapIterator<string> {
    return new Set(this.#labels.names()).keys();
  }

  values(): MapIterator<GoValue> {
    return new Map(this).values();
  }

  [Symbol.iterator](): MapIterator<[string, GoValue]> {
    return this.entries();
  }
}

/** Every first name behind a dot; undefined where the whole map is used. */
function namesOf(trees: ReadonlyMap<string, Tree>): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  let isAll = false;
  const pipe = (node: Pipe) => {
    for (const command of node.commands) command.args.forEach(operand);
  };
  const operand = (node: Operand): void => {
    if (node.type === 'pipe') pipe(node);
    else if (node.type === 'chain') operand(node.operand);
    else if (node.type === 'field') names.add(node.path[0] as string);
    else if (node.type === 'variable' && node.name === '$' && node.path[0] !== undefined) names.add(node.path[0]);
    else if (node.type === 'dot' || (node.type === 'variable' && node.name === '$')) isAll = true;
  };
  const list = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if ('pipe' in node && node.pipe) pipe(node.pipe);
      if ('list' in node) list(node.list);
      if ('elseList' in node && node.elseList) list(node.elseList);
    }
  };
  for (const tree of trees.values()) list(tree.root);
  return isAll ? undefined : names;
}
