// What `alidade doctor` is told by a running server: its own checks, and the programs that it is pointed at.
import type { Config, Problem } from './config/config.ts';
import type { Check } from './doctor/check.ts';
import { selfCheck } from './doctor/self-check.ts';
import type { RulesView } from './rules/rule-status.ts';
import type { TargetsView } from './scrape/target-status.ts';
import { SCHEMA_VERSION } from './storage/clickhouse/tables.ts';
import type { Store } from './storage/store.ts';

/** The parts that are looked at. */
export interface DoctorParts {
  readonly version: string;
  readonly nowMs: () => number;
  readonly store: Store;
  readonly config: () => Config;
  readonly lastLoad: () => { readonly succeeded: boolean; readonly problems: readonly Problem[] };
  readonly targets: Pick<TargetsView, 'active'>;
  readonly rules: RulesView;
  /** `…/api/v2/alerts` of each Alertmanager besides the built-in one. */
  readonly alertmanagers: () => readonly string[];
  readonly closedPorts: () => readonly string[];
}

/** The answer of `/api/ui/doctor`. */
export interface DoctorReport {
  readonly version: string;
  readonly nowMs: number;
  readonly checks: readonly Check[];
  readonly components: readonly { readonly name: string; readonly url: string }[];
}

/** All that may wait for the engine: heads of samples, and lines and spans (OpenStoreOptions). */
const MAX_PENDING_BYTES = 12_000_000 * 16 + 3 * 64_000_000;

/** Makes the report. */
export async function examine(parts: DoctorParts): Promise<DoctorReport> {
  const { store } = parts;
  const config = parts.config();
  const checks = await selfCheck({
    dataDir: config.server.dataDir,
    schemaVersion: SCHEMA_VERSION,
    nowMs: parts.nowMs,
    configuration: parts.lastLoad,
    targets: () =>
      parts.targets.active().map(({ scrapeUrl, health, lastError }) => ({ name: scrapeUrl, isBad: health === 'down', lastError })),
    rules: () =>
      parts.rules
        .groups()
        .flatMap(({ rules }) => rules.map(({ name, health, lastError }) => ({ name, isBad: health === 'err', lastError }))),
    queues: () => queuesOf(store, config),
    newestSampleMs: () => store.commitLog?.newestMs ?? Number.NEGATIVE_INFINITY,
    diskBytes: () => store.stats().diskBytes,
    closedPorts: parts.closedPorts,
  });
  const components = parts
    .alertmanagers()
    .map((url) => ({ name: `Alertmanager ${new URL(url).host}`, url: url.replace(/\/api\/v2\/alerts$/, '/-/healthy') }));
  return { version: parts.version, nowMs: parts.nowMs(), checks, components };
}

async function queuesOf(store: Store, { prometheus, server }: Config) {
  const writing = {
    name: 'write queue',
    bytes: store.stats().pendingBytes,
    maxBytes: MAX_PENDING_BYTES,
    cure: 'the disk is slower than what arrives: send less, or give it a faster one',
  };
  if (prometheus.remoteWrites.length === 0 || !store.commitLog) return [writing];
  const bytes = (await store.commitLog.segments()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const sending = {
    name: 'remote_write queue',
    bytes,
    maxBytes: server.remoteWriteLogBytes,
    cure: 'look whether what remote_write names answers; beyond the limit (--remote-write-log-mb) the oldest is dropped',
  };
  return [writing, sending];
}
