// A rule group over a memory store and a clock that a test moves, minute by minute.
import type { RuleGroupConfig } from '../../server/config/rule-groups.ts';
import { FakeClock } from '../../server/model/fake-clock.ts';
import type { Labels } from '../../server/model/labels.ts';
import { createQueryEngine } from '../../server/promql/engine/query-engine.ts';
import { createRuleManager } from '../../server/rules/manager.ts';
import { groupOffsetMs } from '../../server/rules/schedule.ts';
import { openMemoryStore } from '../../server/storage/memory/open.ts';

export const MINUTE = 60_000;

export interface FiringAlert {
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a series has at a time. */
export interface SampleOf {
  readonly labels: Labels;
  readonly value: number;
}

/** Starts a group that evaluates every minute; a group's slots are shifted by a hash of its name, so samples are written at the slots. */
export async function startRuleWorld(group: RuleGroupConfig) {
  const clock = new FakeClock(0);
  const store = openMemoryStore(clock);
  const engine = createQueryEngine({ store: store.metrics, clock, workers: 0 });
  const onAlerts = () => undefined;
  const { metrics, state } = store;
  const manager = createRuleManager({ engine, store: metrics, state, clock, onAlerts, externalUrl: '', externalLabels: {} });
  const startMs = 10 * MINUTE + groupOffsetMs(group.file, group.name, MINUTE);
  await clock.advance(startMs - 1);
  await manager.apply([group]);
  return {
    engine,
    /** The time of the first evaluation. */
    startMs,
    /** Writes the samples of the next minute, lets the group evaluate them, and tells what fires. */
    async minute(samples: Iterable<SampleOf>): Promise<FiringAlert[]> {
      const appender = metrics.appender();
      const timeMs = clock.nowMs() + 1;
      for (const { labels, value } of samples) appender.append(appender.seriesRef(labels), timeMs, value);
      await appender.commit();
      await clock.advance(MINUTE);
      const active = manager.groups().flatMap(({ rules }) => rules.flatMap((rule) => (rule.type === 'alerting' ? rule.alerts : [])));
      return active.filter(({ state: alertState }) => alertState === 'firing');
    },
    async stop(): Promise<void> {
      await manager.stop();
      await engine.close();
    },
  };
}
