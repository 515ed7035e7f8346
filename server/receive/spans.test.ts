import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { testSpan } from '../formats/otlp/testing/spans.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { storageError } from '../storage/errors.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { createSpanReceiver, type SpanReceiver } from './spans.ts';

const NOW_MS = Date.parse('2026-01-02T03:04:05Z');
const HOUR_MS = 3_600_000;
const ns = (timeMs: number) => BigInt(timeMs) * 1_000_000n;

describe('the receiver of spans', () => {
  const span = (fields: Parameters<typeof testSpan>[0] = {}) => testSpan({ startNs: ns(NOW_MS - 5_000), endNs: ns(NOW_MS), ...fields });
  let registry: Registry;
  let store: ReturnType<typeof openMemoryStore>;
  let receiver: SpanReceiver;
  beforeEach(() => {
    registry = new Registry();
    const clock = new FakeClock(NOW_MS);
    store = openMemoryStore(clock);
    receiver = createSpanReceiver({ store: store.traces, clock, limits: { maxSpanBytes: 1_000 }, retentionMs: 24 * HOUR_MS, registry });
  });
  const stored = async () => (await store.traces.traces([span().traceId], {}))[0] ?? [];

  it('stores what is good', async () => {
    expect(await receiver.push([span()])).toEqual({ rejectedSpans: 0, errorMessage: '' });
    expect(await stored()).toEqual([span()]);
    expect(await registry.getSingleMetricAsString('alidade_receive_spans_total')).toContain('alidade_receive_spans_total 1');
  });

  it.each([
    ['no_trace_id', { traceId: '' }, 'its trace id is missing or all zeros'],
    ['no_span_id', { spanId: '' }, 'its span id is missing or all zeros'],
    ['too_old', { startNs: 0n }, 'it has no start time'],
    [
      'too_old',
      { startNs: ns(NOW_MS - 25 * HOUR_MS) },
      'it starts at 2026-01-01T02:04:05.000Z, before the retention of traces begins (2026-01-01T03:04:05.000Z)',
    ],
    ['too_far_in_future', { startNs: ns(NOW_MS + HOUR_MS) }, 'it starts at 2026-01-02T04:04:05.000Z, more than 10 minutes ahead'],
    ['too_far_in_future', { endNs: 2n ** 64n - 1n }, 'it ends at 2554-07-21T23:34:33.709Z'],
    ['too_large', { attributes: { text: 'é'.repeat(600) } }, 'it is larger than the limit of 1000 bytes'],
    ['too_large', { scopeName: 'x'.repeat(1_000) }, 'it is larger than the limit of 1000 bytes'],
    ['too_large', { events: [{ timeNs: 1n, name: '', attributes: { deep: [{ text: 'x'.repeat(1_000) }] } }] }, 'it is larger'],
  ])('refuses what is %s, and keeps the rest', async (reason, fields, why) => {
    const { rejectedSpans, errorMessage } = await receiver.push([
      span({ ...fields, name: 'bad' }),
      span(),
      span({ ...fields, name: 'worse' }),
    ]);
    expect(rejectedSpans).toBe(2);
    expect(errorMessage).toContain(`2 of 3 spans refused: 2 ${reason.replaceAll('_', ' ')} (first: span "bad" of service "api": ${why}`);
    expect(await stored()).toEqual([span()]);
    expect(await registry.getSingleMetricAsString('alidade_receive_spans_refused_total')).toContain(`{reason="${reason}"} 2`);
  });

  it('counts what it could not store', async () => {
    const failing = { ...store.traces, append: () => Promise.reject(storageError('storage.overloaded')) } as typeof store.traces;
    const counted = new Registry();
    const full = createSpanReceiver({
      store: failing,
      clock: new FakeClock(NOW_MS),
      limits: { maxSpanBytes: 1_000 },
      retentionMs: 0,
      registry: counted,
    });
    await expect(full.push([span(), span()])).rejects.toMatchObject({ code: 'storage.overloaded' });
    expect(await counted.getSingleMetricAsString('alidade_receive_spans_refused_total')).toContain('{reason="overloaded"} 2');
  });

  it('counts bytes of UTF-8, not characters', async () => {
    expect((await receiver.push([span({ attributes: { text: 'x'.repeat(600) } })])).rejectedSpans).toBe(0);
  });

  it('lets a span take no time that ends before it begins', async () => {
    await receiver.push([span({ endNs: 0n })]);
    expect(await stored()).toEqual([span({ endNs: span().startNs })]);
  });

  it('does not store a large resource again and again', async () => {
    const resource = { 'service.name': 'api', text: 'x'.repeat(70_000) };
    const { rejectedSpans, errorMessage } = await receiver.push([span({ resource, name: 'bad' }), span()]);
    expect(rejectedSpans).toBe(1);
    expect(errorMessage).toContain('the attributes of its resource are larger than the limit of 65536 bytes');
    const almost = { 'service.name': 'api', text: 'x'.repeat(65_000) };
    const many = Array.from({ length: 5_000 }, (_, i) => span({ resource: almost, spanId: i.toString(16).padStart(16, '1') }));
    const answer = await receiver.push(many);
    expect(answer.rejectedSpans).toBeGreaterThan(500);
    expect(answer.errorMessage).toContain('with their resources the spans of the request are larger than 268435456 bytes');
  });

  it('stores a large push part by part, and waits for room between', async () => {
    const clock = new FakeClock(NOW_MS);
    const sizes: number[] = [];
    let isFull = false;
    const append = (spans: readonly unknown[]) => {
      isFull = sizes.length > 0 && !isFull;
      if (isFull) return Promise.reject(storageError('storage.overloaded'));
      sizes.push(spans.length);
      return Promise.resolve();
    };
    const busy = { ...store.traces, append } as typeof store.traces;
    const large = createSpanReceiver({ store: busy, clock, limits: { maxSpanBytes: 1_000 }, retentionMs: 0 });
    const pushed = large.push(Array.from({ length: 12_000 }, () => span()));
    let isDone = false;
    void pushed.then(() => {
      isDone = true;
    });
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(100);
    }
    expect(await pushed).toEqual({ rejectedSpans: 0, errorMessage: '' });
    expect(sizes).toEqual([5_000, 5_000, 2_000]);
  });
});
