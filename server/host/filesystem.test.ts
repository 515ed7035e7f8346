import { statfs } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { createFilesystemCollector } from './filesystem.ts';

it('gives up on a dead mount, asks it only once at a time, and notices when it is back', async () => {
  const clock = new FakeClock();
  const files = {
    read: async () => '1 0 0:1 / /nfs rw - nfs server:/x rw\n2 0 8:1 / / rw - ext4 /dev/sda rw\n',
    readSys: async () => undefined,
    readUdev: async () => undefined,
  };
  const waiting: (() => void)[] = [];
  const space = await statfs('/');
  let asked = 0;
  let isDead = true;
  const collector = createFilesystemCollector(clock, async (mountpoint) => {
    if (mountpoint === '/nfs') {
      asked++;
      if (isDead) await new Promise<void>((resolve) => waiting.push(resolve));
    }
    return space;
  });
  const errorsOf = async () => {
    const families = await collector.collect(files);
    const { samples = [] } = families.find(({ name }) => name === 'node_filesystem_device_error') ?? {};
    return samples.map(({ labels, value }) => [labels?.mountpoint, labels?.device_error, value]);
  };
  const dead = [
    ['/nfs', 'mountpoint timeout', 1],
    ['/', '', 0],
  ];

  const first = errorsOf();
  await clock.advance(5000);
  expect(await first).toEqual(dead);
  expect(await errorsOf()).toEqual(dead);
  expect(asked).toBe(1);
  isDead = false;
  waiting[0]?.();
  await clock.advance(1);
  expect(await errorsOf()).toEqual([
    ['/nfs', '', 0],
    ['/', '', 0],
  ]);
});
