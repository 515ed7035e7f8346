import { expect, it } from 'vitest';
import { selectorFault } from './kubernetes-selector.ts';

it.each([
  'app',
  '!canary',
  ' ! canary ',
  'app=web',
  'app == web , tier!=db',
  'app=',
  'example.com/app in (web, api, )',
  'app notin(a)',
  'app in ()',
  'cpu>4,cpu < 9',
  'a-b_c.d=1.2-3_x',
])('takes the label selector %j', (selector) => expect(selectorFault('label', selector)).toBeUndefined());

it.each([
  '=web',
  'app=web=db',
  'app in web',
  'app in (a',
  'app in (a))',
  '-app',
  'app-',
  'a/b/c',
  'a/',
  'cpu>x',
  '!app=web',
  'app of (a)',
  'a b',
])('refuses the label selector %j', (selector) => expect(selectorFault('label', selector)).toContain('unable to parse requirement'));

it('takes no longer for a longer text than that asks for', () => {
  for (const part of [' , ', 'a ', 'a-', ' ', '(', '!', 'a/']) {
    const startMs = performance.now();
    selectorFault('label', `a in (${part.repeat(16_384)}`);
    selectorFault('label', `${part.repeat(16_384)}!`);
    expect(performance.now() - startMs).toBeLessThan(1_000);
  }
});
