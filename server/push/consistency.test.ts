import { describe, expect, it } from 'vitest';
import { checkConsistency, type GroupFamilies, GroupIndex } from './consistency.ts';
import type { PushedFamily, PushedMetric } from './pushed-family.ts';

describe('checkConsistency', () => {
  it('names the first faults of however many', () => {
    const metrics = new Array<PushedMetric>(200_000).fill({ labels: [['job', 'j']], value: 1 });
    const family: PushedFamily = { name: 'x', type: 'gauge', help: '', metrics };
    const check = () => checkConsistency([family], [], { key: 'j', labels: [['job', 'j']] }, new GroupIndex<GroupFamilies>());
    expect(check).toThrow(/: more than 10 error\(s\) occurred:(\n\* collected metric "x" {job="j"} was collected before [\w ]+){10}$/);
  });
});
