import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { NO_FEATURES } from '../../model/language-features.ts';
import { Interrupt } from './interrupt.ts';
import type { EvaluateJob } from './job.ts';
import { Binding, type PoolOptions, WorkerPool } from './pool.ts';

const pools: WorkerPool[] = [];

afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

/** A pool whose workers run `code`, which sees each message as `message`. */
function poolOf(code: string, options: Partial<PoolOptions> = {}): WorkerPool {
  const text = `const { parentPort } = require('node:worker_threads'); parentPort.on('message', (message) => { ${code} });`;
  const pool = new WorkerPool({ size: 1, clock: systemClock, loadCode: async () => ({ text }), ...options });
  pools.push(pool);
  return pool;
}

const REPLY = 'parentPort.postMessage({ id: message.id, outcome: { warnings: [message.job.query], infos: [] } });';

function job(query: string): EvaluateJob {
  return {
    kind: 'instant',
    query,
    features: NO_FEATURES,
    grid: { startMs: 0, stepMs: 0, steps: 1 },
    options: { queryStartMs: 0, queryEndMs: 0, lookbackMs: 1, subqueryStepMs: 1, queryStepMs: 0 },
    maxSamples: 1,
    sets: [],
    setOfSelector: [],
    counts: false,
    output: 'value',
  };
}

describe('WorkerPool', () => {
  it('does one job after the other, urgent ones first', async () => {
    const pool = poolOf(REPLY);
    const order: string[] = [];
    const ask = async (query: string, isUrgent = false) => {
      const { warnings } = await pool.run(job(query), new Interrupt(), isUrgent);
      order.push(...warnings);
    };
    await Promise.all([ask('first'), ask('second'), ask('urgent', true)]);
    expect(order).toEqual(['urgent', 'first', 'second']);
  });

  it('replaces a worker that dies, and rejects only what it was doing', async () => {
    const pool = poolOf(`if (message.job.query === 'deadly') process.exit(3); ${REPLY}`);
    await expect(pool.run(job('deadly'), new Interrupt())).rejects.toMatchObject({ message: 'the query worker ended unexpectedly' });
    expect((await pool.run(job('next'), new Interrupt())).warnings).toEqual(['next']);
  });

  it('replaces a worker that throws outside of a job', async () => {
    const pool = poolOf(`if (message.job.query === 'bad') throw new Error('out of order'); ${REPLY}`);
    await expect(pool.run(job('bad'), new Interrupt())).rejects.toMatchObject({ message: 'the query worker failed: out of order' });
    expect((await pool.run(job('next'), new Interrupt())).warnings).toEqual(['next']);
  });

  it('ends a worker that does not listen to its interrupt', async () => {
    const clock = new FakeClock();
    const pool = poolOf(`if (message.job.query === 'deaf') for (;;); ${REPLY}`, { clock });
    const interrupt = new Interrupt();
    const deaf = pool.run(job('deaf'), interrupt).catch((error: unknown) => error);
    const next = pool.run(job('next'), new Interrupt());
    await new Promise((resolve) => setTimeout(resolve, 200));
    interrupt.stop('timeout');
    pool.abandon(interrupt);
    await clock.advance(2_000);
    expect(await deaf).toMatchObject({ code: 'promql.timeout' });
    expect((await next).warnings).toEqual(['next']);
  });

  it('does not begin what was stopped while it waited', async () => {
    const pool = poolOf(`if (message.job.query === 'slow') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200); ${REPLY}`);
    const slow = pool.run(job('slow'), new Interrupt());
    const interrupt = new Interrupt();
    const waiting = pool.run(job('waiting'), interrupt).catch((error: unknown) => error);
    interrupt.stop('cancelled');
    pool.abandon(interrupt);
    expect(await waiting).toMatchObject({ code: 'promql.cancelled' });
    expect((await slow).warnings).toEqual(['slow']);
  });

  it('says why no worker can be started', async () => {
    const pool = poolOf('', { loadCode: async () => Promise.reject(new Error('no such file')) });
    await expect(pool.run(job('x'), new Interrupt())).rejects.toMatchObject({
      message: 'a query worker could not be started: no such file',
    });
  });
});

