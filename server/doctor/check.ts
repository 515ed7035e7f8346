/** What a check came to; it is a failure when something does not work, a warning when it soon may not. */
export type CheckStatus = 'ok' | 'warning' | 'failure' | 'absent';

/** One thing that was looked at. */
export interface Check {
  /** `disk space`, `Grafana`. */
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found. */
  readonly detail: string;
  /** What to do; with everything that is not good. */
  readonly cure?: string | undefined;
}

export const good = (name: string, detail: string): Check => ({ name, status: 'ok', detail });
export const bad = (name: string, status: 'warning' | 'failure' | 'absent', detail: string, cure: string): Check => ({
  name,
  status,
  detail,
  cure,
});

/** The first few of many, for a line. */
export function some(items: readonly string[], most = 3): string {
  return `${items.slice(0, most).join('; ')}${items.length > most ? `; and ${items.length - most} more` : ''}`;
}
