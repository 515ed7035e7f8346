import { describe, expect, it } from 'vitest';
import { encodeFamilies } from '../formats/exposition-protobuf/encode.ts';
import { atOnce, type Steps } from '../formats/otlp/in-turns.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { exposeText, mergedFamilies } from './expose.ts';
import { createPushExposition } from './expose-pushed.ts';
import { PushGroups } from './push-groups.ts';
import type { PushedFamily, PushedMetric } from './pushed-family.ts';
import { readProtobufFamilies } from './read-protobuf.ts';
import { readTextFamilies } from './read-text.ts';

const text = (body: string) => readTextFamilies(Buffer.from(body));
const protobuf = (body: Uint8Array) => atOnce(readProtobufFamilies(body));
const lines = (groups: PushGroups) => Buffer.from(exposeText(groups.groups)).toString().split('\n');

describe('groups of pushed metrics', () => {
  const clock = new FakeClock(1_700_000_000_500);
  const open = (limits?: { maxGroups: number; maxBytes: number }) => {
    const { state } = openMemoryStore(clock);
    const changes: boolean[] = [];
    const deps = { state, clock, limits, onAnyChange: (hasAny: boolean) => void changes.push(hasAny) };
    return { groups: new PushGroups(deps), again: () => new PushGroups({ state, clock }), changes };
  };

  it('survive a restart with all of their values', async () => {
    const { groups, again } = open();
    await groups.push([['job', 'a']], text('# HELP x Text.\n# TYPE x gauge\nx NaN\ny{b="c"} -Inf\nz 1e300\n'), true);
    await groups.push([['job', 'b']], text('# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum 3.5\nh_count 2\n'), false);
    const restored = again();
    await restored.restore();
    expect(lines(restored)).toEqual(lines(groups));
    expect(lines(restored)).toContain('x{instance="",job="a"} NaN');
    expect(restored.bytes).toBe(groups.bytes);
    expect(restored.groups).toEqual(groups.groups.map((group) => ({ ...group })));
  });

  it('replace a family with POST, everything with PUT', async () => {
    const { groups } = open();
    await groups.push([['job', 'a']], text('x 1\ny 1\n'), true);
    await groups.push([['job', 'a']], text('x{a="b"} 2\n'), false);
    expect(lines(groups)).toEqual(expect.arrayContaining(['x{a="b",instance="",job="a"} 2', 'y{instance="",job="a"} 1']));
    await groups.push([['job', 'a']], text('x 3\n'), true);
    expect(lines(groups).filter((line) => /^[xy]/.test(line))).toEqual(['x{instance="",job="a"} 3']);
  });

  it('tell when there is something to scrape, and when there is nothing any more', async () => {
    const { groups, changes } = open();
    await groups.push([['job', 'a']], text('x 1\n'), true);
    await groups.push([['job', 'b']], text('x 1\n'), true);
    await groups.delete([['job', 'a']]);
    expect(changes).toEqual([true]);
    await groups.wipe();
    expect(changes).toEqual([true, false]);
  });

  it('are bounded', async () => {
    const { groups } = open({ maxGroups: 2, maxBytes: 2_000 });
    await groups.push([['job', 'a']], text('x 1\n'), true);
    await groups.push([['job', 'b']], text('x 1\n'), true);
    await expect(groups.push([['job', 'c']], text('x 1\n'), true)).rejects.toMatchObject({ code: 'push.too_much' });
    await expect(groups.push([['job', 'b']], text(`x{a="${'b'.repeat(3_000)}"} 1\n`), true)).rejects.toMatchObject({
      code: 'push.too_much',
    });
    expect(groups.groups).toHaveLength(2);
  });

  it('keep native histograms as they came', async () => {
    const { groups, again } = open();
    const histogram = {
      hint: 'unknown' as const,
      schema: 1,
      zeroThreshold: 0.001,
      zeroCount: 1,
      count: 4,
      sum: 5,
      positiveSpans: [{ offset: 0, length: 2 }],
      negativeSpans: [],
      positiveBuckets: Float64Array.of(1, 2),
      negativeBuckets: new Float64Array(),
    };
    const sample = { labels: [['a', 'b']] as const, timestampMs: 0, value: 0, histogram };
    const body = encodeFamilies([{ name: 'h', type: 'histogram', samples: [sample] }]);
    await groups.push([['job', 'a']], readProtobufFamilies(body), true);
    const restored = again();
    await restored.restore();
    const { body: exposed, format } = await createPushExposition(restored)();
    expect(format).toBe('protobuf');
    const families = protobuf(exposed);
    const [metric] = families.find(({ name }) => name === 'h')?.metrics ?? [];
    const [pushed] = protobuf(body)[0]?.metrics ?? [];
    expect(metric?.distribution).toEqual(pushed?.distribution);
    expect(metric?.labels).toEqual([
      ['a', 'b'],
      ['instance', ''],
      ['job', 'a'],
    ]);
  });

  it('check what is pushed against all others, and note what fails', async () => {
    const { groups } = open();
    for (let i = 0; i < 50; i++) await groups.push([['job', `j${i}`]], text('# TYPE x counter\nx 1\n'), true);
    await expect(groups.push([['job', 'k']], text('# TYPE x gauge\nx 1\n'), true)).rejects.toThrow(
      'pushed metrics are invalid or inconsistent with existing metrics: collected metric "x" {job="k"} is not a COUNTER',
    );
    expect(groups.groups.at(-1)).toMatchObject({ labels: [['job', 'k']], successMs: 0, failureMs: clock.nowMs() });
    await groups.delete([['job', 'k']]);
    for (let i = 0; i < 50; i++) await groups.delete([['job', `j${i}`]]);
    await groups.push([['job', 'k']], text('# TYPE x gauge\nx 1\n'), true);
    expect(groups.groups).toHaveLength(1);
  });

  it('are exposed however many metrics a family has', () => {
    const times = { pushedMs: new Map(), successMs: 0, failureMs: 0 };
    const group = (count: number) => {
      const metrics = new Array<PushedMetric>(count).fill({ labels: [], value: 1 });
      return { labels: [], families: new Map([['x', { name: 'x', type: 'gauge', help: '', metrics } as const]]), ...times };
    };
    const x = mergedFamilies([group(1), group(200_000)]).find(({ name }) => name === 'x');
    expect(x?.metrics).toHaveLength(200_001);
  });

  it('are exposed anew after that failed', async () => {
    const { groups } = open();
    await groups.push([['job', 'a']], text('x 1\n'), true);
    let isFailing = true;
    const failing = {
      get version() {
        return groups.version;
      },
      get groups() {
        if (isFailing) throw new Error('no');
        return groups.groups;
      },
    };
    const expose = createPushExposition(failing);
    await expect(expose()).rejects.toThrow('no');
    isFailing = false;
    expect(Buffer.from((await expose()).body).toString()).toContain('x{instance="",job="a"} 1');
  });

  it('let others go on while a large one is pushed', async () => {
    const { groups } = open();
    const body = Array.from({ length: 6_000 }, (_, i) => `x${i} 1\nx{a="${i}"} 1\n`).join('');
    const families = atOnce(text(body));
    let turns = 0;
    let isDone = false;
    const turn = () => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    await groups.push([['job', 'a']], once(families), true);
    isDone = true;
    expect(turns).toBeGreaterThan(3);
  });

  it('are read one after the other', async () => {
    const { groups } = open();
    const events: string[] = [];
    const read = (name: string) =>
      (function* (): Steps<PushedFamily[]> {
        events.push(`${name} is read`);
        return yield* text('x 1\n');
      })();
    const push = (job: string) => groups.push([['job', job]], read(job), true).then(() => events.push(`${job} is stored`));
    await Promise.all([push('a'), push('b')]);
    expect(events).toEqual(['a is read', 'a is stored', 'b is read', 'b is stored']);
  });

  it('note as their failure only what is wrong with a push, which is told even if it cannot be noted', async () => {
    const { state } = openMemoryStore(clock);
    let isFull = false;
    const put = state.put.bind(state);
    state.put = async (...entry) => {
      if (isFull) throw new Error('the disk is full');
      await put(...entry);
    };
    const groups = new PushGroups({ state, clock });
    await groups.push([['job', 'a']], text('x 1\n'), true);
    isFull = true;
    await expect(groups.push([['job', 'a']], text('x 1\nx 1\n'), true)).rejects.toMatchObject({ code: 'push.inconsistent' });
    await expect(groups.push([['job', 'a']], text('x 2\n'), true)).rejects.toThrow('the disk is full');
    isFull = false;
    await expect(groups.push([['job', 'a']], text('pushed \n'), true)).rejects.toMatchObject({ code: 'push.bad_body' });
    expect(groups.groups[0]?.failureMs).toBe(0);
    await expect(groups.push([['job', 'a']], text('x 1 1234\n'), true)).rejects.toMatchObject({ code: 'push.inconsistent' });
    expect(groups.groups[0]?.failureMs).toBe(clock.nowMs());
    expect(lines(groups)).toContain('x{instance="",job="a"} 1');
  });

  it('are measured before they are checked', async () => {
    const { groups } = open({ maxGroups: 2, maxBytes: 2_000 });
    await expect(groups.push([['job', 'a']], text('x 1\n'.repeat(1_000)), true)).rejects.toMatchObject({ code: 'push.too_much' });
    expect(groups.groups).toEqual([]);
  });
});

function* once(families: PushedFamily[]): Steps<PushedFamily[]> {
  yield;
  return families;
}
