/** Where a JSON text stops being JSON. */
export interface JsonError {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

/** The first syntax error of a text that JSON.parse refused, with its place, which JSON.parse tells only sometimes. */
export function locateJsonError(text: string): JsonError {
  const scanner = new Scanner(text);
  const message = scanner.run() ?? 'the text ends before the value does';
  const before = text.slice(0, scanner.at);
  return { line: before.split('\n').length, column: scanner.at - before.lastIndexOf('\n'), message };
}

const SPACE = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these within a string
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'separator';
type Step = { readonly next: Expected } | { readonly problem: string };

// A stack of open brackets instead of recursion: depth is the file's to choose.
class Scanner {
  at = 0;
  readonly #text: string;
  readonly #open: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** What is wrong at `at`; undefined at an early end. */
  run(): string | undefined {
    let expected: Expected = 'value';
    for (;;) {
      this.#take(SPACE);
      const char = this.#text[this.at];
      if (char === undefined) return undefined;
      const step: Step = this.#step(expected, char);
      if ('problem' in step) return step.problem;
      expected = step.next;
    }
  }

  #step(expected: Expected, char: string): Step {
    if (expected === 'separator') return this.#separator(char);
    if (expected === 'colon') return char === ':' ? this.#skip('value') : this.#fail('":"');
    if (expected === 'name' || expected === 'name or }') return this.#name(char, expected === 'name or }');
    return this.#value(char, expected === 'value or ]');
  }

  #separator(char: string): Step {
    const closer = this.#open.at(-1);
    if (closer === undefined) return { problem: `${this.#found()} stands after the end of the value` };
    if (char === closer) return this.#close();
    return char === ',' ? this.#skip(closer === '}' ? 'name' : 'value') : this.#fail(`"," or "${closer}"`);
  }

  #name(char: string, mayClose: boolean): Step {
    if (char === '}') return mayClose ? this.#close() : { problem: 'a comma stands before "}": remove it' };
    return this.#take(STRING) ? { next: 'colon' } : this.#fail('a member name in double quotes');
  }

  #value(char: string, mayClose: boolean): Step {
    if (char === '{' || char === '[') {
      this.#open.push(char === '{' ? '}' : ']');
      return this.#skip(char === '{' ? 'name or }' : 'value or ]');
    }
    if (char === ']' && mayClose) return this.#close();
    if (char === ']' && this.#open.at(-1) === ']') return { problem: 'a comma stands before "]": remove it' };
    return this.#take(STRING) || this.#take(SCALAR) ? { next: 'separator' } : this.#fail('a value');
  }

  #skip(next: Expected): Step {
    this.at++;
    return { next };
  }

  #close(): Step {
    this.#open.pop();
    return this.#skip('separator');
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (!match || match[0] === '') return false;
    this.at = pattern.lastIndex;
    return true;
  }

  #fail(wanted: string): Step {
    return { problem: `expected ${wanted} but found ${this.#found()}` };
  }

  #found(): string {
    const word = /^(?:"[^"\n]{0,20}"?|[\w.-]{1,20}|[\s\S])/u.exec(this.#text.slice(this.at, this.at + 24))?.[0] ?? '';
    return word.startsWith('"') ? word : JSON.stringify(word);
  }
}
