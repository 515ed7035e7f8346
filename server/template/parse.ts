import { isAppError } from '../model/app-error.ts';
import { templateError } from './errors.ts';
import { describeToken, lex, type Token, type TokenType } from './lexer.ts';
import type { Branch, Command, Node, Operand, Pipe, Tree } from './node.ts';
import { nodeText } from './node.ts';
import { parseNumber } from './number.ts';
import { quoteGo, unquoteGo } from './quote.ts';

/**
 * Parses a Go text/template. The answer holds the text itself under `name` and what it defines. Throws AppError `template.parse`
 * with Go's text, `template: name:line: …`.
 */
export function parseTemplate(name: string, source: string, isFunction: (name: string) => boolean): Map<string, Tree> {
  return new Parser(name, source, isFunction).run();
}

/** What ends a list of nodes. */
type End = 'end' | 'else';
const OPERAND_STARTS: ReadonlySet<TokenType> = new Set<TokenType>([
  'bool',
  'char-constant',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'raw-string',
  'string',
  'variable',
  '(',
]);

class Parser {
  readonly #name: string;
  readonly #source: string;
  readonly #isFunction: (name: string) => boolean;
  readonly #tokens: readonly Token[];
  readonly #trees = new Map<string, Tree>();
  #at = 0;
  #variables: string[] = ['$'];
  #rangeDepth = 0;
  #depth = 0;
  #actionLine = 0;

  constructor(name: string, source: string, isFunction: (name: string) => boolean) {
    this.#name = name;
    this.#source = source;
    this.#isFunction = isFunction;
    this.#tokens = lex(source);
  }

  run(): Map<string, Tree> {
    const root: Node[] = [];
    while (this.#peek().type !== 'eof') {
      const node = this.#node(true);
      if (typeof node === 'string') this.#fail(`unexpected {{${node}}}`);
      if (node) root.push(node);
    }
    this.#trees.set(this.#name, this.#tree(this.#name, root));
    return this.#trees;
  }

  #tree(name: string, root: readonly Node[]): Tree {
    return { name, parseName: this.#name, source: this.#source, root };
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #skipSpace(): Token {
    while (this.#peek().type === 'space') this.#at++;
    return this.#peek();
  }

  #nextWord(): Token {
    this.#skipSpace();
    return this.#next();
  }

