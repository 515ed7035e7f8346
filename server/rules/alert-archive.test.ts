import { expect, it } from 'vitest';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import type { StateStore } from '../storage/store.ts';
import { newAlert } from './active-alert.ts';
import { AlertArchive } from './alert-archive.ts';

it('tries again at the next evaluation when a save failed, and saves nothing twice', async () => {
  const { state } = openMemoryStore(new FakeClock(0));
  let isFull = true;
  let puts = 0;
  const sick: StateStore = {
    get: (namespace, key) => state.get(namespace, key),
    entries: (namespace) => state.entries(namespace),
    delete: (namespace, key) => state.delete(namespace, key),
    put: (namespace, key, value) => {
      puts++;
      return isFull ? Promise.reject(new Error('no space left')) : state.put(namespace, key, value);
    },
  };
  const archive = new AlertArchive(sick);
  const alert = newAlert(Labels.from({ alertname: 'a' }), Labels.EMPTY, 1, 1_000);
  await expect(archive.save('k', [alert], 1_000)).rejects.toThrow('no space left');
  isFull = false;
  await archive.save('k', [alert], 2_000);
  await archive.save('k', [alert], 3_000);
  expect(puts).toBe(2);
  expect(await archive.load('k')).toMatchObject({ savedAtMs: 2_000, alerts: [{ value: 1 }] });
});
