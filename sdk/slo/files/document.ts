// A YAML document that knows the line of every value, for files of other tools: each problem names line, path, and cure.
import { type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { Slo } from '../../schema/slo.ts';

/** Something in a file that is wrong, or that cannot be done. With an error the file's objectives are not used. */
export interface SloFileProblem {
  readonly severity: 'error' | 'warning';
  /** From 1; 0 when the file as a whole is meant. */
  readonly line: number;
  /** `slos[1].sli.events.error_query`; '' for the whole document. */
  readonly path: string;
  readonly message: string;
}

/** Keys and indexes from the top of a document. */
export type Path = readonly (string | number)[];

/** An objective and where it stands. */
export interface FoundSlo {
  readonly slo: Slo;
  readonly document: SloDocument;
  readonly path: Path;
}

/** One document of a file. */
export class SloDocument {
  readonly problems: SloFileProblem[] = [];
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  error(path: Path, message: string): void {
    this.problems.push({ severity: 'error', line: this.lineOf(path), path: pathText(path), message });
  }

  warn(path: Path, message: string): void {
    this.problems.push({ severity: 'warning', line: this.lineOf(path), path: pathText(path), message });
  }

  has(path: Path): boolean {
    return this.#node(path) !== undefined;
  }

  /** The text of a scalar, also of a number; undefined for anything else. */
  text(path: Path): string | undefined {
    const node = this.#node(path);
    if (!isScalar(node) || node.value === null) return undefined;
    return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
  }

  /** A text that must be there: its absence is a problem, and ''. */
  needed(path: Path, hint: string): string {
    const text = this.text(path)?.trim() ?? '';
    if (text === '') this.error(path, `${String(path.at(-1))} is missing; ${hint}`);
    return text;
  }

  /** A number, written plainly or in quotes; anything else that is written is a problem. */
  number(path: Path): number | undefined {
    const text = this.text(path);
    if (text === undefined) {
      if (this.has(path)) this.error(path, 'a number is wanted');
      return undefined;
    }
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value)) return value;
    this.error(path, `"${text}" is no number`);
    return undefined;
  }

  /** true or false; undefined when it is not written. */
  flag(path: Path): boolean | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    if (text === 'true' || text === 'false') return text === 'true';
    this.error(path, `"${text}" is neither true nor false`);
    return undefined;
  }

  keys(path: Path): string[] {
    const node = this.#node(path);
    return isMap(node) ? node.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
  }

  /** Paths of the items of a list. */
  items(path: Path): Path[] {
    const node = this.#node(path);
    const length = isNode(node) && 'items' in node && !isMap(node) ? (node.items as unknown[]).length : 0;
    if (length === 0 && node !== undefined && isMap(node)) this.error(path, 'a list is wanted');
    return Array.from({ length }, (_, i) => [...path, i]);
  }

  /** A map of texts. */
  texts(path: Path): Record<string, string> {
    return Object.fromEntries(this.keys(path).map((key) => [key, this.text([...path, key]) ?? '']));
  }

  /** Makes problems of keys that `known` does not hold. */
  allow(path: Path, known: readonly string[]): void {
    for (const key of this.keys(path)) {
      if (!known.includes(key)) this.error([...path, key], `unknown key "${key}"; known here: ${known.toSorted().join(', ')}`);
    }
  }

  /** Line of a value, or of its nearest parent. */
  lineOf(path: Path): number {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line;
    }
    return 1;
  }

  #node(path: Path): unknown {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    return isNode(node) && !(isScalar(node) && node.value === null) ? node : undefined;
  }
}

/** The documents of a file that hold something, and the first fault of its syntax. */
export function parseDocuments(text: string): { documents: SloDocument[]; problems: SloFileProblem[] } {
  const lines = new LineCounter();
  // Numbers keep their text, so that 99.90 is what was written.
  const parsed = parseAllDocuments(text, { lineCounter: lines, keepSourceTokens: true });
  const documents = Array.isArray(parsed) ? parsed : [];
  const fault = documents.flatMap(({ errors }) => errors)[0];
  if (fault) {
    const message = `invalid YAML: ${fault.message.split(/ at line \d+/)[0] ?? fault.message}`;
    return { documents: [], problems: [{ severity: 'error', line: fault.linePos?.[0].line ?? 1, path: '', message }] };
  }
  const maps = documents.filter(({ contents }) => isMap(contents));
  return { documents: maps.map((one) => new SloDocument(one, lines)), problems: maps.flatMap((one) => aliasProblems(one, lines)) };
}

/** Aliases would make lines ambiguous, and nobody writes objectives with them. */
function aliasProblems(document: Document, lines: LineCounter): SloFileProblem[] {
  const problems: SloFileProblem[] = [];
  visit(document, {
    Alias: (_key, node) => {
      const line = lines.linePos(node.range?.[0] ?? 0).line;
      problems.push({ severity: 'error', line, path: '', message: `the alias *${node.source} is not read here; write its value out` });
    },
  });
  return problems;
}

function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const key = /^[\w$-]+$/.test(step) ? step : JSON.stringify(step);
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