  #fail(message: string, line = (this.#tokens[Math.max(Math.min(this.#at, this.#tokens.length) - 1, 0)] as Token).line): never {
    throw templateError('template.parse', `template: ${this.#name}:${line}: ${message}`, { details: { line } });
  }

  #unexpected(token: Token, context: string): never {
    if (token.type !== 'error') this.#fail(`unexpected ${describeToken(token)} in ${context}`, token.line);
    const started =
      this.#actionLine !== 0 && this.#actionLine !== token.line ? ` in action started at ${this.#name}:${this.#actionLine}` : '';
    this.#fail(token.text + (token.text.endsWith(' action') ? started.slice(' in action'.length) : started), token.line);
  }

  #expect(type: TokenType, context: string): Token {
    const token = this.#nextWord();
    return token.type === type ? token : this.#unexpected(token, context);
  }

  #isKeyword(token: Token, word: string): boolean {
    return token.type === 'keyword' && token.text === word;
  }

  /** One text or action; undefined for a definition, which goes to the trees. */
  #node(isTopLevel: boolean): Node | End | undefined {
    const token = this.#nextWord();
    if (token.type === 'text') return { type: 'text', pos: token.pos, text: token.text };
    if (token.type !== 'left') this.#unexpected(token, 'input');
    if (++this.#depth > 1000) this.#fail('max expression depth exceeded');
    this.#actionLine = token.line;
    const node = this.#action(isTopLevel);
    this.#actionLine = 0;
    this.#depth--;
    return node;
  }

  #action(isTopLevel: boolean): Node | End | undefined {
    const token = this.#skipSpace();
    if (token.type !== 'keyword') return { type: 'action', pos: token.pos, pipe: this.#pipeline('command', 'right') };
    this.#at++;
    switch (token.text) {
      case 'define':
        return isTopLevel ? this.#define() : this.#unexpected(token, 'command');
      case 'block':
        return this.#block(token);
      case 'break':
      case 'continue':
        return this.#loopControl(token);
      case 'else': {
        const next = this.#skipSpace();
        if (!this.#isKeyword(next, 'if') && !this.#isKeyword(next, 'with')) this.#expect('right', 'else');
        return 'else';
      }
      case 'end':
        this.#expect('right', 'end');
        return 'end';
      case 'template':
        return this.#template();
      default:
        return this.#branch(token);
    }
  }

  #list(): { list: Node[]; end: End } {
    const list: Node[] = [];
    while (this.#skipSpace().type !== 'eof') {
      const node = this.#node(false);
      if (typeof node === 'string') return { list, end: node };
      if (node) list.push(node);
    }
    this.#fail('unexpected EOF', this.#peek().line);
  }

  #branch(token: Token): Branch {
    const type = token.text as Branch['type'];
    const marks = this.#variables.length;
    const pipe = this.#pipeline(type, 'right');
    if (type === 'range') this.#rangeDepth++;
    const { list, end } = this.#list();
    if (type === 'range') this.#rangeDepth--;
    const elseList = end === 'else' ? this.#elseList(type) : undefined;
    this.#variables.length = marks;
    return { type, pos: pipe.pos, pipe, list, ...(elseList ? { elseList } : {}) };
  }

  #elseList(type: Branch['type']): Node[] {
    const next = this.#skipSpace();
    if (next.type === 'keyword' && (next.text === 'if' || next.text === 'with')) {
      if (next.text !== type) this.#unexpected(next, 'input');
      this.#at++;
      return [this.#branch(next)];
    }
    const { list, end } = this.#list();
    if (end !== 'end') this.#fail(`expected end; found {{${end}}}`);
    return list;
  }

  #loopControl(token: Token): Node {
    const next = this.#nextWord();
    if (next.type !== 'right') this.#unexpected(next, `{{${token.text}}}`);
    if (this.#rangeDepth === 0) this.#fail(`{{${token.text}}} outside {{range}}`);
    return { type: token.text as 'break' | 'continue', pos: token.pos };
  }

  #templateName(context: string): { name: string; pos: number } {
    const token = this.#nextWord();
    if (token.type !== 'string' && token.type !== 'raw-string') this.#unexpected(token, context);
    return { name: this.#unquote(token), pos: token.pos };
  }

  #template(): Node {
    const { name, pos } = this.#templateName('template clause');
    if (this.#skipSpace().type === 'right') {
      this.#at++;
      return { type: 'template', pos, name };
    }
    return { type: 'template', pos, name, pipe: this.#pipeline('template clause', 'right') };
  }

  #define(): undefined {
    const { name } = this.#templateName('define clause');
    this.#expect('right', 'define clause');
    this.#body(name, 'define clause');
  }

  #block(token: Token): Node {
    const { name } = this.#templateName('block clause');
    const pipe = this.#pipeline('block clause', 'right');
    this.#body(name, 'block clause');
    return { type: 'template', pos: token.pos, name, pipe };
  }

  /** The body of a definition has variables and loops of its own. */
  #body(name: string, context: string): void {
    const [variables, rangeDepth] = [this.#variables, this.#rangeDepth];
    [this.#variables, this.#rangeDepth] = [['$'], 0];
    const { list, end } = this.#list();
    if (end !== 'end') this.#fail(`unexpected {{${end}}} in ${context}`);
    [this.#variables, this.#rangeDepth] = [variables, rangeDepth];
    const isEmpty = (nodes: readonly Node[]) => nodes.every((node) => node.type === 'text' && node.text.trim() === '');
    const known = this.#trees.get(name);
    if (known && !isEmpty(known.root) && !isEmpty(list)) this.#fail(`template: multiple definition of template ${quoteGo(name)}`);
    if (!known || isEmpty(known.root)) this.#trees.set(name, this.#tree(name, list));
  }

  #pipeline(context: string, end: 'right' | ')'): Pipe {
    const pos = this.#skipSpace().pos;
    const { variables, isAssign } = this.#declarations(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#skipSpace();
      if (token.type === end) break;
      if (!OPERAND_STARTS.has(token.type)) {
        this.#at++;
        this.#unexpected(token, context);
      }
      commands.push(this.#command());
    }
    this.#at++;
    if (commands.length === 0) this.#fail(`missing value for ${context}`);
    commands.forEach(({ args: [first] }, i) => {
      if (i > 0 && ['bool', 'dot', 'nil', 'number', 'string'].includes((first as Operand).type))
        this.#fail(`non executable command in pipeline stage ${i + 1}`);
    });
    return { type: 'pipe', pos, variables, isAssign, isRange: context === 'range', commands };
  }

  #declarations(context: string): { variables: string[]; isAssign: boolean } {
    const variables: string[] = [];
    for (;;) {
      const start = this.#at;
      const variable = this.#skipSpace();
      if (variable.type !== 'variable') break;
      this.#at++;
      const next = this.#skipSpace();
      if (next.type === '=' || next.type === ':=') {
        this.#at++;
        variables.push(variable.text);
        // As in Go, an assignment makes the name known as well; whether there is such a variable is seen when it runs.
        this.#variables.push(...variables);
        return { variables, isAssign: next.type === '=' };
      }
      if (next.type !== 'char' || next.text !== ',') {
        this.#at = start;
        break;
      }
      this.#at++;
      variables.push(variable.text);
      if (context !== 'range' || variables.length > 1) this.#fail(`too many declarations in ${context}`);
      if (!['variable', 'right', ')'].includes(this.#skipSpace().type)) this.#fail('range can only initialize variables');
    }
    return { variables, isAssign: false };
  }

  #known(name: string): void {
    if (!this.#variables.includes(name)) this.#fail(`undefined variable ${quoteGo(name)}`);
  }

  #command(): Command {
    const pos = this.#skipSpace().pos;
    const args: Operand[] = [];
    for (;;) {
      this.#skipSpace();
      const operand = this.#operand();
      if (operand) args.push(operand);
      const token = this.#next();
      if (token.type === 'space') continue;
      if (token.type === 'right' || token.type === ')') this.#at--;
      else if (token.type !== '|') this.#unexpected(token, 'operand');
      break;
    }
    if (args.length === 0) this.#fail('empty command');
    return { type: 'command', pos, args };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (!term || this.#peek().type !== 'field') return term;
    const pos = this.#peek().pos;
    const path: string[] = [];
    while (this.#peek().type === 'field') path.push(this.#next().text.slice(1));
    if (term.type === 'field') return { ...term, pos, path: [...term.path, ...path] };
    if (term.type === 'variable') return { ...term, pos, path: [...term.path, ...path] };
    if (['bool', 'string', 'number', 'nil', 'dot'].includes(term.type)) this.#fail(`unexpected . after term ${quoteGo(nodeText(term))}`);
    return { type: 'chain', pos, operand: term, path };
  }

  #term(): Operand | undefined {
    const token = this.#skipSpace();
    const { pos, text } = token;
    if (!OPERAND_STARTS.has(token.type)) return undefined;
    this.#at++;
    switch (token.type) {
      case 'identifier':
        if (!this.#isFunction(text)) this.#fail(`function ${quoteGo(text)} not defined`);
        return { type: 'identifier', pos, name: text };
      case 'dot':
      case 'nil':
        return { type: token.type, pos };
      case 'variable':
        this.#known(text);
        return { type: 'variable', pos, name: text, path: [] };
      case 'field':
        return { type: 'field', pos, path: [text.slice(1)] };
      case 'bool':
        return { type: 'bool', pos, value: text === 'true' };
      case '(':
        return this.#parenthesized();
      case 'string':
      case 'raw-string':
        return { type: 'string', pos, value: this.#unquote(token), quoted: text };
      default:
        return this.#number(token);
    }
  }

  #parenthesized(): Operand {
    if (++this.#depth > 1000) this.#fail('max expression depth exceeded');
    const pipe = this.#pipeline('parenthesized pipeline', ')');
    this.#depth--;
    return pipe;
  }

  #number({ type, text, pos }: Token): Operand {
    const number = type === 'char-constant' ? characterOf(this.#quoted(text)) : parseNumber(text);
    if (!number) {
      if (type === 'char-constant') this.#fail(`malformed character constant: ${text}`);
      this.#fail(`${/^[+-]?[0-9_]+$/.test(text) ? 'integer overflow' : 'illegal number syntax'}: ${quoteGo(text)}`);
    }
    return { type: 'number', pos, text, ...number };
  }

  #unquote(token: Token): string {
    return this.#quoted(token.text);
  }

  #quoted(text: string): string {
    try {
      return unquoteGo(text);
    } catch (error) {
      if (isAppError(error)) this.#fail(error.message);
      throw error;
    }
  }
}

function characterOf(text: string): { int: bigint; float: number; isFloat: false } | undefined {
  if ([...text].length !== 1) return undefined;
  const code = text.codePointAt(0) as number;
  return { int: BigInt(code), float: code, isFloat: false };
}
