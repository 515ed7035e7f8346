import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDump, parseLabels, readDump } from './dump-reader.ts';
import { openText } from './line-blocks.ts';
import { newReport, readOpenMetrics } from './openmetrics-reader.ts';
import { OpenMetricsWriter } from './openmetrics-writer.ts';
import { headersOf, queriesOf } from './options.ts';
import type { ReadPiece } from './piece.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'alidade-archive-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fileOf(content: string | Buffer): string {
  const name = path.join(dir, 'archive');
  writeFileSync(name, content);
  return name;
}

/** Samples as texts, in order of series; and the error in the end, without the name of the file. */
async function readAll(content: string | Buffer, read = readOpenMetrics) {
  const name = fileOf(content);
  const report = newReport();
  const samples: string[] = [];
  let error = '';
  try {
    for await (const pieces of read(await openText(name), report))
      for (const { labels, timestampsMs, values } of pieces)
        timestampsMs.forEach((timestampMs, i) => {
          samples.push(`${labels} ${values[i]} ${timestampMs}`);
        });
  } catch (caught) {
    error = (caught as Error).message.replace(name, 'FILE');
  }
  return { samples, error, skipped: [...report.skipped] };
}

describe('a text in OpenMetrics', () => {
  it('is read with its times, zipped or not', async () => {
    const text =
      '# TYPE a counter\na_total{x="1"} 1 1700000000\na_total{x="1"} 2 1700000015.25\nb NaN 0.001\n{"c.d",e="f"} +Inf 1\n# EOF\n';
    const wanted = {
      samples: ['a_total{x="1"} 1 1700000000000', 'a_total{x="1"} 2 1700000015250', 'b NaN 1', 'c.d{e="f"} Infinity 1000'],
      error: '',
      skipped: [],
    };
    expect(await readAll(text)).toEqual(wanted);
    expect(await readAll(gzipSync(text))).toEqual(wanted);
  });

  it('is unzipped from standard input as well, however it comes', async () => {
    const text = 'a 1 1\nb 2 2\n# EOF\n';
    for (const bytes of [Buffer.from(text), gzipSync(text)]) {
      const input = Readable.from([...bytes].map((byte) => Buffer.of(byte)));
      const blocks: string[] = [];
      for await (const block of (await openText('-', input)).blocks()) blocks.push(String(block.bytes));
      expect(blocks.join('')).toBe(text);
    }
    const torn = await readAll(gzipSync(text).subarray(0, -12));
    expect(torn.error).toContain('cannot read "FILE": unexpected end of file');
  });

  it('may be larger than a block, whose lines are counted', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `metric_with_a_long_name{series="${i % 7}"} ${i} ${1_700_000_000 + i}`);
    const { samples, error } = await readAll(`${lines.join('\n')}\n# EOF\n`);
    expect(error).toBe('');
    expect(new Set(samples).size).toBe(60_000);
    lines[50_000] = 'metric_with_a_long_name{series="0" 1 2';
    const bad = await readAll(`${lines.join('\n')}\n# EOF\n`);
    expect(bad.error).toContain('FILE:50001: column ');
    expect(bad.samples).toHaveLength(50_000);
  });

  it.each([
    ['a 1 1\nb 2\n# EOF\n', 'FILE:2: the sample has no time, which an archive must tell'],
    ['a 1 1\na 2\n# EOF\n', 'FILE:2: the sample has no time, which an archive must tell'],
    ['a 1 1\n', 'FILE: the last line is not "# EOF": the file may be cut off; everything before was read'],
    ['a 1 1\n# EOF\nb 1 1\n', 'FILE:3: '],
    ['', 'FILE: the last line is not "# EOF"'],
  ])('%j is refused', async (text, message) => {
    const { samples, error } = await readAll(text);
    expect(error).toContain(message);
    if (text !== '') expect(samples).toEqual(['a 1 1000']);
  });
});

