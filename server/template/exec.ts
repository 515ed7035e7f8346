// Evaluates a parsed template by Go's rules. Names follow Go's text/template/exec.go where they mean the same.
import { isAppError, messageOf } from '../model/app-error.ts';
import { BUILTINS } from './builtins.ts';
import { templateError } from './errors.ts';
import type { Branch, Command, Node, Operand, Pipe, Tree } from './node.ts';
import { nodeText } from './node.ts';
import { formatValue } from './printf.ts';
import { quoteGo } from './quote.ts';
import { ANY, type GoFunction, type GoValue, isTrue, typeName } from './value.ts';

/** What a template is executed with. */
export interface Execution {
  readonly trees: ReadonlyMap<string, Tree>;
  /** The functions besides Go's own. */
  readonly functionOf: (name: string) => GoFunction | undefined;
  /** What a missing key of a map is: `<no value>`, or the zero value of the map's elements (Go's missingkey option). */
  readonly missingKey: 'invalid' | 'zero';
  /** Longest output in UTF-16 units; default 1 Mi. */
  readonly maxLength?: number;
}

/** A function that asks for something that is not there yet throws this; it is passed through unplaced. */
export class Suspended extends Error {}

const MAX_STEPS = 1_000_000;
const MAX_DEPTH = 500;
const DEFAULT_MAX_LENGTH = 1 << 20;
/** No value came through the pipeline. */
const MISSING = Symbol('missing');
type Final = GoValue | typeof MISSING;
type Flow = 'next' | 'break' | 'continue';

/** Executes the tree called `name`. Throws AppError `template.exec` with Go's text, or `template.too_large`. */
export function executeTemplate(execution: Execution, name: string, data: GoValue): string {
  const tree = execution.trees.get(name);
  if (!tree) throw templateError('template.exec', `template: no template ${quoteGo(name)} associated with template ""`);
  const run = new Run(execution, { text: '', steps: 0 });
  run.tree(tree, data, 0);
  return run.output;
}

interface Progress {
  text: string;
  steps: number;
}

interface Variable {
  readonly name: string;
  value: GoValue;
}

class Run {
  readonly #execution: Execution;
  readonly #progress: Progress;
  #tree: Tree | undefined;
  #depth = 0;
  #variables: Variable[] = [];
  #node: Operand | Command | Node | undefined;

  constructor(execution: Execution, progress: Progress) {
    this.#execution = execution;
    this.#progress = progress;
  }

  get output(): string {
    return this.#progress.text;
  }

  tree(tree: Tree, data: GoValue, depth: number): void {
    this.#tree = tree;
    this.#depth = depth;
    this.#variables = [{ name: '$', value: data }];
    this.#list(data, tree.root);
  }

