// Sends alerts of our rules to Alertmanagers elsewhere. Each has a bounded queue and a loop of its own, so that a dead one delays
// nobody. What could not be sent is not tried again: the rules send firing alerts once a minute anyway.
import type { HttpClientConfig } from '../config/http-client.ts';
import { createHttpClient, type HttpClient } from '../http-client/http-client.ts';
import type { Alert } from '../model/alert.ts';
import { messageOf } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import { relabel } from '../relabel/relabel.ts';
import type { RelabelRule } from '../relabel/rule.ts';
import type { AlertingLogger } from './alerting.ts';
import { alertingError } from './errors.ts';
import { excerpt } from './notify/post.ts';

/** One Alertmanager. */
export interface ForwardTarget {
  /** `http://host:9093/prefix`, without the path of the API. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly client: HttpClientConfig;
  /** `alert_relabel_configs` of this Alertmanager alone. */
  readonly alertRelabel?: readonly RelabelRule[];
}

/** Figures of one Alertmanager since it was added, in alerts. */
export interface ForwardStats {
  readonly url: string;
  readonly queued: number;
  readonly sent: number;
  readonly failed: number;
  readonly dropped: number;
  /** '' when the last batch went out. */
  readonly lastError: string;
}

/** What forwarding needs of the others. */
export interface ForwarderDeps {
  readonly clock: Clock;
  readonly resolve: Readonly<Record<string, string>>;
  readonly logger?: AlertingLogger | undefined;
}

/** The way out to other Alertmanagers. */
export interface Forwarder {
  /** Makes these the Alertmanagers; queues of those that stay are kept. */
  apply(targets: readonly ForwardTarget[]): Promise<void>;
  /** Takes alerts, external labels added. Never waits. */
  push(alerts: readonly Alert[]): void;
  stats(): readonly ForwardStats[];
  /** Gives up what is queued. */
  stop(): Promise<void>;
}

const QUEUE_SIZE = 10_000;
const BATCH_SIZE = 256;

/** A forwarder without targets. */
export function createForwarder(deps: ForwarderDeps): Forwarder {
  const queues = new Map<string, AlertQueue>();
  return {
    async apply(targets) {
      const wanted = new Map(targets.map((target) => [JSON.stringify(target), target]));
      for (const [key, queue] of queues) {
        if (wanted.has(key)) continue;
        queues.delete(key);
        await queue.stop();
      }
      for (const [key, target] of wanted) if (!queues.has(key)) queues.set(key, new AlertQueue(target, deps));
    },
    push(alerts) {
      for (const queue of queues.values()) queue.push(alerts);
    },
    stats: () => [...queues.values()].map((queue) => queue.stats()),
    async stop() {
      await Promise.all([...queues.values()].map((queue) => queue.stop()));
      queues.clear();
    },
  };
}

/** The queue and the loop of one Alertmanager. */
class AlertQueue {
  readonly #target: ForwardTarget;
  readonly #logger: AlertingLogger | undefined;
  readonly #http: HttpClient;
  readonly #stopping = new AbortController();
  #alerts: Alert[] = [];
  #sending: Promise<void> | undefined;
  #counts = { sent: 0, failed: 0, dropped: 0 };
  #lastError = '';

  constructor(target: ForwardTarget, { clock, resolve, logger }: ForwarderDeps) {
    this.#target = target;
    this.#logger = logger;
    this.#http = createHttpClient(target.client, { clock, resolve });
  }

  push(alerts: readonly Alert[]): void {
    for (const alert of alerts) this.#alerts.push(alert);
    const excess = this.#alerts.length - QUEUE_SIZE;
    if (excess > 0) {
      this.#alerts.splice(0, excess);
      this.#counts.dropped += excess;
    }
    this.#sending ??= this.#drain();
  }

  stats(): ForwardStats {
    return { url: this.#target.url, queued: this.#alerts.length, ...this.#counts, lastError: this.#lastError };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#sending;
    await this.#http.close();
  }

  async #drain(): Promise<void> {
    while (this.#alerts.length > 0 && !this.#stopping.signal.aborted) await this.#send(this.#alerts.splice(0, BATCH_SIZE));
    this.#sending = undefined;
  }

  async #send(batch: readonly Alert[]): Promise<void> {
    const { url, timeoutMs, alertRelabel = [] } = this.#target;
    const wanted = batch.flatMap((alert) => {
      const labels = relabel(alert.labels, alertRelabel);
      return labels ? [toPosted({ ...alert, labels })] : [];
    });
    if (wanted.length === 0) return;
    try {
      const answer = await this.#http.request(`${url.replace(/\/$/, '')}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Alidade' },
        body: JSON.stringify(wanted),
        timeoutMs,
        maxBytes: 64 * 1024,
        signal: this.#stopping.signal,
      });
      if (answer.status < 200 || answer.status > 299)
        throw alertingError('alerting.refused', `bad response status ${answer.status}: ${excerpt(answer.body)}`);
      this.#counts.sent += wanted.length;
      this.#lastError = '';
    } catch (error) {
      this.#counts.failed += wanted.length;
      this.#lastError = messageOf(error);
      this.#logger?.warn({ alertmanager: url, alerts: wanted.length, error: this.#lastError }, 'sending alerts to an Alertmanager failed');
    }
  }
}

/** An alert as `POST /api/v2/alerts` takes it. */
function toPosted(alert: Alert) {
  return {
    labels: alert.labels.toObject(),
    annotations: alert.annotations.toObject(),
    startsAt: new Date(alert.startsAtMs).toISOString(),
    endsAt: new Date(alert.endsAtMs).toISOString(),
    generatorURL: alert.generatorUrl,
  };
}
