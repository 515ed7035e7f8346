// Keeps a copy of one list of an API server: list once, then watch from where the list ended. The names are those of client-go.
import { isDeepStrictEqual } from 'node:util';
import { isAppError, messageOf } from '../../model/app-error.ts';
import type { Clock } from '../../model/clock.ts';
import { discoveryError } from '../errors.ts';
import type { ApiClient } from './api-client.ts';
import { createBackoff } from './backoff.ts';
import { type Fields, fieldsOf, itemsOf, maybeNumber, textOf } from './fields.ts';
import { keyOf, readMeta } from './meta.ts';
import { readWatchLines } from './watch-lines.ts';

/** Which list, and what becomes of its objects. */
export interface ReflectorOptions<T> {
  readonly api: ApiClient;
  readonly clock: Clock;
  /** `/api/v1/pods`. */
  readonly path: string;
  /** `labelSelector` and `fieldSelector`, where there are any. */
  readonly selectors: Readonly<Record<string, string>>;
  readonly read: (object: Fields) => T;
  /** The object of `key` is another one now, or gone. Not called for a change that `read` does not see. */
  readonly onChange: (key: string) => void;
  /** The list is complete, the first time and after each new list. */
  readonly onSynced: () => void;
  /** Undefined: it works again. */
  readonly onProblem: (message: string | undefined) => void;
  readonly limits?: Partial<ReflectorLimits>;
}

/** Bounds of what one list may hold here. */
export interface ReflectorLimits {
  readonly maxObjects: number;
  /** Of the objects as they were sent. */
  readonly maxBytes: number;
}

const LIMITS: ReflectorLimits = { maxObjects: 200_000, maxBytes: 512 * 1024 * 1024 };
const PAGE_SIZE = 500;
const LIST_TIMEOUT_MS = 60_000;
const WATCH_SECONDS = 240;
// A watch that ends sooner and says nothing is no reason to ask again at once.
const SHORT_WATCH_MS = 5_000;

interface Kept<T> {
  readonly object: T;
  readonly bytes: number;
}

