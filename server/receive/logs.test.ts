import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { AppError } from '../model/app-error.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { Labels } from '../model/labels.ts';
import type { LogEntry, LogStream } from '../model/log-entry.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { createLogReceiver } from './logs.ts';

const NOW_MS = Date.UTC(2024, 4, 1, 12);
const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const HOUR_MS = 3_600_000;

const entry = (line: string, ageMs = 0, metadata: Record<string, string> = {}): LogEntry => ({
  timestampNs: NOW_NS - BigInt(ageMs) * 1_000_000n,
  line,
  metadata: Labels.from(metadata),
});
const stream = (labels: Record<string, string>, ...entries: LogEntry[]): LogStream => ({ labels: Labels.from(labels), entries });

function lab(retentionMs = 24 * HOUR_MS) {
  const clock = new FakeClock(NOW_MS);
  const store = openMemoryStore(clock);
  const registry = new Registry();
  const receiver = createLogReceiver({ store: store.logs, clock, limits: { maxLineBytes: 100 }, retentionMs, registry });
  return {
    receiver,
    store,
    lines: () => store.stats().logLinesAppended,
    refused: async () => {
      const metric = await registry.getSingleMetric('alidade_receive_log_lines_refused_total')?.get();
      return Object.fromEntries(metric?.values.map(({ labels, value }) => [labels.reason, value]) ?? []);
    },
  };
}

