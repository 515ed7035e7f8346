import type { Alerting } from '../../alerting/alerting.ts';
import type { Clock } from '../../model/clock.ts';

/** What the Alertmanager API needs of the server. */
export interface AlertmanagerApiDeps {
  readonly clock: Clock;
  readonly alerting: Pick<Alerting, 'alerts' | 'groups' | 'receive' | 'receivers' | 'silences'>;
  readonly startedAtMs: number;
  /** Alidade's version. */
  readonly version: string;
  /** Text of alertmanager.yml with secrets replaced, '' when there is none. */
  configText(): string;
  reportError(error: unknown, request: string): void;
}
