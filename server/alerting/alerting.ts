import type { NotificationRecord } from '@alidade/sdk/schema';
import type { AlertmanagerConfig, IntegrationConfig } from '../config/alertmanager.ts';
import type { Alert } from '../model/alert.ts';
import { messageOf } from '../model/app-error.ts';
import type { Clock, Timer } from '../model/clock.ts';
import { Secret } from '../model/secret.ts';
import type { StateStore } from '../storage/store.ts';
import { createNotificationTemplates } from '../template/notification-template.ts';
import { Dispatcher } from './dispatch.ts';
import type { Decision, Integration } from './flush.ts';
import type { AlertGroup, GroupFlush } from './group.ts';
import { History } from './history.ts';
import { Inbox, isResolved, type KnownAlert, type PostedAlert } from './inbox.ts';
import { compileInhibitor, type InhibitionCheck, type Inhibitor } from './inhibit.ts';
import { NotificationLog } from './notification-log.ts';
import { createNotifier, type NotifierDeps } from './notify/create-notifier.ts';
import type { Notifier } from './notify/notifier.ts';
import { runPipeline } from './pipeline.ts';
import { compileRoute } from './route.ts';
import { Silences } from './silence.ts';

/** Where alerting says what went wrong; pino fits. */
export interface AlertingLogger {
  warn(details: object, message: string): void;
}

/** What alerting needs of the others. */
export interface AlertingDeps {
  readonly clock: Clock;
  /** Keeps silences and the notification log over a restart. */
  readonly state: StateStore;
  /** Written into notifications, for links. */
  readonly externalUrl: string;
  /** Host names to addresses, for receivers. */
  readonly resolve: Readonly<Record<string, string>>;
  readonly logger?: AlertingLogger | undefined;
  /** The seam for tests: how a receiver's integration is made. */
  readonly createNotifier?: (config: IntegrationConfig, deps: NotifierDeps) => Notifier;
}

/** An alert with what alerting makes of it. */
export interface AlertView {
  readonly alert: KnownAlert;
  readonly state: 'active' | 'suppressed' | 'resolved';
  readonly silencedBy: readonly string[];
  /** Fingerprint of the alert that inhibits it. */
  readonly inhibitedBy: readonly string[];
  readonly receivers: readonly string[];
}

/** A group of the dispatcher. */
export interface GroupView {
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: string;
  readonly alerts: readonly AlertView[];
  readonly nextFlushMs: number;
  /** The last decision for each integration, in words. */
  readonly decisions: readonly Decision[];
}

/** Figures since the start. */
export interface AlertingStats {
  readonly alerts: number;
  readonly alertsDropped: number;
  readonly notificationsSent: number;
  readonly notificationsFailed: number;
}

/** The built-in Alertmanager. */
export interface Alerting {
  /**
   * Makes `config` the running configuration; `undefined` means that nobody is told. Alerts and the notification log stay; groups
   * begin anew unless nothing has changed. One call at a time. Throws the store's errors at the first call, `template.parse` and `matcher.bad_regexp`.
   */
  apply(config: AlertmanagerConfig | undefined): Promise<void>;
  /** Takes alerts of the rules. */
  push(alerts: readonly Alert[]): void;
  /** Takes alerts of a client (`POST /api/v2/alerts`), all or none. Throws AppError `alerting.bad_alert`. */
  receive(posted: readonly PostedAlert[]): void;
  alerts(): readonly AlertView[];
  groups(): readonly GroupView[];
  readonly silences: Silences;
  receivers(): readonly string[];
  /** Deliveries, newest first, the last 1000. */
  notifications(): readonly NotificationRecord[];
  stats(): AlertingStats;
  stop(): Promise<void>;
}

const NOBODY = { integrations: [], unsupported: [] };
const GROUPS_CLEARED_MS = 30_000;
const LOG_CLEARED_MS = 15 * 60_000;
const INBOX_CLEARED_MS = 30 * 60_000;
const DEFAULT_RESOLVE_TIMEOUT_MS = 5 * 60_000;

