// Alertmanager's JSON: members in the order of its generated models.
import type { AlertView, GroupView } from '../../alerting/alerting.ts';
import type { Silence, SilenceState } from '../../alerting/silence.ts';
import { toGoJson } from '../../model/go-json.ts';

const time = (timestampMs: number) => new Date(timestampMs).toISOString();

/** A map with its keys in Go's order. */
function sorted(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `gettableAlert` of the API, as a value to encode. */
export function alertModel({ alert, state, silencedBy, inhibitedBy, receivers }: AlertView): object {
  return {
    annotations: sorted(alert.annotations.toObject()),
    endsAt: time(alert.endsAtMs),
    fingerprint: alert.fingerprint,
    receivers: receivers.map((name) => ({ name })),
    startsAt: time(alert.startsAtMs),
    status: { inhibitedBy, mutedBy: [], silencedBy, state },
    updatedAt: time(alert.updatedAtMs),
    ...(alert.generatorUrl === '' ? {} : { generatorURL: alert.generatorUrl }),
    labels: sorted(alert.labels.toObject()),
  };
}

/** `alertGroup` of the API. */
export function groupModel(group: GroupView, alerts: readonly AlertView[]): object {
  return { alerts: alerts.map(alertModel), labels: sorted(group.labels), receiver: { name: group.receiver } };
}

/** `gettableSilence` of the API. */
export function silenceModel(silence: Silence, state: SilenceState): object {
  return {
    id: silence.id,
    status: { state },
    updatedAt: time(silence.updatedAtMs),
    comment: silence.comment,
    createdBy: silence.createdBy,
    endsAt: time(silence.endsAtMs),
    matchers: silence.matchers.map(({ type, name, value }) => ({
      isEqual: type === '=' || type === '=~',
      isRegex: type === '=~' || type === '!~',
      name,
      value,
    })),
    startsAt: time(silence.startsAtMs),
  };
}

/** A body as Go's encoder writes it, with the newline. */
export function encode(model: unknown): Buffer {
  return Buffer.from(`${toGoJson(model)}\n`);
}
