import type { AlertingRuleConfig } from '../config/rule-groups.ts';
import type { Alert } from '../model/alert.ts';
import { isAppError, messageOf } from '../model/app-error.ts';
import { Labels } from '../model/labels.ts';
import type { QueryEngine } from '../promql/query.ts';
import { compileRuleTemplate, RuleScope, type RuleTemplate } from '../template/rule-template.ts';
import { type ActiveAlert, needsSending, newAlert, RESOLVED_RETENTION_MS, toAlert } from './active-alert.ts';
import { rulesError } from './errors.ts';
import { exprText } from './expr-text.ts';
import { RuleHealthRecord } from './rule-health.ts';
import type { AlertingRuleStatus, AlertStatus } from './rule-status.ts';
import { type Evaluation, queryVector, type RuleSample } from './vector.ts';

/** What alerting rules share: the engine, and what templates and links need. */
export interface AlertingContext {
  readonly engine: QueryEngine;
  readonly externalUrl: string;
  readonly externalLabels: Readonly<Record<string, string>>;
}

type Templates = readonly (readonly [name: string, template: RuleTemplate])[];

interface StateSeries {
  readonly state: string;
  readonly alerts: Labels;
  readonly forState: Labels;
}

/** Alerts that are expanded before others get their turn on the thread. */
const YIELD_EVERY = 200;
const ALERTS = 'ALERTS';
export const ALERTS_FOR_STATE = 'ALERTS_FOR_STATE';

/** Keeps a state for every label set that its expression gives: pending → firing → resolved. */
export class AlertingRule {
  readonly type = 'alerting';
  readonly config: AlertingRuleConfig;
  readonly health = new RuleHealthRecord();
  readonly #context: AlertingContext;
  readonly #active = new Map<string, ActiveAlert>();
  readonly #exprText: string;
  /** Labels of the series that tell of an alert, kept because they are the same at every evaluation. */
  readonly #series = new WeakMap<ActiveAlert, StateSeries>();
  readonly #labels: Templates;
  readonly #annotations: Templates;
  /** While false, no ALERTS samples are written, so that the state of before a restart can still be read. */
  isRestored = true;

  constructor(config: AlertingRuleConfig, context: AlertingContext) {
    this.config = config;
    this.#context = context;
    this.#exprText = exprText(config.expr);
    this.#labels = this.#compile(config.labels);
    this.#annotations = this.#compile(config.annotations);
  }

  get name(): string {
    return this.config.alert;
  }

  /** All alerts, the resolved ones included. */
  get active(): Iterable<ActiveAlert> {
    return this.#active.values();
  }

  /** Takes over alerts: from the same rule before a reload or a restart. */
  adopt(alerts: Iterable<ActiveAlert>): void {
    for (const alert of alerts) this.#active.set(alert.labels.key(), alert);
  }

