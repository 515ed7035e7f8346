// The labels of the line that is being processed. One object is used for all lines of a query: `reset` begins a line.
// Three layers: the stream's labels, the line's structured metadata, and what stages set; a later one hides an earlier one.
import { Labels } from '../../model/labels.ts';
import { DUPLICATE_SUFFIX } from './label-key.ts';

export const ERROR = '__error__';
export const ERROR_DETAILS = '__error_details__';

export class LineLabels {
  #stream: Labels = Labels.EMPTY;
  #metadata: readonly string[] = [];
  /** What stages set; '' means that a stage removed the label. */
  readonly #set = new Map<string, string>();
  /** Those of `#set` that stages other than parsers set: a parser may overwrite them. */
  readonly #assigned = new Set<string>();
  /** Label sets by their key: lines of a stream share most of them. */
  readonly #cache = new Map<string, Labels>();

  /** Begins a line; `metadata` is [name1, value1, …]. */
  reset(stream: Labels, metadata: readonly string[]): void {
    this.#stream = stream;
    this.#metadata = metadata;
    if (this.#set.size > 0) this.#set.clear();
    if (this.#assigned.size > 0) this.#assigned.clear();
  }

  /** The stream's labels. */
  get stream(): Labels {
    return this.#stream;
  }

  get hasMetadata(): boolean {
    return this.#metadata.length > 0;
  }

  /** The value, '' when there is none. */
  get(name: string): string {
    const set = this.#set.get(name);
    if (set !== undefined) return set;
    const metadata = this.#metadata;
    for (let i = 0; i < metadata.length; i += 2) if (metadata[i] === name) return metadata[i + 1] as string;
    return this.#stream.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== '';
  }

  /** Whether the stream or the metadata has the label: what parsers extract under such a name gets the suffix `_extracted`. */
  hasBase(name: string): boolean {
    const metadata = this.#metadata;
    for (let i = 0; i < metadata.length; i += 2) if (metadata[i] === name) return true;
    return this.#stream.has(name);
  }

  /** Whether a stage of this line set the label. */
  isSet(name: string): boolean {
    return this.#set.has(name);
  }

  set(name: string, value: string): void {
    this.#set.set(name, value);
    this.#assigned.add(name);
  }

  /** What a parser found; of a name that parsers find twice the first value is kept, as Loki documents. */
  extract(name: string, value: string): void {
    if (this.#set.has(name) && !this.#assigned.has(name)) return;
    this.#set.set(name, value);
    if (this.#assigned.size > 0) this.#assigned.delete(name);
  }

  /** `extract` under `name`, or with the suffix `_extracted` where the stream or the metadata has such a label. */
  extractField(name: string, value: string): void {
    this.extract(this.hasBase(name) ? name + DUPLICATE_SUFFIX : name, value);
  }

  delete(name: string): void {
    if (this.get(name) !== '' || this.#set.has(name)) this.#set.set(name, '');
  }

  /** Notes the error of a stage (`JSONParserErr`, …) as Loki does, in labels; the last one of a line stays. */
  fail(error: string, details: string): void {
    this.#set.set(ERROR, error);
    if (details !== '') this.#set.set(ERROR_DETAILS, details);
  }

  hasError(): boolean {
    return this.get(ERROR) !== '';
  }

  /** All names that have a value now. */
  names(): string[] {
    const names = new Set<string>();
    for (const [name] of this.#stream) names.add(name);
    for (let i = 0; i < this.#metadata.length; i += 2) names.add(this.#metadata[i] as string);
    for (const [name] of this.#set) names.add(name);
    return [...names].filter((name) => this.get(name) !== '');
  }

  /** All labels. The same object for lines with the same labels, as far as the cache goes. */
  labels(): Labels {
    if (this.#set.size === 0 && this.#metadata.length === 0) return this.#stream;
    const entries: [string, string][] = [...this.#stream] as [string, string][];
    for (let i = 0; i < this.#metadata.length; i += 2) entries.push([this.#metadata[i] as string, this.#metadata[i + 1] as string]);
    for (const pair of this.#set) entries.push(pair);
    return this.#intern(Labels.fromEntries(entries));
  }

  /** The part of `labels()` that is structured metadata, unchanged by stages. */
  metadata(): Labels {
    if (this.#metadata.length === 0) return Labels.EMPTY;
    const entries: [string, string][] = [];
    for (let i = 0; i < this.#metadata.length; i += 2) {
      const name = this.#metadata[i] as string;
      if (!this.#set.has(name)) entries.push([name, this.#metadata[i + 1] as string]);
    }
    return this.#intern(Labels.fromEntries(entries));
  }

  /** The part of `labels()` that stages set. */
  parsed(): Labels {
    return this.#set.size === 0 ? Labels.EMPTY : this.#intern(Labels.fromEntries(this.#set));
  }

  #intern(labels: Labels): Labels {
    const key = labels.key();
    const known = this.#cache.get(key);
    if (known) return known;
    if (this.#cache.size > 10_000) this.#cache.clear();
    this.#cache.set(key, labels);
    return labels;
  }
}
