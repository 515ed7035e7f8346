// Alertmanager's configuration: whom alerts are routed to, what silences what. Receivers and times are values, so that a route cannot
// name one that does not exist. Keys are upstream's in camelCase.
import type { Duration } from './duration.ts';
import { CodeError } from './errors.ts';
import type { HttpClientOptions } from './http-client.ts';
import { snakeKeys } from './keys.ts';
import { formatMatchers, type Matchers } from './matchers.ts';

/** One way to tell somebody, as an entry of `<type>_configs`. */
export interface Integration {
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Somebody to tell, over any number of integrations. */
export interface Receiver {
  readonly name: string;
  readonly integrations: readonly Integration[];
}

/** Somebody to tell. Without integrations: nobody. */
export function receiver(name: string, ...integrations: readonly Integration[]): Receiver {
  if (name === '') throw new CodeError('code.invalid_alerting', 'receiver: its name is empty');
  return { name, integrations };
}

interface IntegrationOptions {
  readonly sendResolved?: boolean;
}

export interface SlackOptions extends IntegrationOptions {
  readonly channel: string;
  /** File that holds the webhook's address; default: `slackApiUrlFile` of the alerting's settings. */
  readonly apiUrlFile?: string;
  readonly apiUrl?: string;
  readonly username?: string;
  readonly color?: string;
  readonly title?: string;
  readonly titleLink?: string;
  readonly pretext?: string;
  readonly text?: string;
  readonly footer?: string;
  readonly fallback?: string;
  readonly iconEmoji?: string;
  readonly fields?: readonly { readonly title: string; readonly value: string; readonly short?: boolean }[];
  readonly actions?: readonly { readonly type: 'button'; readonly text: string; readonly url: string; readonly style?: string }[];
  readonly httpConfig?: HttpClientOptions;
}

/** Tells a channel of Slack. */
export function slack(options: SlackOptions): Integration {
  return { type: 'slack', config: { ...options } };
}

export interface WebhookOptions extends IntegrationOptions {
  /** Where the alerts are posted; a secret goes into a file: `urlFile`. */
  readonly url?: string;
  readonly urlFile?: string;
  readonly maxAlerts?: number;
  readonly timeout?: Duration;
  readonly httpConfig?: HttpClientOptions;
}

/** Posts alerts as JSON. */
export function webhook(options: WebhookOptions): Integration {
  return { type: 'webhook', config: { ...options } };
}

export interface PagerdutyOptions extends IntegrationOptions {
  readonly routingKeyFile?: string;
  readonly serviceKeyFile?: string;
  readonly routingKey?: string;
  readonly serviceKey?: string;
  readonly description?: string;
  readonly severity?: string;
  readonly client?: string;
  readonly clientUrl?: string;
  readonly class?: string;
  readonly component?: string;
  readonly group?: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** Opens an incident at PagerDuty. */
export function pagerduty(options: PagerdutyOptions): Integration {
  return { type: 'pagerduty', config: { ...options } };
}

export interface EmailOptions extends IntegrationOptions {
  readonly to: string;
  readonly from?: string;
  readonly smarthost?: string;
  readonly authUsername?: string;
  readonly authPasswordFile?: string;
  readonly requireTls?: boolean;
  readonly html?: string;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a message by e-mail. */
export function email(options: EmailOptions): Integration {
  return { type: 'email', config: { ...options } };
}

/** Any other integration of Alertmanager: `integration('opsgenie', { apiKeyFile: … })`. */
export function integration(type: string, config: Readonly<Record<string, unknown>>): Integration {
  return { type, config };
}

/** A span of times of the week, month or year; entries are alternatives, their parts must all hold. */
export interface TimeRange {
  readonly times?: readonly { readonly startTime: string; readonly endTime: string }[];
  /** `monday:friday`, `saturday`. */
  readonly weekdays?: readonly string[];
  readonly daysOfMonth?: readonly string[];
  readonly months?: readonly string[];
  readonly years?: readonly string[];
  /** Time zone: `Europe/Berlin`; default UTC. */
  readonly location?: string;
}

/** Times with a name. */
export interface TimeInterval {
  readonly name: string;
  readonly timeIntervals: readonly TimeRange[];
}

/** Times by which routes are muted or active. */
export function timeInterval(name: string, ...ranges: readonly TimeRange[]): TimeInterval {
  return { name, timeIntervals: ranges };
}

/** What a route does with the alerts that match it. What it does not say it takes from its parent. */
export interface RouteOptions {
  /** Alerts whose labels match; without it all of the parent's. */
  readonly match?: Matchers;
  readonly receiver?: Receiver;
  /** Alerts that are told together; `['...']`: each alone. */
  readonly groupBy?: readonly string[];
  readonly groupWait?: Duration;
  readonly groupInterval?: Duration;
  readonly repeatInterval?: Duration;
  /** Whether routes behind this one get the alerts too. */
  readonly continue?: boolean;
  readonly mute?: readonly TimeInterval[];
  readonly active?: readonly TimeInterval[];
  readonly routes?: readonly RouteOptions[];
}

/** Alerts that match `target` are silent while one that matches `source` with the same values of `equal` fires. */
export interface InhibitOptions {
  readonly source: Matchers;
  readonly target: Matchers;
  readonly equal?: readonly string[];
}

/** Who is told of alerts. */
export interface AlertingOptions {
  /** The root of the tree: every alert comes here first. */
  readonly route: RouteOptions & { readonly receiver: Receiver };
  /** Receivers that no route names. */
  readonly receivers?: readonly Receiver[];
  readonly inhibit?: readonly InhibitOptions[];
  /** Files of templates. */
  readonly templates?: readonly string[];
  /** `global`: defaults of all receivers. */
  readonly settings?: {
    readonly resolveTimeout?: Duration;
    readonly slackApiUrlFile?: string;
    readonly slackApiUrl?: string;
    readonly smtpSmarthost?: string;
    readonly smtpFrom?: string;
    readonly smtpAuthUsername?: string;
    readonly smtpAuthPasswordFile?: string;
    readonly smtpRequireTls?: boolean;
    readonly pagerdutyUrl?: string;
    readonly opsgenieApiUrl?: string;
    readonly opsgenieApiKeyFile?: string;
    readonly httpConfig?: HttpClientOptions;
  };
}

/** The configuration as alertmanager.yml has it. Throws `code.invalid_alerting` when two receivers or times have one name. */
export function alertmanagerConfig(options: AlertingOptions): Record<string, unknown> {
  const { route, receivers = [], inhibit = [], templates = [], settings } = options;
  const routes = allRoutes(route);
  const people = unique('receiver', [...routes.flatMap(({ receiver }) => receiver ?? []), ...receivers]);
  const times = unique(
    'time interval',
    routes.flatMap(({ mute = [], active = [] }) => [...mute, ...active]),
  );
  return {
    ...(settings && { global: snakeKeys(settings) }),
    route: routeConfig(route),
    receivers: people.map(receiverConfig),
    ...(inhibit.length > 0 && { inhibit_rules: inhibit.map(inhibitConfig) }),
    ...(times.length > 0 && { time_intervals: snakeKeys(times) }),
    ...(templates.length > 0 && { templates }),
  };
}

function allRoutes(route: RouteOptions): RouteOptions[] {
  return [route, ...(route.routes ?? []).flatMap(allRoutes)];
}

function unique<T extends { readonly name: string }>(what: string, items: readonly T[]): T[] {
  const byName = new Map<string, T>();
  for (const item of items) {
    const other = byName.get(item.name);
    if (other && other !== item && JSON.stringify(other) !== JSON.stringify(item))
      throw new CodeError(
        'code.invalid_alerting',
        `${what} "${item.name}" is defined twice, each time otherwise; give one of them another name`,
      );
    byName.set(item.name, item);
  }
  return [...byName.values()];
}

function routeConfig({ match, receiver, mute, active, routes, continue: goesOn, ...times }: RouteOptions): Record<string, unknown> {
  return {
    ...(receiver && { receiver: receiver.name }),
    ...(match && { matchers: formatMatchers(match) }),
    ...(snakeKeys(times) as Record<string, unknown>),
    ...(goesOn !== undefined && { continue: goesOn }),
    ...(mute && { mute_time_intervals: mute.map(({ name }) => name) }),
    ...(active && { active_time_intervals: active.map(({ name }) => name) }),
    ...(routes && { routes: routes.map(routeConfig) }),
  };
}

function receiverConfig({ name, integrations }: Receiver): Record<string, unknown> {
  const byKey: Record<string, unknown[]> = {};
  for (const { type, config } of integrations) {
    const key = `${type}_configs`;
    byKey[key] = [...(byKey[key] ?? []), snakeKeys(config)];
  }
  return { name, ...byKey };
}

function inhibitConfig({ source, target, equal }: InhibitOptions): Record<string, unknown> {
  return { source_matchers: formatMatchers(source), target_matchers: formatMatchers(target), ...(equal && { equal }) };
}
