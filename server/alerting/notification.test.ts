import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { compareAlerts } from './notification.ts';

describe('compareAlerts', () => {
  it('orders by job, instance, number of labels, then label by label', () => {
    const wanted = [
      { job: 'a', instance: '1', z: '1' },
      { job: 'a', instance: '2' },
      { job: 'a' },
      { job: 'b', instance: '1' },
      { instance: '1' },
      { alertname: 'A' },
      { alertname: 'B' },
      { zone: 'x', y: 'b' },
      { alertname: 'A', zone: 'x' },
      { alertname: 'A', team: 'x' },
    ].map(Labels.from);
    const shuffled = [...wanted].reverse();
    expect(shuffled.sort(compareAlerts).map(String)).toEqual(wanted.map(String));
  });
});