/** Alerting without a configuration: alerts are kept and shown; `apply` brings receivers. */
export function createAlerting(deps: AlertingDeps): Alerting {
  return new BuiltInAlerting(deps);
}

/** What one configuration sets up. */
interface Running {
  readonly config: AlertmanagerConfig;
  readonly dispatcher: Dispatcher;
  readonly inhibitor: Inhibitor;
  readonly receivers: ReadonlyMap<string, Receiver>;
}

interface Receiver {
  readonly integrations: readonly Integration[];
  readonly unsupported: readonly string[];
}

/** Whether nothing has changed, secrets included. */
function isSameConfig(a: AlertmanagerConfig, b: AlertmanagerConfig): boolean {
  // A secret is its placeholder by the time that a replacer sees the value: the holder still has the original.
  const textOf = (config: AlertmanagerConfig) =>
    JSON.stringify(config, function (this: Record<string, unknown>, key, value: unknown) {
      const original = this[key];
      return original instanceof Secret ? original.reveal() : value;
    });
  return textOf(a) === textOf(b);
}

class BuiltInAlerting implements Alerting {
  readonly silences: Silences;
  readonly #deps: AlertingDeps;
  readonly #inbox: Inbox;
  readonly #log: NotificationLog;
  readonly #history = new History();
  readonly #timers = new Set<Timer>();
  #running: Running | undefined;
  #isOpen = false;
  #sent = 0;
  #failed = 0;

  constructor(deps: AlertingDeps) {
    this.#deps = deps;
    this.silences = new Silences(deps.state, deps.clock);
    this.#inbox = new Inbox(deps.clock);
    this.#log = new NotificationLog(deps.state, deps.clock);
  }