describe('a receiver of log lines', () => {
  it('stores good lines, in and out of order', async () => {
    const { receiver, lines } = lab();
    const outcome = await receiver.push([
      stream({ app: 'a' }, entry('new'), entry('old', 1000), entry('é'.repeat(50))),
      stream({ app: 'b' }),
      stream({ app: 'a' }, entry('soon', -600_000)),
    ]);
    expect(outcome).toEqual({ stored: 4, refused: 0, message: '' });
    expect(lines()).toBe(4);
  });

  it("refuses lines in Loki's words and keeps those beside them", async () => {
    const { receiver, lines, refused } = lab();
    const outcome = await receiver.push([
      stream({ app: 'a', env: 'x"y' }, entry('good'), entry('ancient', 25 * HOUR_MS), entry('tomorrow', -HOUR_MS), entry('é'.repeat(51))),
    ]);
    expect(outcome).toEqual({
      stored: 1,
      refused: 3,
      message: [
        `entry for stream '{app="a", env="x\\"y"}' has timestamp too old: 2024-04-30T11:00:00Z, oldest acceptable timestamp is: 2024-04-30T12:00:00Z`,
        `entry for stream '{app="a", env="x\\"y"}' has timestamp too new: 2024-05-01T13:00:00Z`,
        `Max entry size '100' bytes exceeded for stream '{app="a", env="x\\"y"}' while adding an entry with length '102' bytes`,
      ].join('; '),
    });
    expect(lines()).toBe(1);
    expect(await refused()).toEqual({ greater_than_max_sample_age: 1, too_far_in_future: 1, line_too_long: 1 });
  });

  it('refuses streams for their labels', async () => {
    const { receiver, refused } = lab();
    const many = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`l${String(i).padStart(2, '0')}`, 'x']));
    const push = async (labels: Record<string, string>) => (await receiver.push([stream(labels, entry('x'), entry('y'))])).message;
    expect(await push({})).toBe('2 errors like: error at least one label pair is required per stream');
    expect(await push(many)).toMatch(/^2 errors like: entry for stream '\{l00="x", .*\}' has 16 label names; limit 15$/);
    expect(await push({ ['n'.repeat(1025)]: 'x' })).toMatch(/stream '.*' has label name too long: 'nnn/);
    expect(await push({ a: 'v'.repeat(2049) })).toMatch(/stream '.*' has label value too long: 'vvv/);
    expect(await push({ a: 'v'.repeat(2048), ['n'.repeat(1024)]: 'x' })).toBe('');
    expect(await refused()).toEqual({
      missing_labels: 2,
      max_label_names_per_series: 2,
      label_name_too_long: 2,
      label_value_too_long: 2,
    });
  });

  it('refuses metadata that is too much', async () => {
    const { receiver } = lab();
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`m${i}`, 'x']));
    const { message, stored } = await receiver.push([
      stream({ a: 'b' }, entry('x', 0, many), entry('y', 0, { m: 'x'.repeat(65_536) }), entry('z', 0, { m: 'x' })),
    ]);
    expect(message).toBe(
      `stream '{a="b"}' has too many structured metadata labels: '129', limit: '128'; ` +
        `stream '{a="b"}' has structured metadata too large: '65537' bytes, limit: '65536' bytes`,
    );
    expect(stored).toBe(1);
  });

  it('tells about streams that could not be read, and about so many refusals and no more', async () => {
    const { receiver, refused } = lab();
    const lines = Array.from({ length: 30 }, (_, i) => entry(`${i}`, 25 * HOUR_MS + i * 1000));
    const outcome = await receiver.push([stream({ a: 'b' }, ...lines)], [{ message: 'labels are bad', lines: 3 }]);
    expect(outcome.refused).toBe(33);
    expect(outcome.message).toMatch(/^3 errors like: labels are bad; entry for stream .*; and 21 more$/);
    expect(await refused()).toEqual({ invalid_labels: 3, greater_than_max_sample_age: 30 });
  });

  it('takes any age when lines are kept for ever', async () => {
    const { receiver } = lab(0);
    expect((await receiver.push([stream({ a: 'b' }, entry('x', NOW_MS), entry('y', NOW_MS + 1))])).message).toMatch(
      /too old: 1969-12-31T23:59:59Z, oldest acceptable timestamp is: 1970-01-01T00:00:00Z$/,
    );
  });

  it('drops a line that directly repeats the one before it, silently', async () => {
    const { receiver } = lab();
    const outcome = await receiver.push([stream({ a: 'b' }, entry('x', 5), entry('x', 5), entry('y', 5), entry('x', 5), entry('x', 6))]);
    expect(outcome).toEqual({ stored: 4, refused: 0, message: '' });
  });

  it('at the limit of streams stores the lines of those that exist', async () => {
    const clock = new FakeClock(NOW_MS);
    const store = openMemoryStore(clock, { maxStreams: 2 });
    const receiver = createLogReceiver({ store: store.logs, clock, limits: { maxLineBytes: 100 }, retentionMs: 0 });
    await receiver.push([stream({ app: 'a' }, entry('x')), stream({ app: 'b' }, entry('x'))]);
    const outcome = await receiver.push([
      stream({ app: 'a' }, entry('y')),
      stream({ app: 'c' }, entry('y'), entry('z')),
      stream({ app: 'b' }, entry('y')),
    ]);
    expect(outcome).toEqual({ stored: 2, refused: 2, message: expect.stringMatching(/^2 errors like: stream '\{app="c"\}': .*2/) });
    expect(store.stats().logLinesAppended).toBe(4);
    await expect(receiver.push([stream({ app: 'c' }, entry('y')), stream({ app: 'd' }, entry('y'))])).rejects.toMatchObject({
      code: 'storage.too_many_series',
    });
  });

  it('passes on that the store is full, and counts it', async () => {
    const { store, refused, receiver } = lab();
    store.logs.append = () => Promise.reject(new AppError('storage.overloaded', 'full'));
    await expect(receiver.push([stream({ a: 'b' }, entry('x'), entry('y'))])).rejects.toThrow('full');
    store.logs.append = () => Promise.reject(new AppError('storage.too_many_series', 'too many'));
    await expect(receiver.push([stream({ a: 'b' }, entry('x'))])).rejects.toThrow('too many');
    expect(await refused()).toEqual({ overloaded: 2, stream_limit: 1 });
  });
});
