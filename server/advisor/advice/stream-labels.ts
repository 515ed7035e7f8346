import { recognisePattern } from '@alidade/sdk/advise';
import type { Advice } from '@alidade/sdk/schema';
import { stringify } from 'yaml';
import { type AdviceContext, riskOf } from './context.ts';
import { isExplosive } from './exploding-labels.ts';
import { comment } from './yaml.ts';

/** Labels that split log streams without end: what they say belongs into structured metadata. */
export async function adviseStreams({ logs, pace }: Pick<AdviceContext, 'logs' | 'pace'>): Promise<Advice[]> {
  const values = new Map<string, Set<string>>();
  for (const { labels } of logs.streams) {
    if (pace.isDue) await pace.rest();
    for (const [name, value] of labels) values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  const advice: Advice[] = [];
  for (const [name, ofName] of values) {
    const label = { name, values: ofName.size, pattern: recognisePattern([...ofName].slice(0, 500)) };
    if (!isExplosive(label)) continue;
    const without = new Set<string>();
    for (const { labels } of logs.streams) {
      if (pace.isDue) await pace.rest();
      without.add(labels.drop(new Set([name])).flat.join('\ud800'));
    }
    advice.push(metadataInstead(label, logs.streams.length, without.size));
  }
  return advice;
}

function metadataInstead(
  { name, values, pattern }: { name: string; values: number; pattern: string | undefined },
  streams: number,
  left: number,
): Advice {
  const risks = ['queries that select streams by it must filter lines instead; LogQL queries are not replayed'];
  const stages = [{ structured_metadata: { [name]: null } }, { labeldrop: [name] }];
  return {
    id: `stream-label:${name}`,
    kind: 'stream-label',
    title: `Make ${name} structured metadata of log lines`,
    reason: `${name} has ${values} values${pattern ? ` (${pattern})` : ''}. Without it ${streams} streams are ${left}; as structured metadata it can be filtered by all the same.`,
    metrics: [],
    metricCount: 0,
    label: name,
    saves: { series: streams - left, bytes: 0, monthlyCost: 0 },
    risk: riskOf(risks),
    risks,
    relabel: [],
    rules: [],
    yaml: comment('Of the agent that ships the lines:') + stringify({ pipeline_stages: stages }, { lineWidth: 0 }),
    isApplicable: false,
  };
}
