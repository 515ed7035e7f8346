import { describe, expect, it } from 'vitest';
import { withTime } from './signal-switch.tsx';

describe('withTime', () => {
  it('keeps range and refresh, and nothing else', () => {
    expect(withTime('/logs', 'q=up&from=now-3h&to=now&refresh=5s&view=table')).toBe('/logs?from=now-3h&to=now&refresh=5s');
    expect(withTime('/logs', 'q=up')).toBe('/logs');
  });
});
