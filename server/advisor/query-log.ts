// Which expressions are asked, how often, when last and how far back: what "nobody reads it" is judged by. One entry for each expression in
// its normal form; bounded in number and in text, the least recently asked go first. Kept in the state store in sixteen documents, of which
// only the changed ones are written, at most once a minute.
import { createHash } from 'node:crypto';
import { messageOf } from '../model/app-error.ts';
import type { Clock, Timer } from '../model/clock.ts';
import { type LanguageFeatures, NO_FEATURES } from '../model/language-features.ts';
import type { Matcher } from '../model/matcher.ts';
import type { Expr } from '../promql/parse/ast.ts';
import { formatExpr } from '../promql/parse/format.ts';
import { parseExpr } from '../promql/parse/parse.ts';
import { selectorsOf } from '../promql/parse/selectors-of.ts';
import type { StateStore } from '../storage/store.ts';
import { reachOf } from './label-reads.ts';
import { Pace } from './pace.ts';

const NAMESPACE = 'query-log';
const META = 'since';
const META_COMPLETE = 'complete-since';
const BUCKETS = 16;
const WRITE_EVERY_MS = 60_000;
const MAX_ENTRIES = 2_000;
const MAX_TEXT = 1_000_000;
/** Of what is longer only the selectors are kept. */
const MAX_EXPR = 8_192;
const MAX_ASKED = 262_144;
const MAX_PENDING = 500;
/** Texts as they were asked, so that what is asked again is not parsed again. */
const MAX_KNOWN_TEXTS = 4_000;
const FORGET_AFTER_MS = 90 * 86_400_000;

/** One expression that was asked. */
export interface LoggedQuery {
  /** In its normal form. */
  readonly expr: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** How far before the time of asking it looked, at most. */
  readonly backMs: number;
}

type Entry = { -readonly [Key in keyof LoggedQuery]: LoggedQuery[Key] } & {
  /** How far back of itself. */
  readonly reachMs: number;
  /** Of the document that it stands in. */
  readonly bucket: number;
};

interface Asked {
  count: number;
  readonly firstMs: number;
  lastMs: number;
  /** From the time of asking to the first step. */
  startedBackMs: number;
}

export interface QueryLogDeps {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly features?: LanguageFeatures | undefined;
  readonly warn: (message: string) => void;
}

/** The log of queries. */
export class QueryLog {
  readonly #deps: QueryLogDeps;
  /** By normal form, least recently asked first. */
  readonly #entries = new Map<string, Entry>();
  readonly #known = new Map<string, Entry>();
  #pending = new Map<string, Asked>();
  readonly #dirty = new Set<number>();
  #sinceMs: number;
  /** What was asked before may have been forgotten for want of room. */
  #completeSinceMs = 0;
  #textLength = 0;
  #isReading = false;
  #writing: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;

  constructor(deps: QueryLogDeps) {
    this.#deps = deps;
    this.#sinceMs = deps.clock.nowMs();
  }

  /** Reads what was kept, and begins to write. */
  async start(): Promise<void> {
    const kept = await this.#deps.state.entries(NAMESPACE);
    const entries: Entry[] = [];
    for (const [key, text] of kept) {
      try {
        if (key === META_COMPLETE) this.#completeSinceMs = Number(JSON.parse(text)) || 0;
        else if (key === META) this.#sinceMs = Math.min(this.#sinceMs, Number(JSON.parse(text)) || this.#sinceMs);
        else entries.push(...(JSON.parse(text) as Entry[]));
      } catch (error) {
        this.#deps.warn(`a part of the query log cannot be read and begins anew: ${messageOf(error)}`);
      }
    }
    for (const entry of entries.sort((a, b) => a.lastMs - b.lastMs)) this.#add(entry);
    if (!kept.has(META)) await this.#deps.state.put(NAMESPACE, META, JSON.stringify(this.#sinceMs));
    this.#dirty.clear();
    this.#schedule();
  }