  #fail(message: string, cause?: unknown): never {
    const tree = this.#tree as Tree;
    const node = this.#node;
    if (!node) throw templateError('template.exec', `template: ${tree.name}: ${message}`, { cause });
    const before = tree.source.slice(0, node.pos);
    const line = before.split('\n').length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1));
    const place = `template: ${tree.parseName}:${line}:${column}: executing ${quoteGo(tree.name)} at <${nodeText(node)}>`;
    throw templateError('template.exec', `${place}: ${message}`, { cause, details: { line, column } });
  }

  #write(text: string): void {
    this.#progress.text += text;
    const max = this.#execution.maxLength ?? DEFAULT_MAX_LENGTH;
    if (this.#progress.text.length > max)
      throw templateError('template.too_large', `template: the result is longer than ${max} characters`);
  }

  #list(dot: GoValue, nodes: readonly Node[]): Flow {
    for (const node of nodes) {
      const flow = this.#walk(dot, node);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  #walk(dot: GoValue, node: Node): Flow {
    this.#node = node;
    if (++this.#progress.steps > MAX_STEPS) throw templateError('template.too_large', `template: more than ${MAX_STEPS} steps`);
    switch (node.type) {
      case 'text':
        this.#write(node.text);
        return 'next';
      case 'action': {
        const value = this.#pipe(dot, node.pipe);
        if (node.pipe.variables.length === 0) this.#print(node, value);
        return 'next';
      }
      case 'template':
        this.#template(dot, node);
        return 'next';
      case 'break':
      case 'continue':
        return node.type;
      case 'range':
        return this.#scoped(() => this.#range(dot, node));
      default:
        return this.#scoped(() => this.#ifOrWith(dot, node));
    }
  }

  #scoped(body: () => Flow): Flow {
    const mark = this.#variables.length;
    const flow = body();
    this.#variables.length = mark;
    return flow;
  }

  #print(node: Node, value: GoValue): void {
    this.#node = node;
    this.#write(value === undefined ? '<no value>' : formatValue(value));
  }

  #ifOrWith(dot: GoValue, node: Branch): Flow {
    const value = this.#pipe(dot, node.pipe);
    if (isTrue(value)) return this.#list(node.type === 'with' ? value : dot, node.list);
    return node.elseList ? this.#list(dot, node.elseList) : 'next';
  }

  #range(dot: GoValue, node: Branch): Flow {
    const value = this.#pipe(dot, node.pipe);
    let count = 0;
    for (const [index, element] of this.#elements(value)) {
      count++;
      const flow = this.#scoped(() => {
        this.#bindLoop(node.pipe, index, element);
        return this.#list(element, node.list);
      });
      if (flow === 'break') return 'next';
    }
    return count === 0 && node.elseList ? this.#list(dot, node.elseList) : 'next';
  }

  *#elements(value: GoValue): Generator<readonly [GoValue, GoValue]> {
    if (value === undefined) return;
    if (typeof value === 'bigint') for (let i = 0n; i < value; i++) yield [i, i];
    else if (typeof value === 'object' && value.kind === 'list') for (const [i, item] of value.items.entries()) yield [BigInt(i), item];
    else if (typeof value === 'object' && value.kind === 'map')
      for (const key of [...value.entries.keys()].sort()) yield [key, value.entries.get(key)];
    else this.#fail(`range can't iterate over ${formatValue(value)}`);
  }

  /** One variable is the element, two are index and element. */
  #bindLoop({ variables, isAssign }: Pipe, index: GoValue, element: GoValue): void {
    const values = variables.length > 1 ? [index, element] : [element];
    variables.forEach((name, i) => {
      if (isAssign) this.#assign(name, values[i]);
      else this.#variables.push({ name, value: values[i] });
    });
  }

  #template(dot: GoValue, node: Extract<Node, { type: 'template' }>): void {
    const tree = this.#execution.trees.get(node.name);
    if (!tree) this.#fail(`template ${quoteGo(node.name)} not defined`);
    if (this.#depth >= MAX_DEPTH) this.#fail(`exceeded maximum template depth (${MAX_DEPTH})`);
    const data = node.pipe ? this.#pipe(dot, node.pipe) : undefined;
    new Run(this.#execution, this.#progress).tree(tree, data, this.#depth + 1);
  }

  #assign(name: string, value: GoValue): void {
    const variable = this.#variables.findLast((candidate) => candidate.name === name);
    if (!variable) this.#fail(`undefined variable: ${name}`);
    variable.value = value;
  }

  #variable(name: string): GoValue {
    const variable = this.#variables.findLast((candidate) => candidate.name === name);
    if (!variable) this.#fail(`undefined variable: ${name}`);
    return variable.value;
  }

  #pipe(dot: GoValue, pipe: Pipe): GoValue {
    this.#node = pipe;
    let value: Final = MISSING;
    for (const command of pipe.commands) value = this.#command(dot, command, value);
    const result = value === MISSING ? undefined : (value as GoValue);
    if (pipe.isRange) return result;
    for (const name of pipe.variables) {
      if (pipe.isAssign) this.#assign(name, result);
      else this.#variables.push({ name, value: result });
    }
    return result;
  }

  #command(dot: GoValue, command: Command, final: Final): GoValue {
    const [first, ...rest] = command.args as [Operand, ...Operand[]];
    switch (first.type) {
      case 'field':
        this.#node = first;
        return this.#path(dot, dot, first, first.path, rest, final);
      case 'chain':
        return this.#chain(dot, first, rest, final);
      case 'identifier':
        return this.#function(dot, first, command, rest, final);
      case 'variable':
        this.#node = first;
        if (first.path.length === 0) this.#notAFunction(first, rest, final);
        return this.#path(dot, this.#variable(first.name), first, first.path, rest, final);
      case 'pipe':
        this.#notAFunction(first, rest, final);
        return this.#pipe(dot, first);
      default:
        this.#node = first;
        this.#notAFunction(first, rest, final);
        if (first.type === 'nil') this.#fail('nil is not a command');
        return this.#constant(dot, first);
    }
  }

  #notAFunction(first: Operand, rest: readonly Operand[], final: Final): void {
    if (rest.length > 0 || final !== MISSING) this.#fail(`can't give argument to non-function ${nodeText(first)}`);
  }

  #constant(dot: GoValue, operand: Extract<Operand, { type: 'dot' | 'bool' | 'string' | 'number' | 'nil' }>): GoValue {
    switch (operand.type) {
      case 'dot':
        return dot;
      case 'nil':
        return undefined;
      case 'number':
        return operand.isFloat ? operand.float : operand.int;
      default:
        return operand.value;
    }
  }

  #chain(dot: GoValue, chain: Extract<Operand, { type: 'chain' }>, args: readonly Operand[], final: Final): GoValue {
    this.#node = chain;
    const receiver = this.#argument(dot, undefined, chain.operand);
    return this.#path(dot, receiver, chain, chain.path, args, final);
  }

  #path(dot: GoValue, start: GoValue, node: Operand, path: readonly string[], args: readonly Operand[], final: Final): GoValue {
    let receiver = start;
    path.forEach((name, i) => {
      const isLast = i === path.length - 1;
      receiver = this.#field(dot, receiver, node, name, isLast ? args : [], isLast ? final : MISSING);
    });
    return receiver;
  }

  #field(dot: GoValue, receiver: GoValue, node: Operand, name: string, args: readonly Operand[], final: Final): GoValue {
    if (receiver === undefined) return undefined;
    const hasArgs = args.length > 0 || final !== MISSING;
    if (typeof receiver === 'object') {
      const methods = receiver.methods;
      if (methods && Object.hasOwn(methods, name)) return this.#call(dot, methods[name] as GoFunction, node, name, args, final);
      if (receiver.kind === 'struct' && receiver.fields.has(name)) {
        if (hasArgs) this.#fail(`${name} has arguments but cannot be invoked as function`);
        return receiver.fields.get(name);
      }
      if (receiver.kind === 'map') {
        if (hasArgs) this.#fail(`${name} is not a method but has arguments`);
        if (receiver.entries.has(name)) return receiver.entries.get(name);
        return this.#execution.missingKey === 'zero' ? receiver.zero : undefined;
      }
    }
    return this.#fail(`can't evaluate field ${name} in type ${typeName(receiver)}`);
  }

  #function(
    dot: GoValue,
    node: Extract<Operand, { type: 'identifier' }>,
    at: Operand | Command,
    args: readonly Operand[],
    final: Final,
  ): GoValue {
    this.#node = node;
    const own = this.#execution.functionOf(node.name);
    const found = own ?? (Object.hasOwn(BUILTINS, node.name) ? BUILTINS[node.name] : undefined);
    if (!found) this.#fail(`${quoteGo(node.name)} is not a defined function`);
    if (!own && (node.name === 'and' || node.name === 'or')) return this.#andOr(dot, node.name, args, final);
    return this.#call(dot, found, at, node.name, args, final);
  }

  /** `and` and `or` stop at the first argument that decides. */
  #andOr(dot: GoValue, name: 'and' | 'or', args: readonly Operand[], final: Final): GoValue {
    if (args.length === 0 && final === MISSING) this.#fail(`wrong number of args for ${name}: want at least 1 got 0`);
    let value: GoValue;
    for (const arg of args) {
      value = this.#argument(dot, ANY, arg);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return final === MISSING ? value : final;
  }

  #call(dot: GoValue, found: GoFunction, node: Operand | Command, name: string, args: readonly Operand[], final: Final): GoValue {
    const { params, variadic } = found;
    const given = args.length + (final === MISSING ? 0 : 1);
    if (variadic !== undefined && given < params.length)
      this.#fail(`wrong number of args for ${name}: want at least ${params.length} got ${args.length}`);
    if (variadic === undefined && given !== params.length)
      this.#fail(`wrong number of args for ${name}: want ${params.length} got ${given}`);
    const values = args.map((arg, i) => this.#argument(dot, params[i] ?? variadic, arg));
    if (final !== MISSING) values.push(this.#assignable(final, params[args.length] ?? variadic));
    try {
      return found.call(...values);
    } catch (error) {
      if (error instanceof Suspended || isAppError(error, 'template.too_large')) throw error;
      this.#node = node;
      return this.#fail(`error calling ${name}: ${messageOf(error)}`, error);
    }
  }

  /** Go's evalArg: the value of an operand as a parameter of type `type`; undefined takes whatever comes. */
  #argument(dot: GoValue, type: string | undefined, operand: Operand): GoValue {
    this.#node = operand;
    switch (operand.type) {
      case 'dot':
        return this.#assignable(dot, type);
      case 'nil':
        if (type !== undefined && type !== ANY) this.#fail(`cannot assign nil to ${type}`);
        return undefined;
      case 'field':
        return this.#assignable(this.#path(dot, dot, operand, operand.path, [], MISSING), type);
      case 'variable':
        return this.#assignable(this.#path(dot, this.#variable(operand.name), operand, operand.path, [], MISSING), type);
      case 'pipe':
        return this.#assignable(this.#pipe(dot, operand), type);
      case 'identifier':
        return this.#assignable(this.#function(dot, operand, operand, [], MISSING), type);
      case 'chain':
        return this.#assignable(this.#chain(dot, operand, [], MISSING), type);
      default:
        return this.#literal(type, operand);
    }
  }

  #literal(type: string | undefined, operand: Extract<Operand, { type: 'bool' | 'string' | 'number' }>): GoValue {
    const text = nodeText(operand);
    if (type === undefined || type === ANY) return this.#constant(undefined, operand);
    if (type === 'bool' || type === 'string') {
      if (operand.type !== type) this.#fail(`expected ${type}; found ${text}`);
      return operand.value;
    }
    if (type === 'int' || type === 'float64') {
      const value = operand.type !== 'number' ? undefined : type === 'int' ? operand.int : operand.float;
      if (value === undefined) this.#fail(`expected ${type === 'int' ? 'integer' : 'float'}; found ${text}`);
      return value;
    }
    return this.#fail(`can't handle ${text} for arg of type ${type}`);
  }

  #assignable(value: GoValue, type: string | undefined): GoValue {
    if (type === undefined || type === ANY) return value;
    if (value === undefined) this.#fail(`invalid value; expected ${type}`);
    const actual = typeName(value);
    // A named map or slice without methods of its own fits its underlying type, as in Go.
    if (actual !== type && !(typeof value === 'object' && value.kind !== 'duration' && underlying(actual) === type))
      this.#fail(`wrong type for value; expected ${type}; got ${actual}`);
    return value;
  }
}

function underlying(type: string): string {
  return type === 'template.KV' ? 'map[string]string' : type;
}
