import type { SlackConfig } from '../../config/alertmanager.ts';
import type { HttpClient, HttpResponse } from '../../http-client/http-client.ts';
import { messageOf } from '../../model/app-error.ts';
import type { NotificationData, NotificationTemplates } from '../../template/notification-template.ts';
import { notificationData } from '../notification.ts';
import { goJson, omitEmpty } from './go-json.ts';
import type { Notifier, NotifyResult } from './notifier.ts';
import { excerpt, postJson } from './post.ts';

const MAX_TITLE = 1024;
const TIMEOUT_MS = 60_000;

/** Slack's incoming webhooks, one message with one attachment. */
export function createSlack(config: SlackConfig, templates: NotificationTemplates, http: HttpClient): Notifier {
  return {
    sendsResolved: config.sendResolved,
    async notify(notification, signal) {
      let body: string;
      try {
        body = slackBody(config, templates, notificationData(notification));
      } catch (error) {
        return { isSent: false, canRetry: false, reason: `a template of slack_configs failed: ${messageOf(error)}` };
      }
      const target = { url: config.apiUrl, urlFile: config.apiUrlFile, timeoutMs: TIMEOUT_MS };
      return postJson(http, target, body, signal, checkAnswer);
    },
    close: () => http.close(),
  };
}

/** The body that is posted. Throws AppError `template.*`. */
export function slackBody(config: SlackConfig, templates: NotificationTemplates, data: NotificationData): string {
  const expand = (text: string) => templates.expand(text, data);
  const attachment = {
    ...omitEmpty({ title: truncate(expand(config.title)), title_link: expand(config.titleLink), pretext: expand(config.pretext) }),
    text: expand(config.text),
    fallback: expand(config.fallback),
    callback_id: expand(config.callbackId),
    ...omitEmpty({
      fields: config.fields.map(({ title, value, short }) => ({ ...omitEmpty({ title: expand(title), value: expand(value) }), short })),
      actions: config.actions.map(({ type, text, url, style, name, value }) => ({
        type: expand(type),
        text: expand(text),
        ...omitEmpty({ url: expand(url), style: expand(style), name: expand(name), value: expand(value) }),
      })),
      image_url: expand(config.imageUrl),
      thumb_url: expand(config.thumbUrl),
    }),
    footer: expand(config.footer),
    ...omitEmpty({ color: expand(config.color), mrkdwn_in: config.mrkdwnIn }),
  };
  const envelope = omitEmpty({
    channel: expand(config.channel),
    username: expand(config.username),
    icon_emoji: expand(config.iconEmoji),
    icon_url: expand(config.iconUrl),
    link_names: config.linkNames,
  });
  return goJson({ ...envelope, attachments: [attachment] });
}

function truncate(title: string): string {
  const characters = [...title];
  return characters.length > MAX_TITLE ? `${characters.slice(0, MAX_TITLE - 1).join('')}…` : title;
}

/** Slack reports errors with status 200, as JSON or as any text but `ok`. */
function checkAnswer({ headers, body }: HttpResponse): NotifyResult {
  const refused = (error: string): NotifyResult => ({
    isSent: false,
    canRetry: false,
    reason: `received an error response from Slack: ${error}`,
  });
  if (!(headers['content-type'] ?? '').startsWith('application/json')) {
    const text = excerpt(body);
    return text === 'ok' ? { isSent: true } : refused(text);
  }
  try {
    const answer = JSON.parse(Buffer.from(body).toString()) as { ok?: boolean; error?: string };
    return answer.ok === true ? { isSent: true } : refused(answer.error ?? excerpt(body));
  } catch (error) {
    return refused(`${excerpt(body)} (${messageOf(error)})`);
  }
}
