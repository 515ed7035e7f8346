import type { LogLine } from '@alidade/sdk/schema';
import { describe, expect, it } from 'vitest';
import { summarizeFields } from './log-fields.ts';
import { readLine, serviceOf } from './log-line.ts';
import { appendPage, isBeyond, type LogPage, mergeTail, pageOf, spanBeyond, tailFrom } from './log-pages.ts';

const line = (ms: number, text: string, over: Partial<LogLine> = {}): LogLine => ({
  timestampNs: `${1_700_000_000_000 + ms}000001`,
  line: text,
  level: 'info',
  stream: { service: 'api' },
  metadata: {},
  parsed: {},
  ...over,
});
const rest = (text: string, over: Partial<LogLine> = {}) => readLine(line(0, text, over)).rest.map(({ name, value }) => `${name}=${value}`);

describe('readLine', () => {
  it('puts the message of JSON first and leaves out what other columns show', () => {
    const read = readLine(
      line(5, '{"level":30,"time":1,"service":"api","msg":"done","req":{"url":"/a","id.x":7},"tags":["a"],"ok":true,"none":null}'),
    );
    expect(read.message).toBe('done');
    expect(read.timeMs).toBe(1_700_000_000_005);
    expect(read.rest.map(({ name, value, isList }) => [name, value, isList])).toEqual([
      ['req_url', '/a', false],
      ['req_id_x', '7', false],
      ['tags', '["a"]', true],
      ['ok', 'true', false],
      ['none', '', false],
    ]);
  });

  it('reads logfmt only when the whole line is written so', () => {
    expect(rest('level=warn msg="two \\"words\\"" took=5ms a.b=')).toEqual(['took=5ms', 'a_b=']);
    expect(readLine(line(0, 'level=warn msg="two \\"words\\""')).message).toBe('two "words"');
    expect(readLine(line(0, 'user=5 was not found')).message).toBe('user=5 was not found');
    expect(rest('x=1')).toEqual([]);
  });

  it('shows broken JSON as it is, without terminal colours', () => {
    expect(readLine(line(0, '\u001b[31m{"msg":\u001b[0m')).message).toBe('{"msg":');
  });

  it('says nothing twice that labels and metadata say already', () => {
    const id = 'b'.repeat(32);
    const over = { metadata: { trace_id: id }, parsed: { service_extracted: 'api', path_extracted: '/' } };
    const read = readLine(line(0, `{"service":"other","trace_id":"${id}","a":"1"}`, over));
    expect(read.fields.map(({ name, value, source }) => [source, name, value])).toEqual([
      ['label', 'service', 'api'],
      ['metadata', 'trace_id', id],
      ['parsed', 'path_extracted', '/'],
      ['json', 'a', '1'],
    ]);
    expect(readLine(line(0, '{"service":"other","a":"1"}')).fields.map(({ name }) => name)).toEqual(['service', 'service_extracted', 'a']);
  });

  it('prefers what the query parsed over what it finds itself', () => {
    const read = readLine(line(0, '{"status":500}', { parsed: { status: '500', __error__: '' } }));
    expect(read.fields.filter(({ name }) => name === 'status').map(({ source }) => source)).toEqual(['parsed']);
  });

  it('finds the trace and the service', () => {
    const id = 'a'.repeat(32);
    expect(readLine(line(0, `{"trace_id":"${id}"}`)).traceId).toBe(id);
    expect(readLine(line(0, 'x', { metadata: { traceID: id } })).traceId).toBe(id);
    expect(readLine(line(0, `{"trace_id":"${'0'.repeat(32)}","traceId":"abc"}`)).traceId).toBeUndefined();
    expect(serviceOf(readLine(line(0, '{"app":"x"}', { stream: { job: 'j' } })))).toEqual({ name: 'app', value: 'x' });
  });

  it('is not slow to see that a long line is no logfmt', () => {
    const started = performance.now();
    readLine(line(0, `${'a=1 '.repeat(50_000)}"`));
    readLine(line(0, `a="${'\\'.repeat(50_001)}`));
    expect(performance.now() - started).toBeLessThan(500);
  });
});

