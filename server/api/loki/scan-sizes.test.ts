import { expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import { sizesByStep } from './scan-sizes.ts';

it('refuses to count more streams at more steps than fit into memory', async () => {
  const { logs } = openMemoryStore(new FakeClock(0));
  const entries = [{ timestampNs: 15n, line: 'four', metadata: Labels.EMPTY }];
  await logs.append(['a', 'b', 'c'].map((app) => ({ labels: Labels.from({ app }), entries })));
  const grid = { startNs: 0n, stepNs: 10n, steps: 4 };
  const sizes = await sizesByStep(logs, [], grid, {}, 12);
  expect([...sizes.values()].map((bytes) => [...bytes])).toEqual(Array(3).fill([0, 4, 0, 0]));
  await expect(sizesByStep(logs, [], grid, {}, 11)).rejects.toMatchObject({
    code: 'loki.bad_request',
    message: expect.stringContaining('more than 2 streams at 4 steps'),
  });
});
