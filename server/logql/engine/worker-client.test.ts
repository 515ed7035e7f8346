import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { openMemoryStore } from '../../storage/memory/open.ts';
import type { LogBlock, LogStore } from '../../storage/store.ts';
import { loadWorkerCode } from '../../workers/worker-code.ts';
import type { LogQueryEngine } from '../query.ts';
import { startEvaluation } from './evaluation.ts';
import { createLogEngine, type LogEngineDeps } from './log-engine.ts';
import { type FromWorker, packBlock, type ToWorker } from './wire.ts';

const SECOND = 1_000_000_000n;
const T0 = 1_700_000_000n * SECOND;
/** Each of thousands of steps sorts all values again: minutes of work. */
const ENDLESS = 'quantile_over_time(0.5, {app="api"} | logfmt v | unwrap v [1d])';
const QUICK = 'sum(count_over_time({app="api"}[1d]))';

const engines: LogQueryEngine[] = [];
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

function engineOf(store: LogStore, options: Partial<LogEngineDeps> = {}): LogQueryEngine {
  const engine = createLogEngine({ store, clock: systemClock, maxInlineLines: -1, ...options });
  engines.push(engine);
  return engine;
}

async function storeOf(lines: number, line: (i: number) => string): Promise<LogStore> {
  const { logs } = openMemoryStore(new FakeClock(0));
  const entries = Array.from({ length: lines }, (_, i) => ({ timestampNs: T0 + BigInt(i), line: line(i), metadata: Labels.EMPTY }));
  await logs.append([{ labels: Labels.from({ app: 'api' }), entries }]);
  return logs;
}

const manyValues = () => storeOf(30_000, (i) => `v=${(i * 7919) % 30_000}`);

const base = { limit: 100, direction: 'backward' as const };
const endless = { ...base, query: ENDLESS, startNs: T0, endNs: T0 + 10_000n * SECOND, stepNs: SECOND };
const quick = { ...base, query: QUICK, timeNs: T0 + SECOND };

describe('a query in the worker', () => {
  it('ends at its timeout, and others go on meanwhile and afterwards', async () => {
    const engine = engineOf(await manyValues());
    const slow = engine.range({ ...endless, timeoutMs: 3_000 });
    const refused = expect(slow).rejects.toMatchObject({ code: 'logql.timeout' });
    // Answered although the worker has minutes of work for the other.
    expect((await engine.instant(quick)).value).toMatchObject({ values: Float64Array.of(30_000) });
    await refused;
    expect((await engine.instant(quick)).value).toMatchObject({ values: Float64Array.of(30_000) });
  });

  it('ends when it is cancelled, whatever the reason', async () => {
    const engine = engineOf(await manyValues());
    await engine.instant(quick);
    for (const reason of [undefined, new Error('the client went away')]) {
      const abort = new AbortController();
      const refused = expect(engine.range({ ...endless, signal: abort.signal })).rejects.toMatchObject({ code: 'logql.cancelled' });
      await engine.instant(quick);
      abort.abort(reason);
      await refused;
    }
  });

  it('lets the store go when it is cancelled between blocks', async () => {
    const store = await manyValues();
    const abort = new AbortController();
    let isClosed = false;
    const select: LogStore['select'] = async function* (selection, limits) {
      try {
        for (;;) for await (const block of store.select(selection, limits)) yield structuredCopy(block);
      } finally {
        isClosed = true;
      }
    };
    const engine = engineOf({ ...store, select, append: store.append.bind(store), streams: store.streams.bind(store) });
    const refused = expect(engine.instant({ ...quick, signal: abort.signal })).rejects.toMatchObject({ code: 'logql.cancelled' });
    setTimeout(() => abort.abort(), 50);
    await refused;
    expect(isClosed).toBe(true);
  });
});

/** What goes to the worker is transferred away. */
function structuredCopy(block: LogBlock): LogBlock {
  return { ...structuredClone({ ...block, streams: [] }), streams: block.streams };
}

describe('the worker', () => {
  it('may run out of memory: queries say so, and later ones are answered', async () => {
    const engine = engineOf(await storeOf(6_000, (i) => `id=${i} text=${'x'.repeat(10_000)}`), { maxWorkerHeapMb: 16 });
    const greedy = { ...quick, query: 'count_over_time({app="api"} | logfmt [1d])' };
    await expect(engine.instant(greedy)).rejects.toMatchObject({
      code: 'logql.out_of_memory',
      message: expect.stringContaining('more than 16 MB of memory'),
    });
    expect((await engine.instant(quick)).value).toMatchObject({ values: Float64Array.of(6_000) });
  });

  it('may end at any time', async () => {
    const url = new URL(`data:text/javascript,${encodeURIComponent(DYING)}`);
    const engine = engineOf(await manyValues(), { workerUrl: url });
    for (let i = 0; i < 2; i++)
      await expect(engine.instant(quick)).rejects.toMatchObject({ code: 'logql.execution', message: 'the query worker ended' });
  });

  it('may fail to start', async () => {
    const engine = engineOf(await manyValues(), { workerUrl: new URL('file:///nonexistent/worker.js') });
    await expect(engine.instant(quick)).rejects.toMatchObject({ code: 'logql.execution' });
  });

  it('forgets a query that was dropped while its answer was worked out', { timeout: 60_000 }, async () => {
    const code = await loadWorkerCode(import.meta.url, './logql-worker.js', '../worker.ts');
    const worker = 'url' in code ? new Worker(code.url) : new Worker(code.text, { eval: true });
    const answers: FromWorker[] = [];
    worker.on('message', (answer: FromWorker) => answers.push(answer));
    const store = await storeOf(3_000, (i) => `v=${(i * 7919) % 3_000}`);
    const request = {
      ...endless,
      endNs: T0 + 2_000n * SECOND,
      kind: 'range',
      detectLevel: false,
      maxSeries: 10,
      maxValues: 1e6,
    } as const;
    const begin = async (id: number) => {
      worker.postMessage({ type: 'start', id, request } satisfies ToWorker);
      for (const selection of startEvaluation(request).reads)
        for await (const block of store.select(selection, {})) {
          const packed = packBlock(structuredCopy(block));
          worker.postMessage({ type: 'block', id, read: 0, block: packed.block } satisfies ToWorker, packed.transfer);
        }
      worker.postMessage({ type: 'finish', id } satisfies ToWorker);
    };
    await begin(1);
    worker.postMessage({ type: 'drop', id: 1 } satisfies ToWorker);
    await begin(2);
    while (!answers.some(({ type, id }) => type === 'result' && id === 2)) await once(worker, 'message');
    // The same work, begun before: its answer would have come by now.
    expect(answers.filter(({ type }) => type !== 'taken')).toMatchObject([{ type: 'result', id: 2 }]);
    await worker.terminate();
  });
});

/** Takes a query, and ends with its first block. */
const DYING = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ type, id }) => {
    if (type === 'block') process.exit(3);
    if (type === 'start') parentPort.postMessage({ type: 'taken', id, isEnough: false });
  });
`;
