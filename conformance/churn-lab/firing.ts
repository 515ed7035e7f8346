// Alidade's own rules over series in promtool's notation, on a fake clock.
import type { AlertingRule } from '@alidade/sdk/schema';
import { languageChecks } from '../../server/app-config.ts';
import { ConfigFile } from '../../server/config/config-file.ts';
import { readRuleGroups } from '../../server/config/rule-groups.ts';
import { FakeClock } from '../../server/model/fake-clock.ts';
import { Labels } from '../../server/model/labels.ts';
import { NO_FEATURES } from '../../server/model/language-features.ts';
import { createQueryEngine } from '../../server/promql/engine/query-engine.ts';
import { createRuleManager } from '../../server/rules/manager.ts';
import { openMemoryStore } from '../../server/storage/memory/open.ts';
import { STEP_SECONDS, type World } from './alert-cases.ts';

const STEP_MS = STEP_SECONDS * 1000;

/** Names of the alerts that fire after so many minutes in which the rules were evaluated every 15 seconds, each once, sorted. */
export async function firingIn(world: World, rules: readonly AlertingRule[], minutes: number): Promise<string[]> {
  const clock = new FakeClock(0);
  const store = openMemoryStore(clock);
  const appender = store.metrics.appender();
  for (const [series, values] of Object.entries(world)) {
    const ref = appender.seriesRef(labelsOf(series));
    for (const [i, value] of expand(values).entries()) appender.append(ref, i * STEP_MS, value);
  }
  await appender.commit();
  const engine = createQueryEngine({ store: store.metrics, clock, workers: 0 });
  const manager = createRuleManager({
    engine,
    store: store.metrics,
    state: store.state,
    clock,
    onAlerts: () => undefined,
    externalUrl: '',
    externalLabels: {},
  });
  await manager.apply(groupOf(rules));
  await clock.advance(minutes * 60_000);
  const found = manager.groups().flatMap((group) => group.rules.flatMap((rule) => (rule.type === 'alerting' ? rule.alerts : [])));
  await manager.stop();
  await engine.close();
  const names = found.filter(({ state }) => state === 'firing').map(({ labels }) => labels.get('alertname') ?? '');
  return [...new Set(names)].sort();
}

function groupOf(rules: readonly AlertingRule[]) {
  const file = new ConfigFile('rules.yml', JSON.stringify({ groups: [{ name: 'cases', interval: '15s', rules }] }));
  const groups = readRuleGroups(file, { intervalMs: STEP_MS, queryOffsetMs: 0, features: NO_FEATURES }, languageChecks);
  if (!groups || file.problems.length > 0) throw new Error(JSON.stringify(file.problems));
  return groups;
}

function labelsOf(series: string): Labels {
  const [, name = '', inside = ''] = /^(\w+)\{(.*)\}$/.exec(series) ?? [];
  const pairs = [...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]);
  return Labels.from({ __name__: name, ...(Object.fromEntries(pairs) as Record<string, string>) });
}

/** `0+3x2 5x1` is 0 3 6 5 5. */
function expand(values: string): number[] {
  return values.split(' ').flatMap((part) => {
    const [, first = '', step = '0', count = '0'] = /^(-?[\d.e+]+?)([+-][\d.e+]+)?x(\d+)$/.exec(part) ?? [];
    return Array.from({ length: Number(count) + 1 }, (_, i) => Number(first) + i * Number(step));
  });
}
