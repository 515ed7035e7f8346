import type { IntegrationConfig } from '../../config/alertmanager.ts';
import { createHttpClient } from '../../http-client/http-client.ts';
import type { Clock } from '../../model/clock.ts';
import type { NotificationTemplates } from '../../template/notification-template.ts';
import type { Notifier } from './notifier.ts';
import { createSlack } from './slack.ts';
import { createWebhook } from './webhook.ts';

/** What notifiers are built with. */
export interface NotifierDeps {
  readonly templates: NotificationTemplates;
  readonly resolve: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** The notifier for one entry of a receiver. */
export function createNotifier(config: IntegrationConfig, { templates, resolve, clock }: NotifierDeps): Notifier {
  const http = createHttpClient(config.client, { resolve, clock });
  switch (config.type) {
    case 'webhook':
      return createWebhook(config, http);
    case 'slack':
      return createSlack(config, templates, http);
  }
}
