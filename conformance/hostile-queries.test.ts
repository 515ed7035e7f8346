// Questions that nobody means well with, to the built server over a great many series: each must get a clear error or a bounded
// answer, others must go on being answered, and afterwards the server must be as it was.
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask, type Question } from './testing/api-asking.ts';
import { type HostileLab, type Latency, startHostileLab } from './testing/hostile-lab.ts';
import { until } from './testing/processes.ts';

const isFull = process.env.ALIDADE_FULL === '1';
const SERIES = isFull ? 200_000 : 20_000;
/** Queries, and connections, at a time. */
const MANY = isFull ? 1_000 : 300;
/** Waits in the queue of heavy ones; so many of them are to end in their time. */
const HEAVY = isFull ? 'sum(rate(flood[5m]))' : 'sum(rate(flood{shard=~"."}[5m]))';
const MB = 1024 * 1024;
const ALL = '{__name__=~".+"}';
const now = () => String(Math.floor(Date.now() / 1000));
const query = (text: string): Question => ({ method: 'POST', path: '/api/v1/query', parameters: [['query', text]] });
const range = (text: string, seconds: number, step: string): Question => ({
  method: 'POST',
  path: '/api/v1/query_range',
  parameters: [
    ['query', text],
    ['start', String(Number(now()) - seconds)],
    ['end', now()],
    ['step', step],
  ],
});

let lab: HostileLab;
let quiet: Latency;
const report: string[] = [];

/** Runs an attack beside the light queries, which must be answered as ever, a little later perhaps. */
async function attack<T>(name: string, run: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const { result, latency } = await lab.during(run);
  const { residentBytes } = await lab.memory();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  report.push(`${name}: ${seconds} s; ${describeLatency(latency)}; ${Math.round(residentBytes / MB)} MB resident`);
  expect(latency.failed, name).toBe(0);
  // Beside whatever else runs on the machine: a stop of everybody would be far above it.
  if (latency.count > 20) expect(latency.median, `${name}: median of a light query`).toBeLessThan(Math.max(500, 25 * quiet.median));
  return result;
}

function describeLatency({ count, median, p95, max }: Latency): string {
  if (count === 0) return 'over before a light query was answered';
  const ratio = (of: 'median' | 'p95', ms: number) => `${of} ×${(ms / quiet[of]).toFixed(1)} (${ms.toFixed(1)} ms)`;
  return `light query ${ratio('median', median)}, ${ratio('p95', p95)}, max ${max.toFixed(0)} ms of ${count}`;
}

const send = (question: Question) => ask(lab.server.url, question);
const textOf = ({ body }: Answer) => body.toString('utf8', 0, 2_000);

/** A clear error in the form of the API. */
function expectRefusal(answer: Answer, statuses: readonly number[]): void {
  expect(statuses, textOf(answer)).toContain(answer.status);
  expect(JSON.parse(answer.body.toString('utf8'))).toMatchObject({
    status: 'error',
    errorType: expect.any(String),
    error: expect.stringMatching(/\S/),
  });
}

