import type { Labels } from '../model/labels.ts';
import type { FlushedAlert } from './notification.ts';
import type { Notifier } from './notify/notifier.ts';

/** One way of a receiver, `webhook[0]`. */
export interface Integration {
  readonly receiver: string;
  readonly name: string;
  readonly notifier: Notifier;
}

/** The alerts of a group on their way through the pipeline. */
export interface Flush {
  readonly nowMs: number;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly FlushedAlert[];
  readonly integrations: readonly Integration[];
  /** What the receiver is configured with beyond them and cannot do yet: `pagerduty_configs[0]`. */
  readonly unsupported: readonly string[];
  readonly repeatIntervalMs: number;
  /** Aborted when nothing is to be tried again: at the next flush, a reload or the end. */
  readonly signal: AbortSignal;
  /** Aborted when a request under way is to be given up; after a reload or at the end it gets a little longer, lest it be sent twice. */
  readonly attemptSignal: AbortSignal;
}

/** What was decided for a group, in words. `integration` is '' when it concerns all of them. */
export interface Decision {
  readonly timeMs: number;
  readonly integration: string;
  readonly outcome: 'sent' | 'failed' | 'retrying' | 'not sent';
  readonly reason: string;
}
