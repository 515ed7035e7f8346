// Regular expressions of matchers, as far as examples need them: an expression becomes a tree, which gives one text that matches and
// tells whether a text does. What is not understood (classes by name, look-around) is undefined rather than guessed.

/** What an expression stands for. */
export interface Pattern {
  /** A text that matches. */
  readonly example: string;
  /** Whether the whole text matches. */
  matches(text: string): boolean;
}

/** One alternative is a row of parts; a part is repeated `min` to `max` times. */
type Alternatives = readonly (readonly Part[])[];

interface Part {
  readonly min: number;
  readonly max: number;
  readonly example: string;
  /** Positions behind one occurrence that begins at `at`. */
  readonly step: (text: string, at: number) => readonly number[];
}

const MOST_REPEATED = 1_000;

/** The pattern of an expression; undefined when it uses what is not known here. */
export function parsePattern(source: string): Pattern | undefined {
  const reader = new Reader(source);
  const tree = reader.alternatives();
  if (tree === undefined || !reader.isAtEnd) return undefined;
  return { example: exampleOf(tree), matches: (text) => endsOf(tree, text, [0]).includes(text.length) };
}

function exampleOf([first = []]: Alternatives): string {
  // `.*` is shown by one character: an empty label would be no label.
  return first
    .map(({ min, max, example }) => example.repeat(Math.max(min, Math.min(max, min === 0 && max < Number.POSITIVE_INFINITY ? 0 : 1))))
    .join('');
}

function endsOf(tree: Alternatives, text: string, starts: readonly number[]): readonly number[] {
  return unique(tree.flatMap((parts) => parts.reduce((at, part) => repeat(part, text, at), starts)));
}

function repeat({ min, max, step }: Part, text: string, starts: readonly number[]): readonly number[] {
  let current = starts;
  const ends: number[] = min === 0 ? [...starts] : [];
  for (let count = 1; count <= max && current.length > 0 && count <= text.length + 1; count++) {
    current = unique(current.flatMap((at) => step(text, at)));
    if (count >= min) ends.push(...current);
  }
  return unique(ends);
}

function unique(positions: readonly number[]): readonly number[] {
  return [...new Set(positions)];
}

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#source.length;
  }

  alternatives(): Alternatives | undefined {
    const tree: Part[][] = [[]];
    while (!this.isAtEnd && this.#peek() !== ')') {
      if (this.#take('|')) {
        tree.push([]);
        continue;
      }
      const part = this.#part();
      if (part === undefined) return undefined;
      tree.at(-1)?.push(part);
    }
    return tree;
  }

  #part(): Part | undefined {
    const one = this.#atom();
    if (one === undefined) return undefined;
    const [min, max] = this.#repetition();
    if (min > MOST_REPEATED) return undefined;
    return { ...one, min, max };
  }

  #repetition(): readonly [min: number, max: number] {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    const counts = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#source.slice(this.#at));
    if (!counts) return [1, 1];
    this.#at += counts[0].length;
    const min = Number(counts[1]);
    return [min, counts[2] === undefined ? min : counts[3] === '' ? Number.POSITIVE_INFINITY : Number(counts[3])];
  }

  #atom(): Pick<Part, 'example' | 'step'> | undefined {
    if (this.#take('(')) {
      this.#take('?:');
      if (this.#peek() === '?') return undefined;
      const tree = this.alternatives();
      if (tree === undefined || !this.#take(')')) return undefined;
      return { example: exampleOf(tree), step: (text, at) => endsOf(tree, text, [at]) };
    }
    if (this.#take('.')) return one('0', () => true);
    if (this.#take('[')) return this.#class();
    const escaped = this.#take('\\');
    const character = this.#next();
    if (character === undefined || (!escaped && '*+?{}()]^$'.includes(character))) return undefined;
    if (!escaped || !/[a-zA-Z0-9]/.test(character)) return one(character, (other) => other === character);
    if (character === 'd') return one('0', (other) => /\d/.test(other));
    return character === 'w' ? one('x', (other) => /\w/.test(other)) : undefined;
  }

  #class(): Pick<Part, 'example' | 'step'> | undefined {
    const isNegated = this.#take('^');
    const ranges: [low: string, high: string][] = [];
    while (!this.isAtEnd && this.#peek() !== ']') {
      const low = this.#next() as string;
      if (low === '\\' || low === '[') return undefined;
      const isRange = this.#peek() === '-' && this.#source[this.#at + 1] !== ']';
      if (isRange) this.#at++;
      ranges.push([low, isRange ? (this.#next() ?? low) : low]);
    }
    const [first] = ranges;
    if (!this.#take(']') || !first) return undefined;
    const has = (other: string) => ranges.some(([low, high]) => low <= other && other <= high) !== isNegated;
    const example = isNegated ? ['x', '0', '_', ' '].find(has) : first[0];
    return example === undefined ? undefined : one(example, has);
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #next(): string | undefined {
    return this.#source[this.#at++];
  }

  #take(text: string): boolean {
    const is = this.#source.startsWith(text, this.#at);
    if (is) this.#at += text.length;
    return is;
  }
}

function one(example: string, has: (character: string) => boolean): Pick<Part, 'example' | 'step'> {
  return { example, step: (text, at) => (at < text.length && has(text[at] as string) ? [at + 1] : []) };
}