  /** Since when all queries are known: since they are kept, or since the last one that had to be forgotten for want of room. */
  get sinceMs(): number {
    return Math.max(this.#sinceMs, this.#completeSinceMs);
  }

  /** Notes that `expr` was asked for times from `startMs` on. Takes about a microsecond where it was asked before. */
  record(expr: string, startMs: number): void {
    const nowMs = this.#deps.clock.nowMs();
    if (expr.length > MAX_ASKED) {
      this.#forgotten(nowMs);
      return;
    }
    const startedBackMs = Math.max(0, nowMs - startMs);
    const entry = this.#known.get(expr);
    const asked = this.#pending.get(expr);
    if (entry) {
      this.#count(entry, { count: 1, firstMs: nowMs, lastMs: nowMs, startedBackMs });
      return;
    }
    if (asked) {
      asked.count++;
      asked.lastMs = nowMs;
      asked.startedBackMs = Math.max(asked.startedBackMs, startedBackMs);
    } else if (this.#pending.size < MAX_PENDING) this.#pending.set(expr, { count: 1, firstMs: nowMs, lastMs: nowMs, startedBackMs });
    else this.#forgotten(nowMs);
    if (!this.#isReading) setImmediate(() => void this.#readPending());
    this.#isReading = true;
  }

  /** Queries asked at or after `sinceMs`, the most recently asked last. */
  async queries(sinceMs: number): Promise<LoggedQuery[]> {
    await this.#readPending();
    return [...this.#entries.values()]
      .filter(({ lastMs }) => lastMs >= sinceMs)
      .map(({ expr, count, firstMs, lastMs, backMs }) => ({ expr, count, firstMs, lastMs, backMs }));
  }

  /** Writes what is not written yet and ends. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#readPending();
    await this.#write();
  }

  /** Parses new texts, a few in each turn. What is no PromQL was answered with an error and is not noted. */
  async #readPending(): Promise<void> {
    const pace = new Pace();
    const pending = this.#pending;
    this.#pending = new Map();
    this.#isReading = false;
    for (const [text, asked] of pending) {
      await pace.rest();
      const entry = this.#normalise(text, asked);
      if (!entry) continue;
      if (this.#known.size >= MAX_KNOWN_TEXTS) this.#known.clear();
      this.#known.set(text, entry);
      this.#count(entry, asked);
    }
  }

  #normalise(text: string, { firstMs }: Asked): Entry | undefined {
    try {
      const parsed = parseExpr(text, this.#deps.features ?? NO_FEATURES);
      const expr = boundedText(parsed);
      if (expr === undefined) {
        this.#forgotten(firstMs);
        return undefined;
      }
      return (
        this.#entries.get(expr) ??
        this.#add({ expr, count: 0, firstMs, lastMs: firstMs, backMs: 0, reachMs: reachOf(parsed), bucket: bucketOf(expr) })
      );
    } catch {
      return undefined; // not PromQL: whoever asked was told
    }
  }

  #count(entry: Entry, { count, lastMs, startedBackMs }: Asked): void {
    entry.count += count;
    entry.lastMs = Math.max(entry.lastMs, lastMs);
    entry.backMs = Math.max(entry.backMs, startedBackMs + entry.reachMs);
    // Behind all others: it is the most recent one.
    if (this.#entries.delete(entry.expr)) this.#entries.set(entry.expr, entry);
    else this.#add(entry);
    this.#dirty.add(entry.bucket);
  }

  #add(entry: Entry): Entry {
    this.#entries.set(entry.expr, entry);
    this.#textLength += entry.expr.length;
    while (this.#entries.size > MAX_ENTRIES || (this.#textLength > MAX_TEXT && this.#entries.size > 1))
      this.#forgotten(this.#forgetOldest()?.lastMs ?? 0);
    return entry;
  }

  #forgetOldest(): Entry | undefined {
    const [oldest] = this.#entries.values();
    if (!oldest) return undefined;
    this.#entries.delete(oldest.expr);
    this.#textLength -= oldest.expr.length;
    this.#dirty.add(oldest.bucket);
    return oldest;
  }

  #forgotten(askedMs: number): void {
    this.#completeSinceMs = Math.max(this.#completeSinceMs, askedMs + 1);
  }

  #schedule(): void {
    this.#timer = this.#deps.clock.after(WRITE_EVERY_MS, () => {
      this.#writing = this.#write().finally(() => this.#schedule());
    });
  }

  async #write(): Promise<void> {
    await this.#writing;
    const oldMs = this.#deps.clock.nowMs() - FORGET_AFTER_MS;
    for (const { lastMs } of [...this.#entries.values()]) {
      if (lastMs >= oldMs) break;
      this.#forgetOldest();
    }
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    if (dirty.length === 0) return;
    const documents = new Map(dirty.map((bucket): [number, Entry[]] => [bucket, []]));
    for (const entry of this.#entries.values()) documents.get(entry.bucket)?.push(entry);
    try {
      const { state } = this.#deps;
      if (this.#completeSinceMs > 0) await state.put(NAMESPACE, META_COMPLETE, JSON.stringify(this.#completeSinceMs));
      await Promise.all([...documents].map(([bucket, entries]) => state.put(NAMESPACE, String(bucket), JSON.stringify(entries))));
    } catch (error) {
      for (const bucket of dirty) this.#dirty.add(bucket);
      this.#deps.warn(`the query log could not be written and is written later: ${messageOf(error)}`);
    }
  }
}

/** The normal form; of a long expression its selectors by name, which read all labels: more than it does, never less. */
function boundedText(parsed: Expr): string | undefined {
  const expr = formatExpr(parsed);
  if (expr.length <= MAX_EXPR) return expr;
  const selectors = selectorsOf(parsed).map(({ matchers }) => {
    const ofName = matchers.filter(({ name }) => name === '__name__');
    return `{${(ofName.length > 0 ? ofName : matchers).map(formatMatcher).join(',')}}`;
  });
  const short = [...new Set(selectors)].sort().join(' or ');
  return short.length <= MAX_EXPR ? formatExpr(parseExpr(short)) : undefined;
}

function formatMatcher({ name, type, value }: Matcher): string {
  return `${JSON.stringify(name)}${type}${JSON.stringify(value)}`;
}

function bucketOf(expr: string): number {
  return (createHash('sha1').update(expr).digest()[0] as number) % BUCKETS;
}
