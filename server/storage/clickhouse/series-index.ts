// Labels of all series (or log streams) in memory, with postings: label name → value → entries.
// A selection starts from the postings of one matcher that cannot match the empty string and filters by the others; without
// such a matcher it starts from everything, because an absent label is the empty string (Prometheus).
import { Labels } from '../../model/labels.ts';
import { compileMatcher, type Matcher } from '../../model/matcher.ts';
import { startStopwatch } from '../../telemetry/stopwatch.ts';
import { LabelTable } from './label-table.ts';
import { Numbered } from './numbered.ts';
import type { Turns } from './turns.ts';

/** Entries between two looks at the watch, and how long a piece of matching may take. */
const LOOK_UP_EVERY = 64;
const TURN_SECONDS = 0.004;

/** What the index holds; `id` is stable on disk. */
export interface Indexed {
  readonly id: number;
  readonly labels: Labels;
}

interface Test {
  readonly name: string;
  readonly matcher: Matcher;
  /** Remembers the answer for each distinct value. */
  readonly test: (value: string) => boolean;
}

/** The entries with one value of one label. Most values of some labels belong to one entry, and a list for it would be larger than all else of it. */
type Posting<T> = T | T[];

/** An index of label sets. */
export class SeriesIndex<T extends Indexed> {
  readonly #byId = new Numbered<T>();
  readonly #byLabels = new LabelTable<T>();
  readonly #postings = new Map<string, Map<string, Posting<T>>>();

  /** Grows whenever selections may find something else than before. */
  version = 0;

  get size(): number {
    return this.#byLabels.size;
  }

  byId(id: number): T | undefined {
    return this.#byId.get(id);
  }

  byLabels(labels: Labels): T | undefined {
    return this.#byLabels.get(labels);
  }

  /** Everything that selections find, as it is now. */
  all(): T[] {
    return this.#byLabels.values();
  }

  /** Everything that `byId` finds. */
  known(): Iterable<T> {
    return this.#byId.values();
  }

  /** Lets `byId` find an entry, and nothing else. */
  know(entry: T): void {
    this.#byId.set(entry);
  }

