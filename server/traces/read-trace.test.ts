import { expect, it } from 'vitest';
import { testSpan } from '../formats/otlp/testing/spans.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { toTraceId } from '../model/trace-id.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { readTrace } from './read-trace.ts';

it('reads a trace unless it is too large', async () => {
  const { traces } = openMemoryStore(new FakeClock());
  const spans = ['1', '2', '3'].map((digit) => testSpan({ spanId: digit.repeat(16) }));
  await traces.append(spans);
  const traceId = spans[0]?.traceId ?? '';
  expect(await readTrace(traces, traceId, 3, {})).toHaveLength(3);
  expect(await readTrace(traces, 'f'.repeat(32), 3, {})).toEqual([]);
  await expect(readTrace(traces, traceId, 2, {})).rejects.toMatchObject({
    code: 'traces.too_large',
    message: expect.stringContaining('more than 2 spans'),
  });
});

it('pads short ids and refuses what is none', () => {
  expect(toTraceId('A1')).toBe('000000000000000000000000000000a1');
  for (const text of ['', 'xyz', '1'.repeat(33), ' a']) expect(toTraceId(text)).toBeUndefined();
});
