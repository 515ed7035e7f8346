import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('gives every piece of work a turn of the event loop of its own, in the order of asking', async () => {
  const turns = new Turns();
  let turn = 0;
  let isDone = false;
  const count = () => {
    turn++;
    if (!isDone) setImmediate(count);
  };
  count();
  const events: { name: string; turn: number }[] = [];
  const work = async (name: string) => {
    for (let i = 0; i < 3; i++) {
      await turns.next();
      events.push({ name, turn });
    }
  };
  await Promise.all([work('a'), work('b'), work('c')]);
  isDone = true;
  expect(events.map(({ name }) => name).join('')).toBe('abcabcabc');
  expect(new Set(events.map((event) => event.turn)).size).toBe(events.length);
});
