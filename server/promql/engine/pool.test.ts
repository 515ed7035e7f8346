import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { NO_FEATURES } from '../../model/language-features.ts';
import { Interrupt } from './interrupt.ts';
import type { EvaluateJob } from './job.ts';
import { type PoolOptions, WorkerPool } from './pool.ts';

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
