import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { compressSync } from 'snappy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabelCache } from '../../formats/loki-push/label-cache.ts';
import { encodeSnappyPush } from '../../formats/loki-push/testing/encode.ts';
import { AppError } from '../../model/app-error.ts';
import { readPush } from './push-body.ts';
import { type Lab, NOW_NS, startLab } from './testing/lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF_TYPE = { 'content-type': 'application/x-protobuf' };
const URL = '/loki/api/v1/push';
const body = (app: string, ...lines: string[]) =>
  JSON.stringify({ streams: [{ stream: { app }, values: lines.map((line) => [`${NOW_NS}`, line]) }] });
const proto = (app: string, ...lines: string[]) =>
  encodeSnappyPush([{ labels: `{app="${app}"}`, entries: lines.map((line) => ({ timestampNs: NOW_NS, line })) }]);

async function linesOf(app: string): Promise<string[]> {
  const lines: string[] = [];
  const matchers = [{ type: '=', name: 'app', value: app } as const];
  for await (const block of lab.store.logs.select({ matchers, startNs: 0n, endNs: 2n * NOW_NS, order: 'forward', columns: 'lines' }, {}))
    for (let i = 0; i < block.timesNs.length; i++)
      lines.push(Buffer.from(block.lineBytes.subarray(block.lineOffsets[i], block.lineOffsets[i + 1])).toString());
  return lines;
}

