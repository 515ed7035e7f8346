import { expect, it } from 'vitest';
import { exprText } from './expr-text.ts';

it('writes expressions as upstream does, whatever features they need', () => {
  expect(exprText('up==0')).toBe('up == 0');
  expect(exprText('sum(x)by(a)>0')).toBe('sum by (a) (x) > 0');
  expect(exprText('rate(x[5m*2]anchored)+fill(0)y')).toBe('rate(x[5m * 2] anchored) + fill (0) y');
  expect(exprText('up ==')).toBe('up ==');
});
