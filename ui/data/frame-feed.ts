// The data of one dashboard. Panels in sight say what they want; what is due is asked for in one streamed request.
// A panel keeps its old data until the new is complete, so nothing flickers; panels out of sight wait; a refresh fetches the tail.
import type { FrameQuery, FramesRequest } from '@alidade/sdk/schema';
import { messageOf } from './client.ts';
import { mergeTails, tailStart } from './frame-tail.ts';
import { type Frame, streamFrames } from './frames.ts';
import type { AbsoluteRange } from './time-range.ts';

/** What a panel in sight needs. */
export interface PanelWish {
  readonly queries: readonly FrameQuery[];
  readonly maxDataPoints: number;
}

/** What a panel can show now. */
export interface PanelData {
  readonly frames: readonly Frame[];
  /** The range that `frames` answer, undefined before the first answer. */
  readonly range: AbsoluteRange | undefined;
  readonly isLoading: boolean;
  /** The request itself failed; failures of single queries are in their frames. */
  readonly error: string | undefined;
}

/** The question of all panels. */
export interface FeedQuestion {
  readonly range: AbsoluteRange;
  readonly variables: Readonly<Record<string, string | readonly string[]>>;
}

interface PanelState {
  wish: PanelWish | undefined;
  data: PanelData;
  /** Key of the question that `data` answers, and of the one under way. */
  answered: string;
  asking: string;
  arrived: Frame[];
  /** What `data.frames` were asked with, and the end of the last range that was asked for as a whole. */
  knownKey: string;
  fullToMs: number;
  readonly listeners: Set<() => void>;
}

/** One panel's part of a request. `sinceMs` undefined = the whole range. */
interface Asked {
  readonly id: string;
  readonly panel: PanelState;
  readonly wish: PanelWish;
  readonly sinceMs: number | undefined;
}

type Send = typeof streamFrames;

const NOTHING: PanelData = { frames: [], range: undefined, isLoading: false, error: undefined };

/** One per dashboard; `ask` on every new range or refresh, `stop` at the end. */
export class FrameFeed {
  readonly #send: Send;
  readonly #panels = new Map<string, PanelState>();
  readonly #requests = new Set<AbortController>();
  #question: FeedQuestion | undefined;
  #isFlushDue = false;

  constructor(send: Send = streamFrames) {
    this.#send = send;
  }

  /** Asks anew for all panels in sight. A refresh leaves alone what is still under way; a different span or variables abort it. */
  ask(question: FeedQuestion): void {
    const before = this.#question;
    this.#question = question;
    if (before !== undefined && !isRefresh(before, question)) this.#abort();
    this.#flushSoon();
  }

  /** A panel came into sight or changed what it needs; undefined = out of sight. */
  want(id: string, wish: PanelWish | undefined): void {
    this.#panel(id).wish = wish;
    this.#flushSoon();
  }

  /** What the panel can show; the same object until something changed. */
  get(id: string): PanelData {
    return this.#panels.get(id)?.data ?? NOTHING;
  }

  /** Calls `listener` after each change of this panel's data; answers a function that ends it. */
  subscribe(id: string, listener: () => void): () => void {
    const { listeners } = this.#panel(id);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Aborts what is under way. */
  stop(): void {
    this.#abort();
  }

  #panel(id: string): PanelState {
    const known = this.#panels.get(id);
    if (known) return known;
    const made: PanelState = {
      wish: undefined,
      data: NOTHING,
      answered: '',
      asking: '',
      arrived: [],
      knownKey: '',
      fullToMs: 0,
      listeners: new Set(),
    };
    this.#panels.set(id, made);
    return made;
  }

