// What happens to a group when it is flushed: drop inhibited, drop silenced, then for each integration: drop what it was told
// already, send with retry, record.
import type { NotificationRecord } from '@alidade/sdk/schema';
import type { Clock } from '../model/clock.ts';
import type { Decision, Flush, Integration } from './flush.ts';
import type { History } from './history.ts';
import type { Inbox } from './inbox.ts';
import type { Inhibitor } from './inhibit.ts';
import type { FlushedAlert } from './notification.ts';
import { NotificationLog } from './notification-log.ts';
import type { Silences } from './silence.ts';
import { deliver } from './stages/deliver.ts';
import { dropInhibited } from './stages/drop-inhibited.ts';
import { fingerprints, isDue } from './stages/drop-notified.ts';
import { dropSilenced } from './stages/drop-silenced.ts';

/** What the stages look at and write to. */
export interface PipelineParts {
  readonly clock: Clock;
  readonly inbox: Inbox;
  readonly inhibitor: Inhibitor;
  readonly silences: Silences;
  readonly log: NotificationLog;
  readonly history: History;
  readonly externalUrl: string;
  /** Told of every decision. */
  readonly decide: (decision: Decision) => void;
}

/** Runs one flush; true when nobody is left who should have been told and was not. Throws the store's errors. */
export async function runPipeline(flush: Flush, parts: PipelineParts): Promise<boolean> {
  const { nowMs } = flush;
  const inhibited = dropInhibited(flush.alerts, parts.inhibitor(parts.inbox.list(), nowMs));
  const silenced = dropSilenced(inhibited.passed, parts.silences);
  const [held] = [...inhibited.held, ...silenced.held];
  if (silenced.passed.length === 0) {
    parts.decide({ timeMs: nowMs, integration: '', outcome: 'not sent', reason: held?.reason ?? 'no alerts' });
    return true;
  }
  if (flush.integrations.length === 0) {
    const why = flush.unsupported.length > 0 ? `${flush.unsupported.join(', ')} cannot be told yet` : 'the receiver has no integrations';
    parts.decide({ timeMs: nowMs, integration: '', outcome: 'not sent', reason: `nobody to tell: ${why}` });
    return true;
  }
  const told = await Promise.all(flush.integrations.map((integration) => tell(integration, silenced.passed, flush, parts)));
  return told.every(Boolean);
}

async function tell(integration: Integration, alerts: readonly FlushedAlert[], flush: Flush, parts: PipelineParts): Promise<boolean> {
  const { receiver, name, notifier } = integration;
  const key = NotificationLog.key(flush.groupKey, receiver, name);
  const { sendsResolved } = notifier;
  const { nowMs, repeatIntervalMs } = flush;
  const due = isDue({ last: parts.log.get(key), alerts, sendsResolved, repeatIntervalMs, nowMs });
  const decide = (outcome: Decision['outcome'], reason: string) =>
    parts.decide({ timeMs: parts.clock.nowMs(), integration: `${receiver}/${name}`, outcome, reason });
  if (!due.isDue) {
    decide('not sent', due.reason);
    return true;
  }
  const wanted = sendsResolved ? alerts : alerts.filter(({ isResolved }) => !isResolved);
  if (wanted.length === 0) decide('not sent', `${due.reason}, which this receiver does not want to hear (send_resolved: false)`);
  else if (!(await send(integration, wanted, due.reason, flush, parts, decide))) return false;
  await parts.log.record(key, { timeMs: nowMs, expiresAtMs: nowMs + 2 * repeatIntervalMs, ...fingerprints(alerts) });
  return true;
}

async function send(
  { receiver, name, notifier }: Integration,
  alerts: readonly FlushedAlert[],
  reason: string,
  flush: Flush,
  parts: PipelineParts,
  decide: (outcome: Decision['outcome'], reason: string) => void,
): Promise<boolean> {
  const { groupKey, groupLabels } = flush;
  const { firing, resolved } = fingerprints(alerts);
  const delivery = parts.history.begin();
  const note = (outcome: NotificationRecord['outcome'], text: string) => {
    const timeMs = parts.clock.nowMs();
    delivery.update({
      timeMs,
      receiver,
      integration: name,
      groupLabels: groupLabels.toObject(),
      firing: firing.length,
      resolved: resolved.length,
      outcome,
      reason: text,
    });
    decide(outcome, text);
  };
  const notification = { receiver, groupKey, groupLabels, alerts, reason, externalUrl: parts.externalUrl };
  const result = await deliver(notifier, notification, parts.clock, flush, (attempts, error) =>
    note('retrying', `${reason}; attempt ${attempts} failed: ${error}`),
  );
  const tries = result.attempts > 1 ? ` (attempt ${result.attempts})` : '';
  note(
    result.isSent ? 'sent' : 'failed',
    result.isSent
      ? reason + tries
      : `${reason}; gave up after ${result.attempts} ${result.attempts === 1 ? 'attempt' : 'attempts'}: ${result.reason}`,
  );
  return result.isSent;
}