  /** Moves the states on and gives the samples to store. Throws the engine's errors, `rules.duplicate_labels` and `rules.limit`. */
  async eval(evaluation: Evaluation): Promise<RuleSample[]> {
    const { timeMs, queryOffsetMs, limit, signal } = evaluation;
    const vector = await queryVector(this.#context.engine, this.config.expr, timeMs - queryOffsetMs, signal);
    const matched = new Map<string, ActiveAlert>();
    for (const [i, sample] of vector.entries()) {
      if (i % YIELD_EVERY === YIELD_EVERY - 1) await new Promise((resolve) => setImmediate(resolve));
      const alert = await this.#expand(sample, evaluation);
      if (matched.has(alert.labels.key()))
        throw rulesError('rules.duplicate_labels', 'vector contains metrics with the same labelset after applying alert labels');
      matched.set(alert.labels.key(), alert);
    }
    this.#merge(matched);
    const current = [...this.#active].filter(([key, alert]) => this.#advance(alert, matched.has(key), timeMs)).map(([, alert]) => alert);
    if (limit > 0 && current.length > limit) {
      this.#active.clear();
      throw rulesError('rules.limit', `exceeded limit of ${limit} with ${current.length} alerts`);
    }
    return this.isRestored ? current.flatMap((alert) => this.#stateSamples(alert)) : [];
  }

  /** What the receivers of alerts have to hear now. */
  takeUnsent(timeMs: number, intervalMs: number, resendDelayMs: number): Alert[] {
    const link = { expr: this.#exprText, externalUrl: this.#context.externalUrl };
    const due = [...this.#active.values()].filter((alert) => needsSending(alert, timeMs, resendDelayMs));
    return due.map((alert) => {
      alert.lastSentAtMs = timeMs;
      return toAlert(alert, link, timeMs, Math.max(intervalMs, resendDelayMs));
    });
  }

  status(): AlertingRuleStatus {
    const { labels, annotations, forMs, keepFiringForMs } = this.config;
    const alerts = [...this.#active.values()].filter((alert) => alert.resolvedAtMs === 0).map(toStatus);
    const state = alerts.some((alert) => alert.state === 'firing') ? 'firing' : alerts.length > 0 ? 'pending' : 'inactive';
    return {
      type: 'alerting',
      name: this.name,
      expr: this.#exprText,
      labels,
      annotations,
      forMs,
      keepFiringForMs,
      state,
      alerts,
      ...this.health.status(),
    };
  }

  async #expand({ labels, value }: RuleSample, { timeMs, signal }: Evaluation): Promise<ActiveAlert> {
    const { engine, externalUrl, externalLabels } = this.#context;
    const scope = new RuleScope({
      name: this.#templateName,
      labels: labels.toObject(),
      externalLabels,
      externalUrl,
      value,
      timeMs,
      query: async (expr) =>
        (await queryVector(engine, expr, timeMs, signal)).map((sample) => ({ labels: sample.labels.toObject(), value: sample.value })),
    });
    const own = await expandAll(this.#labels, scope);
    const annotations = await expandAll(this.#annotations, scope);
    const all = Labels.fromEntries([...labels.drop(NAME), ...own, ['alertname', this.name] as const]);
    return newAlert(all, Labels.fromEntries(annotations), value, timeMs);
  }

  get #templateName(): string {
    return `__alert_${this.name}`;
  }

  #compile(texts: Readonly<Record<string, string>>): Templates {
    return Object.entries(texts).map(([name, text]) => [name, compileRuleTemplate(this.#templateName, text)] as const);
  }

  /** Known alerts get the new value and annotations, new and once resolved ones begin. */
  #merge(matched: ReadonlyMap<string, ActiveAlert>): void {
    for (const [key, alert] of matched) {
      const known = this.#active.get(key);
      if (!known || known.state === 'inactive') this.#active.set(key, alert);
      else {
        known.value = alert.value;
        known.annotations = alert.annotations;
      }
    }
  }

  /** One step of the state machine; whether the alert is still pending or firing. */
  #advance(alert: ActiveAlert, isMatched: boolean, timeMs: number): boolean {
    if (isMatched) alert.keepFiringSinceMs = 0;
    else if (!this.#keepsFiring(alert, timeMs)) {
      const isForgotten = alert.resolvedAtMs > 0 && timeMs - alert.resolvedAtMs > RESOLVED_RETENTION_MS;
      if (alert.state === 'pending' || isForgotten) this.#active.delete(alert.labels.key());
      if (alert.state !== 'inactive') {
        alert.state = 'inactive';
        alert.resolvedAtMs = timeMs;
      }
      return false;
    }
    if (alert.state === 'pending' && timeMs - alert.activeAtMs >= this.config.forMs) {
      alert.state = 'firing';
      alert.firedAtMs = timeMs;
    }
    return true;
  }

  #stateSamples(alert: ActiveAlert): RuleSample[] {
    let series = this.#series.get(alert);
    if (series?.state !== alert.state) {
      series = {
        state: alert.state,
        alerts: alert.labels.with('__name__', ALERTS).with('alertstate', alert.state),
        forState: alert.labels.with('__name__', ALERTS_FOR_STATE),
      };
      this.#series.set(alert, series);
    }
    return [
      { labels: series.alerts, value: 1 },
      { labels: series.forState, value: Math.floor(alert.activeAtMs / 1000) },
    ];
  }

  #keepsFiring(alert: ActiveAlert, timeMs: number): boolean {
    if (alert.state !== 'firing' || this.config.keepFiringForMs === 0) return false;
    if (alert.keepFiringSinceMs === 0) alert.keepFiringSinceMs = timeMs;
    return timeMs - alert.keepFiringSinceMs < this.config.keepFiringForMs;
  }
}

const NAME: ReadonlySet<string> = new Set(['__name__']);

async function expandAll(templates: Templates, scope: RuleScope): Promise<[string, string][]> {
  const pairs: [string, string][] = [];
  for (const [name, template] of templates) pairs.push([name, await expandOrExplain(template, scope)]);
  return pairs;
}

/** A template that fails becomes its error text, so that the alert still goes out. */
async function expandOrExplain(template: RuleTemplate, scope: RuleScope): Promise<string> {
  try {
    return await scope.expand(template);
  } catch (error) {
    if (isAppError(error) && error.code.startsWith('template.')) return `<error expanding template: ${messageOf(error)}>`;
    throw error;
  }
}

function toStatus(alert: ActiveAlert): AlertStatus {
  return {
    labels: alert.labels,
    annotations: alert.annotations.toObject(),
    state: alert.state === 'firing' ? 'firing' : 'pending',
    activeAtMs: alert.activeAtMs,
    ...(alert.keepFiringSinceMs > 0 ? { keepFiringSinceMs: alert.keepFiringSinceMs } : {}),
    value: alert.value,
  };
}
