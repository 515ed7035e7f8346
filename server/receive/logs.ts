// Where pushed log lines come in: checked as Loki's distributor checks them (same limits, order and texts), the good ones stored.
import { Counter, type Registry } from 'prom-client';
import type { UnreadableStream } from '../formats/loki-push/push-body.ts';
import { formatStreamLabels } from '../formats/loki-push/stream-labels.ts';
import { type AppError, isAppError } from '../model/app-error.ts';
import type { Clock } from '../model/clock.ts';
import type { LogEntry, LogStream } from '../model/log-entry.ts';
import type { LogStore } from '../storage/store.ts';
import type { LineRefusal } from './errors.ts';
import { checkLabels, lineCheck, type Refusal } from './log-checks.ts';
import { RefusalList } from './refusal-list.ts';

export interface LogReceiverDeps {
  readonly store: LogStore;
  readonly clock: Clock;
  readonly limits: { readonly maxLineBytes: number };
  /** Lines older than this are refused; 0 = none is too old. */
  readonly retentionMs: number;
  readonly registry?: Registry | undefined;
}

/** What became of a push. */
export interface PushOutcome {
  readonly stored: number;
  readonly refused: number;
  /** Loki's texts for what was refused, '' for nothing. */
  readonly message: string;
}

/** Takes lines in; out of order is fine, as in Loki since 2.4. */
export interface LogReceiver {
  /**
   * Stores the good lines; resolves when they are durable. `unreadable` streams are only counted and told. Rejects with what the
   * store says when it takes nothing (`storage.overloaded`, `storage.too_many_series`).
   */
  push(streams: readonly LogStream[], unreadable?: readonly UnreadableStream[]): Promise<PushOutcome>;
}

/** Lines that are checked before other work may run. */
const LINES_AT_ONCE = 20_000;

const REFUSAL_OF_CODE: Readonly<Record<string, LineRefusal>> = {
  'storage.too_many_series': 'stream_limit',
  'storage.overloaded': 'overloaded',
};

/** A stream that the store has no place for, and what it said. */
type Unstored = readonly [stream: LogStream, error: AppError];

export function createLogReceiver(deps: LogReceiverDeps): LogReceiver {
  const { store, clock } = deps;
  const metrics = createMetrics(deps.registry);

  return {
    async push(streams, unreadable = []) {
      const refusals = new RefusalList();
      const refuse = ({ reason, message }: Refusal, lines: number) => {
        refusals.add(message, lines);
        metrics.refused?.inc({ reason }, lines);
      };
      for (const { message, lines } of unreadable) refuse({ reason: 'invalid_labels', message: () => message }, lines);
      const check = lineCheck(deps.limits.maxLineBytes, deps.retentionMs, clock.nowMs());
      const good: LogStream[] = [];
      let stored = 0;
      let checked = 0;
      for (const { labels, entries } of streams) {
        if (entries.length === 0) continue;
        checked += entries.length;
        if (checked > LINES_AT_ONCE) {
          checked = 0;
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
        const badLabels = checkLabels(labels);
        if (badLabels) {
          refuse(badLabels, entries.length);
          continue;
        }
        const kept = goodEntries(entries, (entry) => {
          const refusal = check(labels, entry);
          if (refusal) refuse(refusal, 1);
          return refusal === undefined;
        });
        stored += kept.length;
        if (kept.length > 0) good.push({ labels, entries: kept });
      }
      for (const [stream, error] of await append(good)) {
        stored -= stream.entries.length;
        refuse(
          { reason: 'stream_limit', message: () => `stream '${formatStreamLabels(stream.labels)}': ${error.message}` },
          stream.entries.length,
        );
      }
      metrics.received?.inc(stored);
      return { stored, refused: refusals.total, message: refusals.toString() };
    },
  };

  /** Stores streams; answers those that are one too many while others were stored. Throws when nothing was. */
  async function append(streams: readonly LogStream[]): Promise<readonly Unstored[]> {
    if (streams.length === 0) return [];
    try {
      await store.append(streams);
      return [];
    } catch (error) {
      if (isAppError(error, 'storage.too_many_series') && streams.length > 1) return appendEach(streams);
      count(error, streams);
      throw error;
    }
  }

  /** At the limit of streams, lines of those that exist must not suffer for the others. */
  async function appendEach(streams: readonly LogStream[]): Promise<readonly Unstored[]> {
    const unstored: Unstored[] = [];
    const failures: unknown[] = [];
    await Promise.all(
      streams.map((stream) =>
        store.append([stream]).catch((error: unknown) => {
          if (isAppError(error, 'storage.too_many_series')) unstored.push([stream, error]);
          else failures.push(error);
        }),
      ),
    );
    const failure = failures[0] ?? (unstored.length === streams.length ? unstored[0]?.[1] : undefined);
    if (failure === undefined) return unstored;
    count(failure, streams);
    throw failure;
  }

  function count(error: unknown, streams: readonly LogStream[]): void {
    const reason = isAppError(error) ? REFUSAL_OF_CODE[error.code] : undefined;
    const lines = streams.reduce((sum, { entries }) => sum + entries.length, 0);
    if (reason) metrics.refused?.inc({ reason }, lines);
  }
}

function createMetrics(registry: Registry | undefined) {
  if (!registry) return {};
  const registers = [registry];
  return {
    received: new Counter({ name: 'alidade_receive_log_lines_total', help: 'Log lines taken from pushes.', registers }),
    refused: new Counter({
      name: 'alidade_receive_log_lines_refused_total',
      help: 'Log lines of pushes that were not stored, by reason.',
      labelNames: ['reason'],
      registers,
    }),
  };
}

/** The entries that pass, without a line that directly repeats the one before it: same time, same text (Loki drops it silently). */
function goodEntries(entries: readonly LogEntry[], isGood: (entry: LogEntry) => boolean): readonly LogEntry[] {
  let isWhole = true;
  let last: LogEntry | undefined;
  const kept = entries.filter((entry) => {
    const isRepeated = last !== undefined && last.timestampNs === entry.timestampNs && last.line === entry.line;
    const isKept = !isRepeated && isGood(entry);
    if (isKept) last = entry;
    else isWhole = false;
    return isKept;
  });
  return isWhole ? entries : kept;
}