/** A running copy of one list. */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #limits: ReflectorLimits;
  readonly #controller = new AbortController();
  readonly #running: Promise<void>;
  #objects = new Map<string, Kept<T>>();
  #bytes = 0;
  #version = '';
  #isFailing = false;
  isSynced = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#running = this.#run();
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)?.object;
  }

  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  /** Ends requests and timers; nothing is called afterwards. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller;
    const backoff = createBackoff(this.#options.clock);
    let mustList = true;
    while (!signal.aborted) {
      try {
        if (mustList) await this.#list();
        mustList = false;
        const startedMs = this.#options.clock.nowMs();
        const outcome = await this.#watch(() => this.#report(undefined));
        mustList = outcome === 'expired';
        if (outcome === 'progress' || this.#options.clock.nowMs() - startedMs >= SHORT_WATCH_MS) backoff.reset();
        else await backoff.wait(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#report(messageOf(error));
        mustList ||= isAppError(error, 'discovery.list_again');
        await backoff.wait(signal);
      }
    }
  }

  #report(message: string | undefined): void {
    if (this.#controller.signal.aborted || (message === undefined && !this.#isFailing)) return;
    this.#isFailing = message !== undefined;
    this.#options.onProblem(message);
  }

  async #list(): Promise<void> {
    const { api, path, selectors } = this.#options;
    const { signal } = this.#controller;
    const objects = new Map<string, Kept<T>>();
    let bytes = 0;
    let token = '';
    do {
      const query = { ...selectors, limit: String(PAGE_SIZE), ...(token !== '' && { continue: token }) };
      const { answer, sizeBytes } = await api.list(path, query, { signal, timeoutMs: LIST_TIMEOUT_MS });
      const page = fieldsOf(answer);
      const items = itemsOf(page.items);
      const metadata = fieldsOf(page.metadata);
      this.#version = textOf(metadata.resourceVersion);
      if (!textOf(page.kind).endsWith('List') || this.#version === '') {
        throw discoveryError('discovery.bad_answer', `the answer for ${path} is no list of the Kubernetes API`);
      }
      bytes += sizeBytes;
      for (const item of items) this.#keep(objects, fieldsOf(item), Math.ceil(sizeBytes / items.length));
      this.#checkLimits(objects.size, bytes);
      token = textOf(metadata.continue);
    } while (token !== '');
    this.#replace(objects, bytes);
  }

  #keep(objects: Map<string, Kept<T>>, item: Fields, bytes: number): string {
    const key = keyOf(readMeta(item));
    if (key === '') throw discoveryError('discovery.bad_answer', `an object of ${this.#options.path} has no name`);
    const object = this.#options.read(item);
    const before = this.#objects.get(key);
    // The old one where nothing that we look at has changed: heartbeats of nodes, for one.
    objects.set(key, before && isDeepStrictEqual(before.object, object) ? { object: before.object, bytes } : { object, bytes });
    return key;
  }

  #replace(objects: Map<string, Kept<T>>, bytes: number): void {
    const before = this.#objects;
    this.#objects = objects;
    this.#bytes = bytes;
    for (const key of before.keys()) if (!objects.has(key)) this.#options.onChange(key);
    for (const [key, { object }] of objects) if (before.get(key)?.object !== object) this.#options.onChange(key);
    this.isSynced = true;
    this.#options.onSynced();
  }

  /** Follows the changes until the server ends the watch (`progress`, or `quiet` when nothing was said) or does not know our version any more. */
  async #watch(onOpen: () => void): Promise<'progress' | 'quiet' | 'expired'> {
    const { api, path, selectors, clock } = this.#options;
    // Spread, so that the watches of a process that started at once do not come back at once.
    const seconds = Math.round(WATCH_SECONDS * (1 + Math.random() / 4));
    const query = {
      ...selectors,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version,
      timeoutSeconds: String(seconds),
    };
    const ended = new AbortController();
    const stop = () => ended.abort();
    const stopped = this.#controller.signal;
    stopped.addEventListener('abort', stop, { once: true });
    // A connection that died unnoticed never ends by itself.
    const timer = clock.after((seconds + 30) * 1000, stop);
    let outcome: 'progress' | 'quiet' = 'quiet';
    let isOpen = false;
    try {
      const body = await api.watch(path, query, { signal: ended.signal, timeoutMs: LIST_TIMEOUT_MS });
      if (body === 'expired') return 'expired';
      isOpen = true;
      onOpen();
      for await (const { event, sizeBytes } of readWatchLines(body)) {
        if (stopped.aborted) break;
        if (!this.#apply(event, sizeBytes)) return 'expired';
        outcome = 'progress';
      }
      return outcome;
    } catch (error) {
      if (isOpen && ended.signal.aborted && !stopped.aborted) return outcome;
      throw error;
    } finally {
      timer.cancel();
      stopped.removeEventListener('abort', stop);
    }
  }

  /** False: the server has forgotten our version. */
  #apply(event: Fields, sizeBytes: number): boolean {
    const type = textOf(event.type);
    const object = fieldsOf(event.object);
    if (type === 'ERROR') {
      if (maybeNumber(object.code) === 410) return false;
      throw discoveryError('discovery.list_again', `the API server ended the watch: ${textOf(object.message) || textOf(object.reason)}`);
    }
    const version = textOf(fieldsOf(object.metadata).resourceVersion);
    if (version === '') throw discoveryError('discovery.list_again', `an event of ${this.#options.path} has no resourceVersion`);
    if (type === 'ADDED' || type === 'MODIFIED') this.#upsert(object, sizeBytes);
    else if (type === 'DELETED') this.#remove(keyOf(readMeta(object)));
    else if (type !== 'BOOKMARK') {
      throw discoveryError('discovery.list_again', `an event of ${this.#options.path} has the unknown type "${type}"`);
    }
    this.#version = version;
    return true;
  }

  #upsert(item: Fields, sizeBytes: number): void {
    const key = keyOf(readMeta(item));
    const before = this.#objects.get(key);
    this.#checkLimits(this.#objects.size + (before ? 0 : 1), this.#bytes + sizeBytes - (before?.bytes ?? 0));
    this.#keep(this.#objects, item, sizeBytes);
    this.#bytes += sizeBytes - (before?.bytes ?? 0);
    if (this.#objects.get(key)?.object !== before?.object) this.#options.onChange(key);
  }

  #remove(key: string): void {
    const before = this.#objects.get(key);
    if (!before) return;
    this.#objects.delete(key);
    this.#bytes -= before.bytes;
    this.#options.onChange(key);
  }

  #checkLimits(count: number, bytes: number): void {
    const { maxObjects, maxBytes } = this.#limits;
    if (count <= maxObjects && bytes <= maxBytes) return;
    const excess = count > maxObjects ? `more than ${maxObjects} objects` : `more than ${Math.round(maxBytes / 1024 / 1024)} MiB`;
    throw discoveryError(
      'discovery.list_again',
      `${this.#options.path} has ${excess}: choose fewer with namespaces or selectors; what was known before stays`,
    );
  }
}
