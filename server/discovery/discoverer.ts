import type { TargetGroup } from '../config/scrape-config.ts';
import type { Clock } from '../model/clock.ts';

/** What every discoverer is given besides its own settings. */
export interface DiscovererDeps {
  /** Called with everything that this discoverer knows now, whenever that changes; the first call may come before `start` returns. */
  readonly onUpdate: (groups: readonly TargetGroup[]) => void;
  /** Called when `source` (a file, a URL) fails, and with undefined when it works again. What was found before stays in force. */
  readonly onProblem: (source: string, message: string | undefined) => void;
  readonly clock: Clock;
  /** Host names to addresses, as `--resolve`. */
  readonly resolve: Readonly<Record<string, string>>;
  /** Which file names the DNS servers; default: /etc/resolv.conf. */
  readonly resolvConf?: string | undefined;
  /** Environment variables; default: those of the process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where a cluster puts the service account of its pods; default: /var/run/secrets/kubernetes.io/serviceaccount. */
  readonly serviceAccountDir?: string | undefined;
}

/** A running discoverer. */
export interface Discoverer {
  /** Ends it; no callback comes afterwards. */
  stop(): Promise<void>;
}