  #abort(): void {
    for (const request of this.#requests) request.abort();
    this.#requests.clear();
    for (const panel of this.#panels.values()) panel.asking = '';
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    queueMicrotask(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    const question = this.#question;
    if (question === undefined) return;
    const due: Asked[] = [];
    for (const [id, panel] of this.#panels) {
      const { wish } = panel;
      if (wish === undefined || wish.queries.length === 0 || panel.asking !== '') continue;
      if (panel.answered !== keyOf(question, wish)) due.push({ id, panel, wish, sinceMs: sinceOf(question, panel, wish) });
    }
    if (due.length > 0) void this.#request(question, due);
  }

  async #request(question: FeedQuestion, due: readonly Asked[]): Promise<void> {
    const controller = new AbortController();
    this.#requests.add(controller);
    const waiting = new Map(due.map((asked) => [asked.id, asked]));
    for (const { panel, wish } of due) {
      panel.asking = keyOf(question, wish);
      panel.arrived = [];
      this.#update(panel, { isLoading: true });
    }
    const onFrame = (frame: Frame) => {
      const asked = waiting.get(frame.panel);
      if (asked === undefined || controller.signal.aborted) return;
      asked.panel.arrived.push(frame);
      if (asked.panel.arrived.length < asked.wish.queries.length) return;
      waiting.delete(frame.panel);
      this.#complete(asked, question);
    };
    let problem: string;
    try {
      await this.#send(requestOf(question, due), onFrame, controller.signal);
      problem = 'The answer ended before the data of this panel';
    } catch (error) {
      problem = messageOf(error);
    }
    this.#requests.delete(controller);
    if (controller.signal.aborted) return;
    for (const { panel } of waiting.values()) this.#fail(panel, problem);
    this.#flushSoon();
  }

  #complete({ panel, wish, sinceMs }: Asked, question: FeedQuestion): void {
    const order = new Map(wish.queries.map(({ refId }, index) => [refId, index]));
    const arrived = panel.arrived.toSorted((a, b) => (order.get(a.refId) ?? 0) - (order.get(b.refId) ?? 0));
    const frames = sinceMs === undefined ? arrived : mergeTails(panel.data.frames, arrived, question.range);
    panel.arrived = [];
    if (frames === undefined) {
      // The tail does not fit what is known: ask again, for everything.
      panel.asking = '';
      panel.knownKey = '';
      this.#flushSoon();
      return;
    }
    panel.knownKey = timelessKey(question, wish);
    if (sinceMs === undefined) panel.fullToMs = question.range.toMs;
    this.#settle(panel, { frames, range: question.range, isLoading: false, error: undefined });
  }

  /** The last good data stays, under the error. */
  #fail(panel: PanelState, error: string): void {
    panel.arrived = [];
    this.#settle(panel, { isLoading: false, error });
  }

  #settle(panel: PanelState, change: Partial<PanelData>): void {
    panel.answered = panel.asking;
    panel.asking = '';
    this.#update(panel, change);
    if (panel.wish !== undefined && this.#question !== undefined && keyOf(this.#question, panel.wish) !== panel.answered) this.#flushSoon();
  }

  #update(panel: PanelState, change: Partial<PanelData>): void {
    panel.data = { ...panel.data, ...change };
    for (const listener of panel.listeners) listener();
  }
}

/** The same question a little later: same variables, about the same span. */
function isRefresh(before: FeedQuestion, after: FeedQuestion): boolean {
  const span = ({ range }: FeedQuestion) => range.toMs - range.fromMs;
  const moved = Math.abs(after.range.toMs - before.range.toMs);
  return span(before) === span(after) && moved < span(before) && JSON.stringify(before.variables) === JSON.stringify(after.variables);
}

function keyOf({ range, variables }: FeedQuestion, wish: PanelWish): string {
  return JSON.stringify([range.fromMs, range.toMs, variables, wish]);
}

/** What a panel asks for does not depend on when: only then is what it knows still good. */
function timelessKey({ variables }: FeedQuestion, wish: PanelWish): string {
  return JSON.stringify([variables, wish]);
}

function sinceOf(question: FeedQuestion, { data, knownKey, fullToMs }: PanelState, wish: PanelWish): number | undefined {
  if (data.range === undefined || knownKey !== timelessKey(question, wish)) return undefined;
  return tailStart({ frames: data.frames, range: data.range, fullToMs }, question.range, wish.queries);
}

function requestOf({ range, variables }: FeedQuestion, due: readonly Asked[]): FramesRequest {
  return { ...range, panels: due.map(({ id, wish, sinceMs }) => ({ id, ...wish, ...(sinceMs !== undefined && { sinceMs }) })), variables };
}
