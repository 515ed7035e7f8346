// Sends a corpus by remote write (1.0), two requests in flight, and prints one line of JSON with what it cost.
//   node scripts/bench/load.mjs --file CORPUS --url http://HOST:PORT/api/v1/write --pid SERVER [--slots 20] [--series 2000]
// --slots: samples of one series in one request; --series: series in one request. Snappy's frames hold the bytes as they are.
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openCorpus } from './corpus-file.mjs';
import { usage } from './usage.mjs';

const CONNECTIONS = 2;
const SAMPLE_BYTES = 18;
const HEADERS = {
  'Content-Encoding': 'snappy',
  'Content-Type': 'application/x-protobuf',
  'X-Prometheus-Remote-Write-Version': '0.1.0',
};

function varint(value) {
  const bytes = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

const field = (number, bytes) => Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);

function encodeLabels(labels) {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(pairs.map((pair) => field(1, Buffer.concat(pair.map((text, i) => field(i + 1, Buffer.from(text)))))));
}

/** One request: of each part the series with their samples from `from` to `to` (positions in the block). */
function encodeRequest(parts, labels) {
  const chunks = [];
  for (const { block, from, to } of parts) {
    for (let s = 0; s < block.nSeries; s++) {
      const samples = Buffer.allocUnsafe((to - from) * SAMPLE_BYTES);
      let at = 0;
      for (let i = from; i < to; i++) at = putSample(samples, at, block.ts[i], block.vals[s * block.nTs + i]);
      const series = labels[block.first + s];
      chunks.push(Buffer.from([0x0a]), varint(series.length + samples.length), series, samples);
    }
  }
  const body = Buffer.concat(chunks);
  const head = Buffer.alloc(5, 63 << 2);
  head.writeUInt32LE(body.length - 1, 1);
  return Buffer.concat([varint(body.length), head, body]);
}

/** A sample of 18 bytes: the time's varint has six as long as it lies between 2004 and 2109. */
function putSample(out, at, ms, value) {
  out[at] = 0x12;
  out[at + 1] = 16;
  out[at + 2] = 0x09;
  out.writeDoubleLE(value, at + 3);
  out[at + 11] = 0x10;
  let rest = ms;
  for (let i = 0; i < 6; i++) {
    out[at + 12 + i] = (rest % 128) | (i < 5 ? 128 : 0);
    rest = Math.floor(rest / 128);
  }
  return at + SAMPLE_BYTES;
}

function post(url, agent, body) {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', agent, headers: { ...HEADERS, 'Content-Length': body.length } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () =>
        response.statusCode < 300 ? resolve() : reject(new Error(`status ${response.statusCode}: ${text.slice(0, 300)}`)),
      );
    });
    call.on('error', reject).end(body);
  });
}

/** The requests of a window for each connection, in order of time; a target keeps to one connection. */
function requestsOf({ start, blocks }, { stepMs, windowMs }, slots, mostSeries) {
  const lanes = Array.from({ length: CONNECTIONS }, () => []);
  const done = blocks.map(() => 0);
  for (let from = start; from < start + windowMs; from += slots * stepMs) {
    const isLast = from + slots * stepMs >= start + windowMs;
    const open = lanes.map(() => ({ parts: [], series: 0 }));
    for (const [i, block] of blocks.entries()) {
      let to = done[i];
      while (to < block.nTs && (isLast || block.ts[to] < from + slots * stepMs)) to++;
      if (to === done[i]) continue;
      const lane = block.target % CONNECTIONS;
      if (open[lane].series > 0 && open[lane].series + block.nSeries > mostSeries) {
        lanes[lane].push(open[lane].parts);
        open[lane] = { parts: [], series: 0 };
      }
      open[lane].parts.push({ block, from: done[i], to });
      open[lane].series += block.nSeries;
      done[i] = to;
    }
    for (const [lane, { parts }] of open.entries()) if (parts.length > 0) lanes[lane].push(parts);
  }
  return lanes;
}

async function load({ file, url, pid, slots, series: mostSeries }) {
  const corpus = openCorpus(file);
  const labels = corpus.header.series.map(({ l }) => encodeLabels(l));
  const agent = new Agent({ keepAlive: true });
  const [startedAt, before] = [performance.now(), usage(pid)];
  let samples = 0;
  const send = async (requests) => {
    for (const parts of requests) {
      await post(url, agent, encodeRequest(parts, labels));
      for (const { block, from, to } of parts) samples += (to - from) * block.nSeries;
    }
  };
  for (const window of corpus.windows()) await Promise.all(requestsOf(window, corpus.header, slots, mostSeries).map(send));
  const wallS = (performance.now() - startedAt) / 1000;
  agent.destroy();
  corpus.close();
  return { samples, wallS, serverCpuS: usage(pid).cpuSeconds - before.cpuSeconds };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: { file: text, url: text, pid: text, slots: { ...text, default: '20' }, series: { ...text, default: '2000' } },
  });
  const numbers = { pid: Number(values.pid), slots: Number(values.slots), series: Number(values.series) };
  console.log(JSON.stringify(await load({ file: values.file, url: values.url, ...numbers })));
}
