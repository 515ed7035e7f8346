import type { z } from 'zod';
import type { Problem } from './config.ts';
import { didYouMean } from './problem.ts';
import { formatPath, isYamlMap, parseYaml, scalarText, type YamlPath, type YamlTree, type YamlValue } from './yaml-file.ts';

/** One configuration file while it is loaded: its tree, and the problems found in it so far, each with its line. */
export class ConfigFile {
  readonly file: string;
  readonly problems: Problem[] = [];
  readonly #tree: YamlTree;

  constructor(file: string, text: string) {
    this.file = file;
    this.#tree = parseYaml(text);
    for (const { line, message } of this.#tree.faults) {
      this.problems.push({ severity: 'error', file, line, path: '', message: `invalid YAML: ${message}` });
    }
  }

  get hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === 'error');
  }

  error(path: YamlPath, message: string): void {
    this.#add('error', path, this.#tree.lineOf(path), message);
  }

  warn(path: YamlPath, message: string): void {
    this.#add('warning', path, this.#tree.lineOf(path), message);
  }

  /** An error inside the text at `path`; `lineInText` counts from 1, and its end may lie behind the last line. */
  errorInText(path: YamlPath, lineInText: number, message: string): void {
    const lines = (this.text(path) ?? '').trimEnd().split('\n').length;
    this.#add('error', path, this.#tree.textLineOf(path) + Math.min(lineInText, lines) - 1, message);
  }

  /** The value at `path` by `schema`, or undefined when it has faults, which are then among the problems. */
  read<T>(schema: z.ZodType<T>, path: YamlPath): T | undefined {
    const parsed = schema.safeParse(this.get(path));
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) this.#addIssue(path, issue);
    return undefined;
  }

  /** What is written at `path`; undefined when nothing is. */
  get(path: YamlPath): YamlValue {
    let value: YamlValue = this.#tree.root;
    for (const step of path) {
      if (typeof step === 'number') value = Array.isArray(value) ? (value[step] as YamlValue) : undefined;
      else value = isYamlMap(value) ? value[step] : undefined;
    }
    return value;
  }

  has(path: YamlPath): boolean {
    return this.get(path) !== undefined;
  }

  /** The text of the scalar at `path`; undefined for anything else. */
  text(path: YamlPath): string | undefined {
    return scalarText(this.get(path));
  }

  /** The paths of the items of the list at `path`; none when it is no list. */
  items(path: YamlPath): YamlPath[] {
    const value = this.get(path);
    return Array.isArray(value) ? value.map((_item, i) => [...path, i]) : [];
  }

  /** The keys of the map at `path`, in file order; none when it is no map. */
  keys(path: YamlPath): string[] {
    const value = this.get(path);
    return isYamlMap(value) ? Object.keys(value) : [];
  }

  #addIssue(base: YamlPath, issue: z.core.$ZodIssue): void {
    const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
    const known = issue.code === 'custom' ? (issue.params?.known as readonly string[] | undefined) : undefined;
    this.error(path, known ? unknownKeyMessage(String(path.at(-1)), known) : issue.message);
  }

  #add(severity: Problem['severity'], path: YamlPath, line: number, message: string): void {
    this.problems.push({ severity, file: this.file, line, path: formatPath(path), message });
  }
}

function unknownKeyMessage(key: string, known: readonly string[]): string {
  const guess = didYouMean(key, known);
  return `unknown key "${key}"${guess === '' ? `; known here: ${known.toSorted().join(', ')}` : guess}`;
}
