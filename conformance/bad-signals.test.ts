// What a broken or hostile sender of log lines and spans is told, while the good lines and spans beside are stored.
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConfigFolder, makeFolder } from './testing/lab.ts';
import { type RunningServer, startServer } from './testing/processes.ts';

const DAY_NS = 86_400_000_000_000n;
const nowNs = () => BigInt(Date.now()) * 1_000_000n;

let folder: ConfigFolder;
let server: RunningServer;

beforeAll(async () => {
  folder = await makeFolder({ 'prometheus.yml': 'scrape_configs: []\n' });
  server = await startServer([folder.dir]);
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await folder?.remove();
});

type Body = string | Uint8Array;

async function post(path: string, body: Body, contentType: string, encoding?: string): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': contentType, ...(encoding !== undefined && { 'content-encoding': encoding }) };
  const answer = await fetch(server.url + path, { method: 'POST', headers, body: typeof body === 'string' ? body : new Uint8Array(body) });
  return { status: answer.status, text: await answer.text() };
}

const push = (streams: unknown) => post('/loki/api/v1/push', JSON.stringify({ streams }), 'application/json');

async function linesOf(query: string): Promise<string[]> {
  type Answer = { data: { result: { values: [string, string][] }[] } };
  const { data } = await server.api<Answer>(`/loki/api/v1/query_range?${new URLSearchParams({ query })}`);
  return data.result.flatMap(({ values }) => values.map(([, line]) => line));
}

describe('a push of log lines', () => {
  it.each<[string, Body, string, string | undefined]>([
    ['JSON cut short', '{"streams": [{"stream": {"a": "b"}, "values": [["1', 'application/json', undefined],
    ['JSON of another shape', '{"streams": {"a": 1}}', 'application/json', undefined],
    ['a time that is no number', '{"streams": [{"stream": {"a": "b"}, "values": [["soon", "x"]]}]}', 'application/json', undefined],
    ['garbage instead of snappy', randomBytes(200), 'application/x-protobuf', undefined],
    ['a snappy length that lies', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1, 2), 'application/x-protobuf', undefined],
    // A literal of three bytes: field 1 with a length that is not there.
    ['snappy around garbage', Uint8Array.of(3, 2 << 2, 0x0a, 0xff, 0x7f), 'application/x-protobuf', undefined],
    ['garbage instead of gzip', randomBytes(100), 'application/json', 'gzip'],
    ['gzip cut short', gzipSync('{"streams": []}').subarray(0, 15), 'application/json', 'gzip'],
  ])('with %s is refused in words', async (_name, body, contentType, encoding) => {
    const { status, text } = await post('/loki/api/v1/push', body, contentType, encoding);
    expect(status, text).toBe(400);
    expect(text.length).toBeGreaterThan(10);
    expect(text).not.toMatch(/\bat .*\.[jt]s:\d+/);
  });

  it('keeps the good lines and says what was wrong with the others', async () => {
    const far = await push([
      {
        stream: { job: 'mixed' },
        values: [
          [`${nowNs()}`, 'good'],
          [`${nowNs() + DAY_NS}`, 'from tomorrow'],
        ],
      },
    ]);
    expect(far.status, far.text).toBe(400);
    expect(far.text).toMatch(/timestamp too new/);
    const old = await push([
      {
        stream: { job: 'mixed' },
        values: [
          ['1000000000000000000', 'from 2001'],
          [`${nowNs()}`, 'good too'],
        ],
      },
    ]);
    expect(old.status, old.text).toBe(400);
    expect(old.text).toMatch(/timestamp too old|too far behind/);
    const long = await push([
      {
        stream: { job: 'mixed' },
        values: [
          [`${nowNs()}`, 'x'.repeat(300 * 1024)],
          [`${nowNs()}`, 'third'],
        ],
      },
    ]);
    expect(long.status, long.text).toBe(400);
    expect(long.text).toMatch(/Max entry size '262144' bytes exceeded/);
    expect((await linesOf('{job="mixed"}')).sort()).toEqual(['good', 'good too', 'third']);
  });

  it('without labels is refused', async () => {
    const { status, text } = await push([{ stream: {}, values: [[`${nowNs()}`, 'x']] }]);
    expect(status).toBe(400);
    expect(text).toMatch(/at least one label pair is required/);
  });

  it('larger than the limit is refused before it is read', async () => {
    const { status } = await post('/loki/api/v1/push', gzipSync(Buffer.alloc(80 * 1024 * 1024, 32)), 'application/json', 'gzip');
    expect(status).toBe(413);
  });
});