/** Answers its query and its thread; what is to be held waits for its interrupt, and what is deadly ends the thread. */
const HOLD = `
  const { threadId } = require('node:worker_threads');
  const { query } = message.job;
  if (query.startsWith('deadly')) process.exit(3);
  const stopped = new Int32Array(message.interrupt);
  while (query.startsWith('held') && Atomics.load(stopped, 0) === 0) Atomics.wait(stopped, 0, 0, 5);
  parentPort.postMessage({ id: message.id, outcome: { warnings: [query, String(threadId)], infos: [] } });`;

describe('jobs bound to one worker', () => {
  /** Asks for jobs by their queries and notes them as they are done. */
  const asker = (size: number) => {
    const pool = poolOf(HOLD, { size });
    const done: string[] = [];
    const ask = async (query: string, options: { binding?: Binding; interrupt?: Interrupt; isUrgent?: boolean } = {}) => {
      const { binding, interrupt = new Interrupt(), isUrgent } = options;
      const [name = '', thread = ''] = (await pool.run(job(query), interrupt, isUrgent, binding)).warnings;
      done.push(name);
      return thread;
    };
    return { pool, done, ask };
  };

  it('are done there in their order, and others by the other workers meanwhile', async () => {
    const { done, ask } = asker(3);
    const binding = new Binding();
    const interrupt = new Interrupt();
    const held = ask('held', { binding, interrupt });
    const bound = [ask('b1', { binding }), ask('b2', { binding, isUrgent: true }), ask('b3', { binding })];
    const others = await Promise.all(['1', '2', '3', '4', '5', '6'].map((query) => ask(query, { isUrgent: query === '6' })));
    expect(done.sort()).toEqual(['1', '2', '3', '4', '5', '6']);
    done.length = 0;
    interrupt.stop('cancelled');
    const thread = await held;
    expect(others).not.toContain(thread);
    expect(await Promise.all([...bound, ask('b4', { binding })])).toEqual(new Array(4).fill(thread));
    expect(done).toEqual(['held', 'b1', 'b2', 'b3', 'b4']);
  });

  it('share a worker with those of other bindings', async () => {
    const { done, ask } = asker(1);
    const [a, b] = [new Binding(), new Binding()];
    await Promise.all([
      ask('a1', { binding: a }),
      ask('b1', { binding: b }),
      ask('0'),
      ask('a2', { binding: a }),
      ask('b2', { binding: b }),
    ]);
    expect(done).toEqual(['a1', 'b1', '0', 'a2', 'b2']);
  });

  it('fail when their worker is gone, the waiting ones and the next', async () => {
    const { done, ask } = asker(2);
    const binding = new Binding();
    const gone = { code: 'promql.execution', message: 'the query worker ended unexpectedly' };
    await ask('first', { binding });
    const deadly = ask('deadly', { binding });
    const waiting = ask('waiting', { binding });
    const other = ask('other');
    await expect(deadly).rejects.toMatchObject(gone);
    await expect(waiting).rejects.toMatchObject(gone);
    await other;
    // When others have taken the place of that worker, too.
    await Promise.all(['1', '2', '3'].map((query) => ask(query)));
    await expect(ask('next', { binding })).rejects.toMatchObject(gone);
    await ask('new', { binding: new Binding() });
    expect(done.sort()).toEqual(['1', '2', '3', 'first', 'new', 'other']);
  });

  it('can be given up while they wait, and others with their binding are done', async () => {
    const { pool, done, ask } = asker(1);
    const [hold, stopped] = [new Interrupt(), new Interrupt()];
    const [begun, fresh] = [new Binding(), new Binding()];
    const held = ask('held', { binding: begun, interrupt: hold });
    const given = [ask('given up', { binding: begun, interrupt: stopped }), ask('given up', { binding: fresh, interrupt: stopped })];
    const last = [ask('last', { binding: begun }), ask('last of all', { binding: fresh })];
    stopped.stop('timeout');
    pool.abandon(stopped);
    for (const each of given) await expect(each).rejects.toMatchObject({ code: 'promql.timeout' });
    hold.stop('cancelled');
    await Promise.all([held, ...last]);
    expect(done).toEqual(['held', 'last', 'last of all']);
  });

  it('fail when the pool is closed', async () => {
    const { pool, ask } = asker(1);
    const binding = new Binding();
    await ask('first', { binding });
    const asked = [ask('held', { binding }), ask('waiting', { binding })].map((each) => each.catch((error: unknown) => error));
    await pool.close();
    for (const each of [...asked, ask('late', { binding }).catch((error: unknown) => error)])
      expect(await each).toMatchObject({ code: 'promql.cancelled' });
  });
});
