import { type AlertOptions, alert, type Duration, type PromqlText } from '@alidade/sdk/code';
import type { AlertingRule } from '@alidade/sdk/schema';
import { runbookUrl } from '../runbooks.ts';

/** What every alert of the lab says. */
export interface LabAlert {
  readonly severity: 'critical' | 'warning' | 'info' | 'demo';
  readonly team: string;
  readonly for?: Duration;
  readonly labels?: AlertOptions['labels'];
  /** One line: what is wrong. */
  readonly summary: string;
  /** What it means, with the value. */
  readonly description: string;
  /** What to do first, for those who do not open the runbook. */
  readonly action: string;
}

/** An alert with everything that its reader needs. */
export function labAlert(name: string, expr: PromqlText | string, { action, ...options }: LabAlert): AlertingRule {
  return alert(name, expr, { ...options, runbook: runbookUrl(name), annotations: { action } });
}