describe('a LogQL query', () => {
  it.each([
    ['{job="mixed"', /line 1, col \d+/],
    ['{job="mixed"} |= ', /line 1, col \d+/],
    ['{job="mixed"}\n| jsn', /line 2, col \d+/],
    ['{}', /at least one regexp or equality matcher/],
    ['{job=~"("}', /error parsing regexp|invalid regular expression|missing/],
    ['rate({job="mixed"})', /line 1, col \d+/],
  ])('%j is refused with the place of the error', async (query, message) => {
    const answer = await fetch(`${server.url}/loki/api/v1/query_range?${new URLSearchParams({ query })}`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(message);
  });
});

describe('an export of spans', () => {
  const spanOf = (changes: object) => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'op',
    kind: 1,
    startTimeUnixNano: `${nowNs() - 1_000_000n}`,
    endTimeUnixNano: `${nowNs()}`,
    ...changes,
  });
  const request = (spans: unknown) => ({
    resourceSpans: [
      { resource: { attributes: [{ key: 'service.name', value: { stringValue: 'bad-signals' } }] }, scopeSpans: [{ spans }] },
    ],
  });
  const send = (spans: unknown) => post('/v1/traces', JSON.stringify(request(spans)), 'application/json');
  const found = async (name: string) => {
    type Answer = { traces: { rootTraceName: string }[] };
    const search = new URLSearchParams({ q: `{ resource.service.name = "bad-signals" && name = "${name}" }` });
    return (await server.api<Answer>(`/api/search?${search}`)).traces.length;
  };

  it.each<[string, Body, string]>([
    ['garbage instead of protobuf', randomBytes(300), 'application/x-protobuf'],
    ['JSON cut short', '{"resourceSpans": [', 'application/json'],
    ['JSON of another shape', '{"resourceSpans": 7}', 'application/json'],
  ])('with %s is refused in words', async (_name, body, contentType) => {
    const { status, text } = await post('/v1/traces', body, contentType);
    expect(status, text).toBe(400);
    expect(text.length).toBeGreaterThan(5);
  });

  it('of another type is refused', async () => {
    expect((await post('/v1/traces', 'x', 'text/plain')).status).toBe(415);
  });

  it('keeps the good spans and says what was wrong with the others', async () => {
    const huge = [{ key: 'blob', value: { stringValue: 'x'.repeat(2 * 1024 * 1024) } }];
    const { status, text } = await send([
      spanOf({ name: 'good' }),
      spanOf({ name: 'huge', attributes: huge }),
      spanOf({ name: 'ancient', startTimeUnixNano: '1000000000000000000', endTimeUnixNano: '1000000000000000001' }),
      spanOf({ name: 'tomorrow', startTimeUnixNano: `${nowNs() + DAY_NS}`, endTimeUnixNano: `${nowNs() + DAY_NS}` }),
    ]);
    expect(status, text).toBe(200);
    const { partialSuccess } = JSON.parse(text) as { partialSuccess: { rejectedSpans: string | number; errorMessage: string } };
    expect(Number(partialSuccess.rejectedSpans)).toBe(3);
    expect(partialSuccess.errorMessage.length).toBeGreaterThan(20);
    expect([await found('good'), await found('huge'), await found('ancient'), await found('tomorrow')]).toEqual([1, 0, 0, 0]);
  });

  it('with an id of the wrong length is refused with its place, or told apart', async () => {
    const { status, text } = await send([spanOf({ name: 'bad id', traceId: 'abc' })]);
    expect(status === 400 || Number(JSON.parse(text).partialSuccess?.rejectedSpans) === 1, text).toBe(true);
    expect(text).toMatch(/traceId|trace id/i);
    expect(await found('bad id')).toBe(0);
  });
});
