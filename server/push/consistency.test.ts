import { describe, expect, it } from 'vitest';
import { atOnce } from '../formats/otlp/in-turns.ts';
import { checkConsistency, type GroupFamilies, GroupIndex } from './consistency.ts';
import type { PushedFamily, PushedMetric } from './pushed-family.ts';

const family = (name: string, metrics: readonly PushedMetric[] = []): PushedFamily => ({ name, type: 'gauge', help: '', metrics });
const groupOf = (job: string, families: readonly PushedFamily[]): GroupFamilies => ({
  labels: [['job', job]],
  families: new Map(families.map((each) => [each.name, each])),
});

describe('checkConsistency', () => {
  it('names the first faults of however many', () => {
    const metrics = new Array<PushedMetric>(200_000).fill({ labels: [['job', 'j']], value: 1 });
    const check = () => atOnce(checkConsistency(['x'], 'j', groupOf('j', [family('x', metrics)]), new GroupIndex()));
    expect(check).toThrow(/: more than 10 error\(s\) occurred:(\n\* collected metric "x" {job="j"} was collected before [\w ]+){10}$/);
  });

  it('looks only at groups that have families of the same names', () => {
    const index = new GroupIndex<GroupFamilies>();
    let looked = 0;
    for (let i = 0; i < 100; i++) {
      const { families } = groupOf('', [family(i < 3 ? 'x0' : 'y')]);
      const get = (name: string) => {
        looked++;
        return families.get(name);
      };
      atOnce(index.set(`j${i}`, { labels: [], families: Object.assign(new Map(families), { get }) }));
    }
    const names = Array.from({ length: 100 }, (_, i) => `x${i}`);
    atOnce(
      checkConsistency(
        names,
        'j',
        groupOf(
          'j',
          names.map((name) => family(name)),
        ),
        index,
      ),
    );
    expect(looked).toBeLessThan(10);
  });
});