describe('a push', () => {
  it.each<[string, string | Buffer, Record<string, string>]>([
    ['json', body('json', 'a', 'b'), JSON_TYPE],
    ['json-charset', body('json-charset', 'a', 'b'), { 'content-type': 'Application/JSON; charset=utf-8' }],
    ['json-gzip', gzipSync(body('json-gzip', 'a', 'b')), { ...JSON_TYPE, 'content-encoding': 'gzip' }],
    ['json-deflate', deflateSync(body('json-deflate', 'a', 'b')), { ...JSON_TYPE, 'content-encoding': 'deflate' }],
    ['json-bare', deflateRawSync(body('json-bare', 'a', 'b')), { ...JSON_TYPE, 'content-encoding': 'deflate' }],
    ['proto', proto('proto', 'a', 'b'), PROTOBUF_TYPE],
    ['proto-untyped', proto('proto-untyped', 'a', 'b'), {}],
    ['proto-snappy', proto('proto-snappy', 'a', 'b'), { ...PROTOBUF_TYPE, 'content-encoding': 'snappy' }],
    ['proto-gzip', gzipSync(proto('proto-gzip', 'a', 'b')), { ...PROTOBUF_TYPE, 'content-encoding': 'gzip' }],
  ])('as %s is stored and answered with 204', async (app, payload, headers) => {
    const answer = await lab.post(URL, payload, { ...headers, 'x-scope-orgid': 'somebody' });
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(await linesOf(app)).toEqual(['a', 'b']);
  });

  it('of the older shape is stored', async () => {
    const ts = '2024-05-01T11:59:00.5Z';
    const legacy = { streams: [{ labels: '{app="legacy"}', entries: [{ ts, line: 'x' }] }] };
    expect((await lab.post('/api/prom/push', JSON.stringify(legacy), JSON_TYPE)).status).toBe(204);
    expect((await lab.post('/api/prom/push', proto('legacy', 'y'), PROTOBUF_TYPE)).status).toBe(204);
    expect(await linesOf('legacy')).toEqual(['x', 'y']);
  });

  it.each<[string, string | Buffer, Record<string, string>, number, RegExp]>([
    ['JSON cut short', body('bad', 'a').slice(0, -5), JSON_TYPE, 400, /^the body is not JSON: /],
    ['nothing', '', JSON_TYPE, 400, /^the body is not JSON: /],
    ['no protobuf', '', PROTOBUF_TYPE, 400, /^snappy: corrupt input: 0 bytes/],
    ['JSON without its type', body('bad', 'a'), { 'content-type': 'text/plain' }, 400, /^this looks like JSON.*send application\/json/],
    ['JSON as protobuf', body('bad', 'a'), PROTOBUF_TYPE, 400, /^snappy: corrupt input/],
    ['gzip that is none', body('bad', 'a'), { ...JSON_TYPE, 'content-encoding': 'gzip' }, 400, /^the body is not gzip: incorrect header/],
    [
      'gzip cut short',
      gzipSync(body('bad', 'a')).subarray(0, 30),
      { ...JSON_TYPE, 'content-encoding': 'gzip' },
      400,
      /^the body is not gzip: unexpected end/,
    ],
    ['another encoding', body('bad', 'a'), { ...JSON_TYPE, 'content-encoding': 'zstd' }, 400, /^Content-Encoding "zstd" not supported/],
    ['snappy around garbage', compressSync('garbage'), PROTOBUF_TYPE, 400, /^the body: not a push request in protobuf: /],
    ['a snappy length that lies', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), PROTOBUF_TYPE, 400, /cannot hold the 4294967295/],
    ['too much', body('bad', 'x'.repeat(2_000_001)), JSON_TYPE, 413, /too large/],
    ['too much gzip', gzipSync(Buffer.alloc(2_000_001)), { ...JSON_TYPE, 'content-encoding': 'gzip' }, 413, /more than 2000000 bytes/],
    ['too much snappy', compressSync(Buffer.alloc(2_000_001)), PROTOBUF_TYPE, 413, /declares 2000001 bytes/],
    ['no labels', JSON.stringify({ streams: [{ stream: {}, values: [['1', 'x']] }] }), JSON_TYPE, 400, /^error at least one label pair/],
    ['a long line', body('bad', 'x'.repeat(1_001)), JSON_TYPE, 400, /^Max entry size '1000' bytes exceeded for stream '\{app="bad"\}'/],
  ])('of %s is refused in words', async (_name, payload, headers, status, message) => {
    const answer = await lab.post(URL, payload, headers);
    expect([answer.status, answer.body]).toEqual([status, expect.stringMatching(message)]);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(await linesOf('bad')).toEqual([]);
  });

  it('keeps the good streams beside the bad', async () => {
    const payload = encodeSnappyPush([
      { labels: '{app="mixed"}', entries: [{ timestampNs: NOW_NS, line: 'good' }] },
      { labels: '{app=mixed}', entries: [{ timestampNs: NOW_NS, line: 'bad' }] },
      { labels: '{app="mixed"}', entries: [{ timestampNs: 1n, line: 'old' }] },
    ]);
    const answer = await lab.post(URL, payload, PROTOBUF_TYPE);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatch(/^Error parsing labels '\{app=mixed\}' with error: 1:6: parse error: .*; entry for stream .*too old/);
    expect(await linesOf('mixed')).toEqual(['good']);
  });

  it('is refused with a time to come back while the store is full', async () => {
    const { append } = lab.store.logs;
    lab.store.logs.append = () => Promise.reject(new AppError('storage.overloaded', 'the buffer is full'));
    const answer = await lab.post(URL, body('x', 'a'), JSON_TYPE);
    lab.store.logs.append = append;
    expect([answer.status, answer.body, answer.headers['retry-after']]).toEqual([503, 'the buffer is full\n', '5']);
    expect(lab.reported).toEqual([]);
  });

  it('from a page of another site is refused', async () => {
    const answer = await lab.post(URL, body('x', 'a'), { ...JSON_TYPE, origin: 'http://evil.example' });
    expect(answer.status).toBe(403);
  });
});

describe('readPush', () => {
  it('takes so much JSON and no more, since it is parsed in one piece', async () => {
    const limit = 16 * 1024 * 1024;
    const read = (text: string) =>
      readPush({ headers: { ...JSON_TYPE }, body: Buffer.from(text), isLegacy: false }, 4 * limit, new LabelCache());
    const text = body('large', 'x');
    expect((await read(text.padEnd(limit))).streams).toHaveLength(1);
    await expect(read(text.padEnd(limit + 1))).rejects.toMatchObject({
      code: 'loki.too_large',
      message: expect.stringContaining('16777217'),
    });
  });
});
