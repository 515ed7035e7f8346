// What a reload changes in a running server, beside a real Prometheus 3.5 on the same configuration.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWrite } from '../server/formats/remote-write/testing/encode.ts';
import { findPrometheus } from './peers/prometheus.ts';
import { ask, type Question } from './testing/api-asking.ts';
import { type ApiPair, startApiPair } from './testing/api-pair.ts';
import { postWrite, writeSamples } from './testing/remote-write-client.ts';

const binary = findPrometheus();
if (!binary) console.log('Left out: a reload beside a real Prometheus; node scripts/peers.mjs fetches it');

const STEP = 15_000;
const START = Math.floor((Date.now() - 2 * 3_600_000) / STEP) * STEP;
const NOW = Math.floor(Date.now() / 1000) * 1000;
const MINUTE = 60_000;

describe.skipIf(!binary)('a reload', () => {
  let pair: ApiPair;
  let good = '';
  const urls = () => [pair.ownUrl, pair.peerUrl];
  const both = (question: Question) => Promise.all(urls().map((url) => ask(url, question)));

  const reloadWith = async (text: string) => {
    await writeFile(join(pair.folder, 'prometheus.yml'), text);
    expect((await both({ method: 'POST', path: '/-/reload' })).map(({ status }) => status)).toEqual([200, 200]);
  };
  /** What both answer to a sample so long before the newest. */
  const late = async (agoMs: number, value: number) => {
    const body = encodeWrite([{ labels: { __name__: 'late' }, samples: [{ timestampMs: NOW - agoMs, value }] }], '1.0');
    return (await Promise.all(urls().map((url) => postWrite(url, body, '1.0')))).map(({ status, text }) => ({ status, text: text.trim() }));
  };

  beforeAll(async () => {
    pair = await startApiPair(binary as string, [{ labels: { __name__: 'old' }, values: [1, 2, 3] }], START, STEP);
    good = await readFile(join(pair.folder, 'prometheus.yml'), 'utf8');
    for (const url of urls()) await writeSamples(url, [{ labels: { __name__: 'late' }, samples: [{ timestampMs: NOW, value: 1 }] }]);
  });
  afterAll(() => pair?.close());

  it('opens, widens and closes the window for late samples', async () => {
    const window = (text: string) => `${good}storage:\n  tsdb:\n    out_of_order_time_window: ${text}\n`;
    const statuses: number[] = [];
    const compare = async (agoMs: number, value: number) => {
      const [own, peer] = await late(agoMs, value);
      expect(own).toEqual(peer);
      statuses.push(own?.status ?? 0);
    };
    await compare(5 * MINUTE, 2);
    await reloadWith(window('10m'));
    await compare(5 * MINUTE, 3);
    await compare(30 * MINUTE, 4);
    await reloadWith(window('1h'));
    await compare(30 * MINUTE, 5);
    await reloadWith(good);
    await compare(20 * MINUTE, 6);
    expect(statuses).toEqual([400, 204, 400, 204, 400]);
    const [own, peer] = await both({
      path: '/api/v1/query',
      parameters: [
        ['query', 'late[2h]'],
        ['time', String(NOW / 1000)],
      ],
    });
    expect(own?.body.toString()).toBe(peer?.body.toString());
    expect(JSON.parse(own?.body.toString() ?? '').data.result[0].values.map(([, value]: [number, string]) => value)).toEqual([
      '5',
      '3',
      '1',
    ]);
  });
});
