// Layout: one flat, frozen array [name1, value1, name2, value2, …], sorted by name, without empty values.
// Flat because it is handed to worker threads and compared far more often than it is read by name.

// A lone surrogate cannot occur in text decoded from UTF-8, so it separates without ambiguity.
const SEPARATOR = '\ud800';

/** An immutable, sorted label set. A label with an empty value is the same as no label (Prometheus data model). */
export class Labels implements Iterable<readonly [name: string, value: string]> {
  static readonly EMPTY = new Labels(Object.freeze([]));
  #key: string | undefined;

  readonly flat: readonly string[];

  private constructor(flat: readonly string[]) {
    this.flat = flat;
  }

  /** From pairs in any order; the last of equal names wins, empty values are dropped. */
  static fromEntries(entries: Iterable<readonly [string, string]>): Labels {
    const byName = new Map<string, string>();
    for (const [name, value] of entries) {
      byName.delete(name);
      if (value !== '') byName.set(name, value);
    }
    if (byName.size === 0) return Labels.EMPTY;
    const flat: string[] = [];
    for (const name of [...byName.keys()].sort(compareText)) flat.push(name, byName.get(name) as string);
    return new Labels(Object.freeze(flat));
  }

  static from(object: Readonly<Record<string, string>>): Labels {
    return Labels.fromEntries(Object.entries(object));
  }

  /** Trusts the caller that `flat` is sorted by name and has neither duplicates nor empty values. */
  static fromSortedFlat(flat: readonly string[]): Labels {
    return flat.length === 0 ? Labels.EMPTY : new Labels(flat);
  }

  get size(): number {
    return this.flat.length / 2;
  }

  /** The value of `name`, or '' when it is absent. */
  get(name: string): string {
    for (let i = 0; i < this.flat.length; i += 2) if (this.flat[i] === name) return this.flat[i + 1] as string;
    return '';
  }

  has(name: string): boolean {
    return this.get(name) !== '';
  }

  /** The metric name (`__name__`), or ''. */
  get metricName(): string {
    return this.get('__name__');
  }

  /** Only the named labels. */
  keep(names: ReadonlySet<string>): Labels {
    return this.#filter((name) => names.has(name));
  }

  /** All but the named labels. */
  drop(names: ReadonlySet<string>): Labels {
    return this.#filter((name) => !names.has(name));
  }

  /** With `name` set to `value`; an empty value removes it. */
  with(name: string, value: string): Labels {
    if (this.get(name) === value) return this;
    return Labels.fromEntries([...this, [name, value] as const]);
  }

  /** With all of `other` added; on a clash `other` wins. */
  merge(other: Labels): Labels {
    if (other.size === 0) return this;
    return this.size === 0 ? other : Labels.fromEntries([...this, ...other]);
  }

  /** A string that is equal exactly when the label sets are equal: for Map keys. Cached. */
  key(): string {
    this.#key ??= this.flat.join(SEPARATOR);
    return this.#key;
  }

  equals(other: Labels): boolean {
    return this === other || (this.flat.length === other.flat.length && this.key() === other.key());
  }

  /** Order of Prometheus' `labels.Compare`: name by name and value by value. */
  compare(other: Labels): number {
    const shared = Math.min(this.flat.length, other.flat.length);
    for (let i = 0; i < shared; i++) {
      const order = compareText(this.flat[i] as string, other.flat[i] as string);
      if (order !== 0) return order;
    }
    return this.flat.length - other.flat.length;
  }

  toObject(): Record<string, string> {
    const object: Record<string, string> = Object.create(null);
    for (const [name, value] of this) object[name] = value;
    return { ...object };
  }

  /** PromQL's notation: `name{a="b"}`; `{}` when empty. */
  toString(): string {
    const pairs: string[] = [];
    for (const [name, value] of this) if (name !== '__name__') pairs.push(`${name}=${JSON.stringify(value)}`);
    const metric = this.metricName;
    return pairs.length === 0 && metric !== '' ? metric : `${metric}{${pairs.join(', ')}}`;
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (let i = 0; i < this.flat.length; i += 2) yield [this.flat[i] as string, this.flat[i + 1] as string];
  }

  #filter(isKept: (name: string) => boolean): Labels {
    const flat: string[] = [];
    for (let i = 0; i < this.flat.length; i += 2)
      if (isKept(this.flat[i] as string)) flat.push(this.flat[i] as string, this.flat[i + 1] as string);
    return flat.length === this.flat.length ? this : Labels.fromSortedFlat(Object.freeze(flat));
  }
}

/** Orders text by code unit, which equals Go's byte order for everything in the basic plane. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