  async apply(config: AlertmanagerConfig | undefined): Promise<void> {
    if (!this.#isOpen) await this.#open();
    const before = this.#running;
    if (config && before && isSameConfig(config, before.config)) return;
    const next = config && this.#prepare(config);
    this.#running = next;
    if (before) await close(before);
    // Resolved alerts too: somebody may still have to hear that they are.
    for (const alert of this.#inbox.list()) next?.dispatcher.dispatch(alert);
  }

  push(alerts: readonly Alert[]): void {
    for (const alert of this.#inbox.put(alerts)) this.#running?.dispatcher.dispatch(alert);
  }

  receive(posted: readonly PostedAlert[]): void {
    const resolveTimeoutMs = this.#running?.config.resolveTimeoutMs ?? DEFAULT_RESOLVE_TIMEOUT_MS;
    this.push(posted.map((alert) => this.#inbox.complete(alert, resolveTimeoutMs)));
  }

  alerts(): readonly AlertView[] {
    const inhibitorOf = this.#inhibitorNow();
    return this.#inbox.list().map((alert) => this.#view(alert, inhibitorOf));
  }

  groups(): readonly GroupView[] {
    const inhibitorOf = this.#inhibitorNow();
    return (this.#running?.dispatcher.groups() ?? []).map((group) => ({
      key: group.key,
      labels: group.labels.toObject(),
      receiver: group.route.config.receiver,
      alerts: group.alerts.map((alert) => this.#view(alert, inhibitorOf)),
      nextFlushMs: group.nextFlushMs,
      decisions: group.decisions,
    }));
  }

  receivers(): readonly string[] {
    return this.#running?.config.receivers.map(({ name }) => name) ?? [];
  }

  notifications(): readonly NotificationRecord[] {
    return this.#history.list();
  }

  stats(): AlertingStats {
    return {
      alerts: this.#inbox.list().length,
      alertsDropped: this.#inbox.dropped,
      notificationsSent: this.#sent,
      notificationsFailed: this.#failed,
    };
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    const before = this.#running;
    this.#running = undefined;
    if (before) await close(before);
  }

  async #open(): Promise<void> {
    await this.silences.open();
    await this.#log.open();
    this.#isOpen = true;
    this.#every(GROUPS_CLEARED_MS, async () => this.#running?.dispatcher.clear());
    this.#every(INBOX_CLEARED_MS, async () => this.#inbox.clear());
    this.#every(LOG_CLEARED_MS, async () => {
      await this.#log.clear();
      await this.silences.clear();
    });
  }

  #every(periodMs: number, work: () => Promise<void>): void {
    const timer = this.#deps.clock.after(periodMs, () => {
      this.#timers.delete(timer);
      this.#every(periodMs, work);
      work().catch((error: unknown) => this.#deps.logger?.warn({ error: messageOf(error) }, 'clearing old alerting state failed'));
    });
    this.#timers.add(timer);
  }

  #prepare(config: AlertmanagerConfig): Running {
    const { clock, resolve } = this.#deps;
    const templates = createNotificationTemplates(config.templates, clock);
    const build = this.#deps.createNotifier ?? createNotifier;
    const receivers = new Map(
      config.receivers.map(({ name, integrations: entries, unsupported }) => {
        const counts = new Map<string, number>();
        const built = entries.map((entry): Integration => {
          const index = counts.get(entry.type) ?? 0;
          counts.set(entry.type, index + 1);
          return { receiver: name, name: `${entry.type}[${index}]`, notifier: build(entry, { templates, resolve, clock }) };
        });
        return [name, { integrations: built, unsupported }] as const;
      }),
    );
    const inhibitor = compileInhibitor(config.inhibitRules);
    const running: Running = {
      config,
      inhibitor,
      receivers,
      dispatcher: new Dispatcher(compileRoute(config.route), clock, (group, flush) => this.#flush(running, group, flush)),
    };
    return running;
  }

  async #flush({ inhibitor, receivers }: Running, group: AlertGroup, flush: GroupFlush): Promise<boolean> {
    const { clock, externalUrl, logger } = this.#deps;
    const decide = (decision: Decision) => {
      group.note(decision);
      if (decision.outcome === 'sent') this.#sent++;
      if (decision.outcome !== 'failed') return;
      this.#failed++;
      // Attempts in between are in the history; the log gets one line for each delivery that was given up.
      logger?.warn({ group: group.key, integration: decision.integration, reason: decision.reason }, 'notification failed');
    };
    const parts = {
      clock,
      externalUrl,
      inhibitor,
      decide,
      inbox: this.#inbox,
      silences: this.silences,
      log: this.#log,
      history: this.#history,
    };
    try {
      return await runPipeline({ ...flush, ...(receivers.get(group.route.config.receiver) ?? NOBODY) }, parts);
    } catch (error) {
      logger?.warn({ group: group.key, error: messageOf(error) }, 'a group of alerts could not be told');
      return false;
    }
  }

  #inhibitorNow(): InhibitionCheck {
    return this.#running?.inhibitor(this.#inbox.list(), this.#deps.clock.nowMs()) ?? (() => undefined);
  }

  #view(alert: KnownAlert, inhibitorOf: InhibitionCheck): AlertView {
    const nowMs = this.#deps.clock.nowMs();
    const silencedBy = this.silences.matching(alert.labels).map(({ id }) => id);
    const source = inhibitorOf(alert.labels);
    const isHeld = silencedBy.length > 0 || source !== undefined;
    return {
      alert,
      state: isResolved(alert, nowMs) ? 'resolved' : isHeld ? 'suppressed' : 'active',
      silencedBy,
      inhibitedBy: source ? [source.fingerprint] : [],
      receivers: this.#running?.dispatcher.receiversOf(alert.labels) ?? [],
    };
  }
}

async function close({ dispatcher, receivers }: Running): Promise<void> {
  await dispatcher.stop();
  await Promise.all([...receivers.values()].flatMap(({ integrations }) => integrations.map(({ notifier }) => notifier.close())));
}