  add(entry: T): void {
    this.version++;
    this.#byId.set(entry);
    this.#byLabels.set(entry);
    for (const [name, value] of entry.labels) {
      const values = getOrCreate(this.#postings, name, () => new Map<string, Posting<T>>());
      const posting = values.get(value);
      if (posting === undefined) values.set(value, entry);
      else if (Array.isArray(posting)) posting.push(entry);
      else values.set(value, [posting, entry]);
    }
  }

  /** The same labels, made of the texts that other entries have already: names and values repeat, and each copy would take memory of its own. */
  withKnownTexts({ flat }: Labels): Labels {
    const shared = flat.slice();
    for (let i = 0; i < shared.length; i += 2) {
      const values = this.#postings.get(shared[i] as string);
      if (!values) continue;
      const posting = values.get(shared[i + 1] as string);
      const [other] = listOf(posting ?? values.values().next().value);
      const at = other?.labels.flat.indexOf(shared[i] as string) ?? -1;
      // A name lies at an even place; a value may be the same text.
      if (!other || at < 0 || at % 2 === 1) continue;
      shared[i] = other.labels.flat[at] as string;
      if (posting !== undefined) shared[i + 1] = other.labels.flat[at + 1] as string;
    }
    return Labels.fromSortedFlat(shared);
  }

  /** Takes entries out of all selections; `byId` still finds them, because a reference may be in use. */
  remove(gone: readonly T[]): void {
    this.version++;
    const entries = new Set(gone);
    const touched = new Map<string, Set<string>>();
    for (const { labels } of gone) {
      this.#byLabels.delete(labels);
      for (const [name, value] of labels) getOrCreate(touched, name, () => new Set<string>()).add(value);
    }
    for (const [name, values] of touched) {
      const postings = this.#postings.get(name);
      if (!postings) continue;
      for (const value of values) {
        const left = listOf(postings.get(value)).filter((entry) => !entries.has(entry));
        if (left.length === 0) postings.delete(value);
        else postings.set(value, left.length === 1 ? (left[0] as T) : left);
      }
      if (postings.size === 0) this.#postings.delete(name);
    }
  }

  /** Forgets an entry that was removed. */
  discard(entry: T): void {
    this.#byId.delete(entry.id);
  }

  /** All entries that match, in no order. Throws `matcher.bad_regexp`. */
  match(matchers: readonly Matcher[]): T[] {
    const found: T[] = [];
    for (const entry of this.#matching(matchers)) if (entry) found.push(entry);
    return found;
  }

  /** As `match`, giving way to other work: a regular expression may be slow, and be tested on a million values. What `checkpoint` throws ends it. */
  async matchInTurns(matchers: readonly Matcher[], turns: Turns, checkpoint: (found: number) => void): Promise<T[]> {
    const found: T[] = [];
    let tested = 0;
    let sinceTurn = startStopwatch();
    for (const entry of this.#matching(matchers)) {
      if (entry) found.push(entry);
      if (++tested % LOOK_UP_EVERY !== 0) continue;
      checkpoint(found.length);
      if (sinceTurn() < TURN_SECONDS) continue;
      await turns.next();
      sinceTurn = startStopwatch();
    }
    return found;
  }

  /** Matching entries, and nothing for each test that found none. */
  *#matching(matchers: readonly Matcher[]): Iterable<T | undefined> {
    const tests = matchers.map(compileTest);
    const bases = tests.filter(({ test }) => !test(''));
    const base = bases.find(({ matcher }) => matcher.type === '=' && matcher.name !== '__name__') ?? bases.find(isEquality) ?? bases[0];
    const rest = tests.filter((test) => test !== base);
    for (const entry of base ? this.#posted(base) : this.all())
      yield entry && rest.every(({ name, test }) => test(entry.labels.get(name))) ? entry : undefined;
  }

  /** Entries that match any of the sets; all without a set. */
  matchAny(sets: readonly (readonly Matcher[])[]): T[] {
    if (sets.length === 0) return this.all();
    return sets.length === 1 ? this.match(sets[0] as readonly Matcher[]) : [...new Set(sets.flatMap((set) => this.match(set)))];
  }

  /** As `matchAny`, giving way to other work. */
  async matchAnyInTurns(sets: readonly (readonly Matcher[])[], turns: Turns, checkpoint: () => void): Promise<T[]> {
    if (sets.length === 0) return this.all();
    const found: T[][] = [];
    for (const set of sets) found.push(await this.matchInTurns(set, turns, checkpoint));
    return found.length === 1 ? (found[0] as T[]) : [...new Set(found.flat())];
  }

  /** How many entries have this value of this label. */
  count(name: string, value: string): number {
    return sizeOf(this.#postings.get(name)?.get(value));
  }

  /** How many entries have each value of each label. */
  counts(): Map<string, Map<string, number>> {
    const counts = new Map<string, Map<string, number>>();
    for (const [name, values] of this.#postings) {
      const sizes = new Map<string, number>();
      for (const [value, posting] of values) sizes.set(value, sizeOf(posting));
      counts.set(name, sizes);
    }
    return counts;
  }

  *#posted({ matcher, name, test }: Test): Iterable<T | undefined> {
    const values = this.#postings.get(name);
    if (!values) return;
    if (matcher.type === '=') {
      yield* listOf(values.get(matcher.value));
      return;
    }
    for (const [value, posting] of values) {
      if (test(value)) yield* listOf(posting);
      else yield undefined;
    }
  }
}

function listOf<T>(posting: Posting<T> | undefined): readonly T[] {
  return posting === undefined ? [] : Array.isArray(posting) ? posting : [posting];
}

function sizeOf<T>(posting: Posting<T> | undefined): number {
  return listOf(posting).length;
}

function isEquality({ matcher }: Test): boolean {
  return matcher.type === '=';
}

function compileTest(matcher: Matcher): Test {
  const isMatch = compileMatcher(matcher);
  if (matcher.type === '=' || matcher.type === '!=') return { name: matcher.name, matcher, test: isMatch };
  const known = new Map<string, boolean>();
  const test = (value: string) => {
    let answer = known.get(value);
    if (answer === undefined) {
      answer = isMatch(value);
      known.set(value, answer);
    }
    return answer;
  };
  return { name: matcher.name, matcher, test };
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}
