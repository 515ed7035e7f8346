// Who reads which metric and which of its labels.
import { compileMatcher, type Matcher } from '../model/matcher.ts';
import { type LabelReads, unionOfReads } from './label-reads.ts';
import type { StoredQueries, StoredQuery, UnreadableQuery } from './stored-queries.ts';

/** No metric has this name: what matches it looks at metrics of any name. */
const NO_NAME = '\u{10FFFD} none';
const NO_READS: LabelReads = { isAll: false, names: new Set() };

/** What is known of the readers of one metric. */
export interface MetricReaders {
  /** That name it; those that look at everything do not count. */
  readonly queries: readonly StoredQuery[];
  readonly reads: LabelReads;
  readonly backMs: number;
  readonly isSlo: boolean;
  /** Named in something that could not be parsed. */
  readonly unreadable: readonly UnreadableQuery[];
}

interface NameTest {
  readonly query: StoredQuery;
  readonly reads: LabelReads;
  readonly test: (name: string) => boolean;
}

/** Answers who reads a metric. Queries over metrics of any name, such as `count by (__name__) ({__name__=~".+"})`, are kept apart. */
export class Usage {
  readonly #byName = new Map<string, { query: StoredQuery; reads: LabelReads }[]>();
  readonly #byPattern: NameTest[] = [];
  /** Of words in what could not be parsed. */
  readonly #words = new Map<string, UnreadableQuery[]>();
  /** Look at metrics of any name. */
  readonly browsing: readonly StoredQuery[];

  constructor({ queries, unreadable }: StoredQueries) {
    const browsing = new Set<StoredQuery>();
    for (const query of queries) {
      for (const { matchers, reads } of query.selectors) {
        const ofName = matchers.filter(({ name }) => name === '__name__');
        const exact = ofName.find(({ type }) => type === '=');
        if (exact) this.#addName(exact.value, query, reads);
        else if (isAny(ofName)) browsing.add(query);
        else this.#byPattern.push({ query, reads, test: testOf(ofName) });
      }
    }
    this.browsing = [...browsing];
    for (const one of unreadable)
      for (const [word] of one.expr.matchAll(/[a-zA-Z_:][\w:]*/g)) this.#words.set(word, [...(this.#words.get(word) ?? []), one]);
  }

  /** The readers of one metric. */
  of(metric: string): MetricReaders {
    const found = [...(this.#byName.get(metric) ?? []), ...this.#byPattern.filter(({ test }) => test(metric))];
    const queries = [...new Set(found.map(({ query }) => query))];
    return {
      queries,
      reads: found.reduce((all, { reads }) => unionOfReads(all, reads), NO_READS),
      backMs: Math.max(0, ...queries.map(({ backMs }) => backMs)),
      isSlo: queries.some(({ isSlo }) => isSlo),
      unreadable: this.#words.get(metric) ?? [],
    };
  }

  #addName(name: string, query: StoredQuery, reads: LabelReads): void {
    const found = this.#byName.get(name) ?? [];
    found.push({ query, reads });
    this.#byName.set(name, found);
  }
}

function isAny(ofName: readonly Matcher[]): boolean {
  return testOf(ofName)(NO_NAME);
}

function testOf(matchers: readonly Matcher[]): (name: string) => boolean {
  const tests = matchers.map(compileMatcher);
  return (name) => tests.every((test) => test(name));
}
