import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { encodeFrames } from '../formats/remote-read/chunked-answer.ts';
import { Labels } from '../model/labels.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';

const START = 1_700_000_000_000;
const SAMPLES = 140;
const SERIES = 14;
const servers: Server[] = [];
let dir: string;
let errors: string[];

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'alidade-transfer-'));
  errors = [];
  vi.spyOn(console, 'log').mockReturnValue(undefined);
  vi.spyOn(console, 'error').mockImplementation((text: string) => void errors.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  rmSync(dir, { recursive: true, force: true });
});

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server to be read from: series with long labels, then the end that is asked for. */
function sourceOf(end: 'whole' | 'broken'): Promise<string> {
  return listen(({ url = '' }, response) => {
    if (url.startsWith('/api/v1/label/')) return void response.end('{"data":["a"]}');
    if (url.startsWith('/api/v1/metadata')) return void response.end('{"data":{"a":[{"type":"gauge","help":"Any.","unit":""}]}}');
    response.writeHead(200, { 'content-type': 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse' });
    const timestampsMs = Float64Array.from({ length: SAMPLES }, (_, i) => START + i * 1000);
    const columns = { timestampsMs, values: new Float64Array(SAMPLES) };
    const frames: Buffer[] = [];
    for (let i = 0; i < SERIES; i++) {
      const labels = Labels.from({ __name__: 'a', i: String(i), long: 'x'.repeat(2_000) });
      for (const frame of encodeFrames(labels, columns, 0, SAMPLES, { queryIndex: 0, maxFrameBytes: 1_000_000 }))
        if (frame) frames.push(frame);
    }
    response.write(Buffer.concat(frames), () => (end === 'whole' ? response.end() : response.destroy()));
  });
}

it('keeps what a server sent that broke off', async () => {
  let requests = 0;
  const target = await listen((_, response) => {
    requests++;
    response.writeHead(204, { 'x-prometheus-remote-write-samples-written': SAMPLES * SERIES }).end();
  });
  await importCommand().parseAsync([await sourceOf('broken'), '--url', target], { from: 'user' });
  expect(process.exitCode).toBe(1);
  expect(errors.join('\n')).toContain('broke off');
  expect(requests).toBe(1);
});

it('sends again what was answered by half', async () => {
  let requests = 0;
  const target = await listen((_, response) => {
    const isFirst = ++requests === 1;
    response.writeHead(200, { 'content-length': isFirst ? 100 : 2, 'x-prometheus-remote-write-samples-written': SAMPLES * SERIES });
    response.write('ok', () => (isFirst ? response.destroy() : response.end()));
  });
  await importCommand().parseAsync([await sourceOf('whole'), '--url', target], { from: 'user' });
  expect(errors).toEqual([]);
  expect(process.exitCode).toBe(0);
  expect(requests).toBe(2);
});

it('waits for a slow file without leaving listeners behind', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  const output = path.join(dir, 'all.om');
  await exportCommand().parseAsync(['--url', await sourceOf('whole'), '-o', output], { from: 'user' });
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
  expect(process.exitCode).toBe(0);
  expect(readFileSync(output, 'utf8').split('\n')).toHaveLength(SAMPLES * SERIES + 4);
});

it.skipIf(!existsSync('/dev/full'))('names the file that cannot be written', async () => {
  await exportCommand().parseAsync(['--url', await sourceOf('whole'), '-o', '/dev/full'], { from: 'user' });
  expect(process.exitCode).toBe(1);
  expect(errors.join('\n')).toContain('cannot write "/dev/full": ENOSPC');
});