describe('hostile questions', () => {
  beforeAll(async () => {
    lab = await startHostileLab(SERIES);
    // Until code is compiled and caches are filled.
    await lab.during(() => new Promise((resolve) => setTimeout(resolve, 2_000)));
    quiet = (await lab.during(() => new Promise((resolve) => setTimeout(resolve, 3_000)))).latency;
    report.push(
      `quiet: median ${quiet.median.toFixed(1)} ms, p95 ${quiet.p95.toFixed(1)} ms of ${quiet.count}; ${Math.round((await lab.memory()).residentBytes / MB)} MB resident`,
    );
  }, 240_000);
  afterAll(async () => {
    console.log(report.join('\n'));
    await lab?.close();
  });

  it('with regular expressions that explode elsewhere', async () => {
    const bombs = [
      '(a+)+$',
      '(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)x',
      '((((((.*)*)*)*)*)*)*y',
      '(value-[0-9]+)+!',
      `(${'a?'.repeat(500)})${'a'.repeat(500)}`,
      '(.|v|va|val)*z',
      '(x+x+)+y',
      '.*.*.*.*.*=.*',
    ];
    for (const bomb of bombs) {
      const answers = await attack(`regexp ${bomb.slice(0, 30)}`, async () => [
        await send(query(`count(flood{n=~"${bomb}"})`)),
        await send({
          path: '/api/v1/label/n/values',
          parameters: [
            ['match[]', `flood{n=~"${bomb}"}`],
            ['limit', '5'],
          ],
        }),
        await send(query(`count(label_replace(flood{shard="1"}, "x", "$1", "n", "${bomb}"))`)),
      ]);
      for (const answer of answers) expect([200, 400, 422, 503], textOf(answer)).toContain(answer.status);
    }
    for (const bomb of ['(x{1000}){1000}', `${'('.repeat(5_000)}a${')'.repeat(5_000)}`, 'a{1,1001}', `[${'a-z'.repeat(100_000)}`])
      expectRefusal(await send(query(`flood{n=~"${bomb}"}`)), [400, 422]);
    const words = await attack('regexp of 50,000 words', () =>
      send(query(`count(flood{n=~"${Array.from({ length: 50_000 }, (_, i) => `value-${i * 7}`).join('|')}"})`)),
    );
    expect([200, 400, 422, 503], textOf(words)).toContain(words.status);
  });

  it('over everything', async () => {
    for (const text of [
      ALL,
      `count(${ALL})`,
      `topk(5, ${ALL})`,
      `sort_desc(${ALL})`,
      `count by (n) (${ALL})`,
      `rate(${ALL}[5m])`,
      `${ALL}[1h]`,
      `${ALL} * on (n) group_left () ${ALL}`,
    ]) {
      const answer = await attack(`instant ${text}`, () => send(query(text)));
      expect([200, 422, 503], textOf(answer)).toContain(answer.status);
      if (answer.status !== 200) expectRefusal(answer, [422, 503]);
    }
    for (const text of [ALL, `sum(${ALL})`, `rate(${ALL}[5m])`, `max_over_time(${ALL}[10m:1s])`]) {
      const answer = await attack(`3,000 steps of ${text}`, () => send(range(text, 3_000, '1')));
      expect([200, 422, 503], textOf(answer)).toContain(answer.status);
    }
    for (const path of ['/api/v1/series', '/api/v1/labels', '/api/v1/label/n/values'])
      for (const limit of ['0', '1000000000', '10']) {
        const answer = await attack(`${path} limit ${limit}`, () =>
          send({
            path,
            parameters: [
              ['match[]', ALL],
              ['limit', limit],
            ],
          }),
        );
        expect(answer.status, textOf(answer)).toBe(200);
      }
    for (const path of ['/federate', '/api/v1/query_exemplars', '/api/v1/status/tsdb?limit=10000']) {
      const answer = await attack(path, () =>
        send(
          path.includes('?')
            ? { path }
            : {
                path,
                parameters: [
                  ['match[]', ALL],
                  ['query', ALL],
                ],
              },
        ),
      );
      expect(answer.status, textOf(answer)).toBe(200);
    }
  });

  it('that are very long', async () => {
    const size = 50 * MB;
    const asForm = await attack('a query of 50 MB', () => send(query(`calm{a="${'x'.repeat(size)}"}`)));
    expectRefusal(asForm, [413]);
    const long = await attack('a query of 1.9 MB', () => send(query(`calm{a="${'x'.repeat(1.9 * MB)}"}`)));
    expect(long.status, textOf(long)).toBe(200);
    const inUrl = await send({ path: `/api/v1/query?query=${'x'.repeat(100_000)}` });
    expect([400, 414, 431]).toContain(inUrl.status);
    const matchers = Array.from({ length: 20_000 }, (_, i) => `a${i}!="x"`).join(',');
    expect([200, 400, 422]).toContain((await attack('20,000 matchers', () => send(query(`calm{${matchers}}`)))).status);
    const selectors = Array.from({ length: 5_000 }, (_, i): [string, string] => ['match[]', `flood{n="value-${i}"}`]);
    const many = await attack('5,000 selectors', () => send({ method: 'POST', path: '/api/v1/series', parameters: selectors }));
    expect([200, 400, 422], textOf(many)).toContain(many.status);
  });

  it('that are deeply nested', async () => {
    const nested = (open: string, core: string, close: string, depth: number) => open.repeat(depth) + core + close.repeat(depth);
    const questions = [
      nested('(', 'calm', ')', 100_000),
      nested('-', 'calm', '', 100_000),
      nested('abs(', 'calm', ')', 50_000),
      nested('sum by (a) (', 'calm', ')', 50_000),
      nested('max_over_time(', 'calm', '[1m:1s])', 50_000),
      Array.from({ length: 50_000 }, () => 'calm').join(' + '),
      Array.from({ length: 20_000 }, () => 'calm').join(' or '),
      '{'.repeat(100_000),
      '['.repeat(100_000),
      'sum('.repeat(100_000),
      '@'.repeat(100_000),
    ];
    for (const text of questions) {
      expectRefusal(await attack(`nesting ${text.slice(0, 24)}`, () => send(query(text))), [400, 422]);
      expectRefusal(await send({ method: 'POST', path: '/api/v1/format_query', parameters: [['query', text]] }), [400]);
      expectRefusal(await send({ method: 'POST', path: '/api/v1/parse_query', parameters: [['query', text]] }), [400]);
    }
    // As deep as is allowed, each level a thousand steps of the one below.
    const subqueries = await attack('nested subqueries', () => send(query(nested('max_over_time(', 'calm', '[1h:1s])', 6))));
    expect([200, 422, 503], textOf(subqueries)).toContain(subqueries.status);
  });

  it('with too many points', async () => {
    expectRefusal(await send(range('calm', 11_001, '1')), [400]);
    expect((await send(range('calm', 11_000, '1'))).status).toBe(200);
    expectRefusal(await send(range('calm', 1_000_000_000, '1ms')), [400]);
    const steps = await send(query('count_over_time(calm[10y:1ms])'));
    expectRefusal(steps, [422]);
  });

  it('a thousand at once', async () => {
    const light = await attack(`${MANY} light queries at once`, () => Promise.all(Array.from({ length: MANY }, () => send(query('up')))));
    expect(light.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
    const heavy = await attack(`${MANY} heavy queries at once`, () =>
      Promise.all(Array.from({ length: MANY }, () => send(range(HEAVY, 3_600, '60')))),
    );
    const counts = new Map<number, number>();
    for (const { status } of heavy) counts.set(status, (counts.get(status) ?? 0) + 1);
    report.push(`  statuses: ${JSON.stringify([...counts])}`);
    expect([...counts.keys()].filter((status) => ![200, 422, 503].includes(status))).toEqual([]);
    for (const answer of heavy.filter(({ status }) => status === 503)) {
      expectRefusal(answer, [503]);
      if (!textOf(answer).includes('timed out')) expect(answer.headers['retry-after']).toBe('5');
    }
  });

  it('a thousand at once, each over everything at one time', async () => {
    const before = (await lab.memory()).residentBytes;
    const many = isFull ? MANY : 60;
    const answers = attack(`${many} queries over everything at once`, () =>
      Promise.all(Array.from({ length: many }, () => send(query(`count(${ALL})`)))),
    );
    let peak = before;
    let isOver = false;
    const watch = async () => {
      while (!isOver) {
        peak = Math.max(peak, (await lab.memory()).residentBytes);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    };
    const watching = watch();
    const counts = new Map<number, number>();
    try {
      for (const { status } of await answers) counts.set(status, (counts.get(status) ?? 0) + 1);
    } finally {
      isOver = true;
      await watching;
    }
    report.push(`  resident ${Math.round(before / MB)} → ${Math.round(peak / MB)} MB; statuses: ${JSON.stringify([...counts])}`);
    expect([...counts.keys()].filter((status) => ![200, 422, 503].includes(status))).toEqual([]);
    expect(counts.get(200)).toBeGreaterThan(0);
    expect(peak - before).toBeLessThan((isFull ? 4_000 : 1_000) * MB);
  });

  it('whose client goes away, which stops them', async () => {
    const before = await lab.answered('/api/v1/query_range', 499);
    await attack('100 clients that go away', async () => {
      const sockets = await Promise.all(
        Array.from({ length: 100 }, () =>
          open(lab.server.port, range('quantile_over_time(0.5, vector(time() % 17)[10m:50ms])', 10_000, '1')),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      for (const socket of sockets) socket.destroy();
      await until('all queries to be given up', async () => (await lab.answered('/api/v1/query_range', 499)) >= before + 100);
    });
    // Nothing goes on working for nobody.
    await until(
      'the processor to be idle',
      async () => {
        const start = await lab.memory();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return (await lab.memory()).cpuSeconds - start.cpuSeconds < 0.4;
      },
      60_000,
    );
  });

  it('from a thousand connections with large bodies', async () => {
    const before = (await lab.memory()).residentBytes;
    let peak = before;
    const statuses = await attack('bodies of 4 MB that do not end', async () => {
      const refusals = await Promise.all(Array.from({ length: isFull ? 900 : 200 }, () => upload(lab.server.port, 64 * MB, 4 * MB)));
      peak = (await lab.memory()).residentBytes;
      for (const { socket } of refusals) socket.destroy();
      return refusals.map(({ status }) => status);
    });
    report.push(
      `  resident ${Math.round(before / MB)} → ${Math.round(peak / MB)} MB; refused ${statuses.filter((status) => status === 503).length}`,
    );
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(isFull ? 500 : 50);
    expect(peak - before).toBeLessThan(1_000 * MB);
  });

  it('leave a server that works as before', async () => {
    const after = (await lab.during(() => new Promise((resolve) => setTimeout(resolve, 3_000)))).latency;
    report.push(`afterwards: median ${after.median.toFixed(1)} ms, p95 ${after.p95.toFixed(1)} ms`);
    expect(after.median).toBeLessThan(Math.max(100, 5 * quiet.median));
    await until('memory to be given back', async () => (await lab.memory()).residentBytes < 1_800 * MB, 60_000, 1_000);
    report.push(`  ${Math.round((await lab.memory()).residentBytes / MB)} MB resident`);
    expect(lab.server.output()).not.toMatch(/uncaught|out of memory|restarting/i);
    expect(await lab.server.query('count(last_over_time(flood[1h]))')).toMatchObject([{ value: SERIES }]);
  });
});

/** Sends a question and does not wait for the answer. */
function open(port: number, { path, parameters = [] }: Question): Promise<Socket> {
  const form = new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString();
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n`;
  return new Promise((resolve) => socket.write(head + form, () => resolve(socket)));
}

/** Announces a large body, sends a part of it and leaves it at that; answers what the server said within five seconds, 0 for nothing. */
function upload(port: number, announced: number, sent: number): Promise<{ status: number; socket: Socket }> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const head = `POST /loki/api/v1/push HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${announced}\r\n\r\n`;
  return new Promise((resolve) => {
    const finish = (status: number) => {
      clearTimeout(timer);
      resolve({ status, socket });
    };
    let timer = setTimeout(() => finish(0), 30_000);
    socket.once('data', (data) => finish(Number(/^HTTP\/1.1 (\d+)/.exec(data.toString())?.[1] ?? 0)));
    socket.once('close', () => finish(0));
    socket.write(head, () =>
      socket.write(Buffer.alloc(sent, 0x20), () => {
        clearTimeout(timer);
        timer = setTimeout(() => finish(0), 5_000);
      }),
    );
  });
}
