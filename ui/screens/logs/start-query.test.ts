import { describe, expect, it } from 'vitest';
import { leftOut, startQuery } from './start-query.ts';

describe('startQuery', () => {
  it('asks for the most usual label that there is', () => {
    expect(startQuery(['environment', 'job', 'service'])).toBe('{service=~".+"}');
    expect(startQuery(['__hidden__', 'zone'])).toBe('{zone=~".+"}');
    expect(startQuery([])).toBeUndefined();
  });

  it('names what it may leave out', () => {
    expect(leftOut(['app', 'service', 'zone'])).toEqual([{ label: 'app', without: 'service', query: '{app=~".+", service=""}' }]);
    expect(leftOut(['zone'])).toEqual([]);
  });
});
