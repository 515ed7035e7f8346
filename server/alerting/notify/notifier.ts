import type { Notification } from '../notification.ts';

/** How one attempt to tell a receiver went; `reason` is for people and carries no secret. */
export type NotifyResult = { readonly isSent: true } | { readonly isSent: false; readonly canRetry: boolean; readonly reason: string };

/** One integration of a receiver: the family of this folder. */
export interface Notifier {
  readonly sendsResolved: boolean;
  /** Tries once. Never throws for what the network or the receiver does wrong. */
  notify(notification: Notification, signal: AbortSignal): Promise<NotifyResult>;
  close(): Promise<void>;
}