describe('a dump of promtool', () => {
  it('is known by its first line', () => {
    for (const start of ['{__name__="up"} 1 2', '{ __name__="up"}', '{"__name__"="up"}', '{a="b"} 1 2']) expect(isDump(start)).toBe(true);
    for (const start of ['up 1 2', '{"up"} 1 2', '{"up", a="b"} 1 2', '# TYPE up gauge', '']) expect(isDump(start)).toBe(false);
  });

  it('is read, but for native histograms', async () => {
    const text = `{__name__="up", job="a b", text="q\\"\\\\\\n\\u00fc\\xc3\\xbc"} 1 1700000000000
{__name__="up", job="a b", text="q\\"\\\\\\n\\u00fc\\xc3\\xbc"} NaN -5
{"__name__"="utf8.name", "label.name"="}"} 1.5e-07 1
{__name__="h"} {count:5, sum:18.4, (1,2]:5} 1700000000000
`;
    expect(await readAll(text, readDump)).toEqual({
      samples: [
        'up{job="a b", text="q\\"\\\\\\nüü"} 1 1700000000000',
        'up{job="a b", text="q\\"\\\\\\nüü"} NaN -5',
        'utf8.name{label.name="}"} 1.5e-7 1',
      ],
      error: '',
      skipped: [[expect.stringContaining('native histograms'), 1]],
    });
  });

  it.each([
    ['{a="b"} 1', 'FILE:1: "" is not a time in milliseconds'],
    ['{a="b"} x 1', 'FILE:1: "x" is not a number'],
    ['{a="b"} toString 1', 'FILE:1: "toString" is not a number'],
    ['{a="b"} 1 1.5', 'FILE:1: "1.5" is not a time in milliseconds'],
    ['{a="b" 1 2', 'FILE:1: the labels are not closed by }'],
    ['{a=b} 1 2', 'FILE:1: want a text in quotes at column 4'],
    ['{a="b"} 1 2\n\n{a="\\q"} 1 2', 'FILE:3: "\\q" is not an escape'],
    ['up 1 2', 'FILE:1: a line of a dump begins with {'],
  ])('%j is refused', async (text, message) => {
    expect((await readAll(text, readDump)).error).toBe(message);
  });

  it('may have series without labels', () => {
    expect(parseLabels('{}').size).toBe(0);
  });
});

describe('what is written in OpenMetrics', () => {
  it('is read again', async () => {
    const parts: string[] = [];
    const writer = new OpenMetricsWriter(async (text) => void parts.push(text));
    const read: ReadPiece[] = [];
    const text = 'a{x="quote \\" back \\\\ line \\n"} 0.30000000000000004 1700000000.457\nb -0 -0.001\n{"c.d","e f"="g"} 5e-324 0\n# EOF\n';
    for await (const pieces of readOpenMetrics(await openText(fileOf(text)), newReport())) read.push(...pieces);
    for (const piece of read) await writer.add(piece);
    await writer.finish();
    expect(parts.join('')).toBe(text);
  });
});

describe('options', () => {
  const NOW = 1_700_000_000_000;

  it('select by time and label', () => {
    expect(queriesOf({ match: [] }, NOW)).toEqual([{ startMs: 0, endMs: NOW, matchers: [{ type: '!=', name: '__name__', value: '' }] }]);
    const [query] = queriesOf({ match: ['up{job=~"a|b"}'], start: '1d', end: '2023-11-14T00:00:00Z' }, NOW);
    expect(query).toMatchObject({ startMs: NOW - 86_400_000, endMs: Date.UTC(2023, 10, 14) });
    expect(query?.matchers).toHaveLength(2);
    expect(headersOf(['X-Scope-OrgID: a: b'])).toEqual({ 'x-scope-orgid': 'a: b' });
  });

  it.each([
    [{ match: ['rate(up[5m])'] }, 'is not a selector'],
    [{ match: ['up{'] }, '--match "up{": '],
    [{ match: [], start: 'yesterday' }, '--start "yesterday" is not a time'],
    [{ match: [], start: '1', end: '0' }, '--end lies before --start'],
  ])('%j is refused', (options, message) => {
    expect(() => queriesOf(options, NOW)).toThrow(message);
    expect(() => headersOf(['no header'])).toThrow('--header "no header" is not a header');
  });
});
