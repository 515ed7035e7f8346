import type { Matcher } from '../model/matcher.ts';
import type { Secret } from '../model/secret.ts';
import type { HttpClientConfig } from './http-client.ts';

/** A node of the routing tree with everything inherited from its parent filled in. */
export interface RouteConfig {
  readonly receiver: string;
  /** `'...'` alone groups by all labels: `groupByAll`. */
  readonly groupBy: readonly string[];
  readonly groupByAll: boolean;
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  readonly routes: readonly RouteConfig[];
}

/** `webhook_configs`. `maxAlerts` 0 = all. */
export interface WebhookConfig {
  readonly type: 'webhook';
  readonly sendResolved: boolean;
  readonly url: Secret;
  readonly urlFile?: string;
  readonly maxAlerts: number;
  readonly timeoutMs: number;
  readonly client: HttpClientConfig;
}

/** `slack_configs`; all texts are Go templates over the notification data. */
export interface SlackConfig {
  readonly type: 'slack';
  readonly sendResolved: boolean;
  readonly apiUrl: Secret;
  readonly apiUrlFile?: string;
  readonly channel: string;
  readonly username: string;
  readonly color: string;
  readonly title: string;
  readonly titleLink: string;
  readonly pretext: string;
  readonly text: string;
  readonly footer: string;
  readonly fallback: string;
  readonly callbackId: string;
  readonly iconEmoji: string;
  readonly iconUrl: string;
  readonly imageUrl: string;
  readonly thumbUrl: string;
  readonly linkNames: boolean;
  readonly shortFields: boolean;
  readonly mrkdwnIn: readonly string[];
  readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean }[];
  readonly actions: readonly {
    readonly type: string;
    readonly text: string;
    readonly url: string;
    readonly style: string;
    readonly name: string;
    readonly value: string;
  }[];
  readonly client: HttpClientConfig;
}

export type IntegrationConfig = WebhookConfig | SlackConfig;

/** Somebody to tell, over any number of integrations, in file order. */
export interface ReceiverConfig {
  readonly name: string;
  readonly integrations: readonly IntegrationConfig[];
  /** Upstream integrations that are written in the file but do not work yet, e.g. `pagerduty_configs[0]`: shown, never silent. */
  readonly unsupported: readonly string[];
}

/** alertmanager.yml, defaults filled in. */
export interface AlertmanagerConfig {
  readonly file: string;
  readonly resolveTimeoutMs: number;
  readonly route: RouteConfig;
  readonly receivers: readonly ReceiverConfig[];
  readonly inhibitRules: readonly InhibitRule[];
  /** Texts of the files that `templates:` names. */
  readonly templates: readonly { readonly file: string; readonly text: string }[];
}

/** Alerts that match `target` are silent while one that matches `source` with equal values of `equal` fires. */
export interface InhibitRule {
  readonly sourceMatchers: readonly Matcher[];
  readonly targetMatchers: readonly Matcher[];
  readonly equal: readonly string[];
}