const page = (...lines: LogLine[]): LogPage => pageOf({ lines, isCut: true, linesProcessed: 0, bytesProcessed: 0 });
const texts = ({ lines }: LogPage) => lines.map(({ raw }) => raw);

describe('pages', () => {
  const range = { fromMs: 0, toMs: 2e12 };

  it('go on at the millisecond of the last line, which is answered again', () => {
    const first = page(line(9, 'd'), line(5, 'c'), line(5, 'b'));
    expect(spanBeyond(first, 'backward', range)).toEqual({ fromMs: 0, toMs: 1_700_000_000_006 });
    expect(texts(appendPage(first, page(line(5, 'c'), line(5, 'b'), line(5, 'a'), line(1, '0')), 'backward'))).toEqual([
      'd',
      'c',
      'b',
      'a',
      '0',
    ]);
    const forth = page(line(1, 'a'), line(2, 'b'));
    expect(spanBeyond(forth, 'forward', range)).toEqual({ fromMs: 1_700_000_000_002, toMs: 2e12 });
    expect(texts(appendPage(forth, page(line(2, 'b'), line(3, 'c')), 'forward'))).toEqual(['a', 'b', 'c']);
  });

  it('take the newest lines in front, late ones among them', () => {
    const shown = page(line(20_000, 'c'), line(15_000, 'b'), line(1_000, 'a'));
    const fromMs = tailFrom(shown, 'backward') ?? 0;
    expect(fromMs).toBe(1_700_000_010_000);
    const tail = page(line(21_000, 'd'), line(20_000, 'c'), line(16_000, 'late'), line(15_000, 'b'));
    expect(texts(mergeTail(shown, tail, fromMs, 'backward'))).toEqual(['d', 'c', 'late', 'b', 'a']);
    expect(mergeTail({ ...shown, isCut: false }, tail, fromMs, 'backward', 3)).toMatchObject({ isCut: true });
    expect(texts(mergeTail(page(line(1, 'a'), line(2, 'b')), page(line(2, 'b'), line(3, 'c')), 1_700_000_000_002, 'forward', 2))).toEqual([
      'b',
      'c',
    ]);
  });

  it('know which line lies beyond them', () => {
    const shown = page(line(9, 'b'), line(5, 'a'));
    const [first] = shown.lines;
    const key = (ms: number) => `${1_700_000_000_000 + ms}000001-x`;
    expect([key(1), key(5), key(7), first?.key ?? '', 'broken', ''].map((one) => isBeyond(shown, one, 'backward'))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(isBeyond({ ...shown, isCut: false }, key(1), 'backward')).toBe(false);
    expect(isBeyond(page(line(1, 'a'), line(2, 'b')), key(3), 'forward')).toBe(true);
  });

  it('give lines keys that stay, and lines that are the same different ones', () => {
    const keys = (...lines: LogLine[]) => page(...lines).lines.map(({ key }) => key);
    const [first, second, third] = keys(line(5, 'x'), line(5, 'x'), line(5, 'y'));
    expect(new Set([first, second, third]).size).toBe(3);
    expect(keys(line(6, 'z'), line(5, 'x'), line(5, 'x')).slice(1)).toEqual([first, second]);
  });
});

describe('summarizeFields', () => {
  it('counts values, labels first, the query’s and the line’s own fields as one', () => {
    const lines = page(
      line(3, '{"status":500,"msg":"a"}', { parsed: { status: '500', msg: 'a' } }),
      line(2, '{"status":200,"msg":"a"}'),
      line(1, '{"status":500,"msg":"b"}'),
    ).lines;
    const fields = summarizeFields(lines);
    expect(fields.map(({ name, source, count }) => [name, source, count])).toEqual([
      ['service', 'label', 3],
      ['msg', 'parsed', 3],
      ['status', 'parsed', 3],
    ]);
    expect(fields[2]?.values).toEqual([
      { value: '500', count: 2 },
      { value: '200', count: 1 },
    ]);
  });
});
