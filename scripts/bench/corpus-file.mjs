// The file that a corpus lies in, so that loading needs no parsing. All numbers little-endian, every double on an 8-byte boundary:
//   "OBSB1\n", u16 0, u32 length of the header, u32 0
//   header: JSON, padded with spaces: { start, end, stepMs, windowMs, samples, series: [{ t: target, l: labels }] }
//   then windows in order of time: f64 start, u32 blocks, u32 bytes of the blocks, and each block (what one target told in that time)
//     u32 target, u32 times, u32 series, u32 first series, f64 times[], f64 values[series][times]
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const PREFIX_BYTES = 16;

/** Opens a corpus for reading: `header`, `windows()` in order of time, `close()`. */
export function openCorpus(file) {
  const fd = openSync(file, 'r');
  const prefix = readAt(fd, 0, PREFIX_BYTES);
  if (prefix?.toString('latin1', 0, 6) !== 'OBSB1\n') throw new Error(`${file} is not a corpus`);
  const headerBytes = prefix.readUInt32LE(8);
  const header = JSON.parse(readAt(fd, PREFIX_BYTES, headerBytes).toString());
  return { header, windows: () => windowsOf(fd, PREFIX_BYTES + headerBytes), close: () => closeSync(fd) };
}

function readAt(fd, position, length) {
  const bytes = Buffer.from(new ArrayBuffer(length));
  return readSync(fd, bytes, 0, length, position) === length ? bytes : undefined;
}

function* windowsOf(fd, first) {
  for (let position = first; ; ) {
    const head = readAt(fd, position, PREFIX_BYTES);
    if (!head) return;
    const length = head.readUInt32LE(12);
    const body = readAt(fd, position + PREFIX_BYTES, length);
    if (!body) throw new Error('the corpus ends in the middle of a window');
    yield { start: head.readDoubleLE(0), blocks: blocksOf(body, head.readUInt32LE(8)) };
    position += PREFIX_BYTES + length;
  }
}

function blocksOf(body, count) {
  const blocks = [];
  let offset = 0;
  for (let i = 0; i < count; i++) {
    const [target, nTs, nSeries, first] = [0, 4, 8, 12].map((at) => body.readUInt32LE(offset + at));
    const ts = new Float64Array(body.buffer, offset + PREFIX_BYTES, nTs);
    const vals = new Float64Array(body.buffer, offset + PREFIX_BYTES + ts.byteLength, nSeries * nTs);
    blocks.push({ target, first, nTs, nSeries, ts, vals });
    offset += PREFIX_BYTES + ts.byteLength + vals.byteLength;
  }
  return blocks;
}

/** Writes a corpus: `window(start, blocks)` in order of time, then `close()`. */
export function createCorpus(file, header) {
  const fd = openSync(file, 'w');
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write('OBSB1\n', 'latin1');
  prefix.writeUInt32LE(padded.length, 8);
  writeSync(fd, Buffer.concat([prefix, padded]));
  return {
    window(start, blocks) {
      const parts = blocks.flatMap(blockParts);
      const head = Buffer.alloc(PREFIX_BYTES);
      head.writeDoubleLE(start, 0);
      head.writeUInt32LE(blocks.length, 8);
      head.writeUInt32LE(
        parts.reduce((sum, part) => sum + part.length, 0),
        12,
      );
      writeSync(fd, Buffer.concat([head, ...parts]));
    },
    close: () => closeSync(fd),
  };
}

function blockParts({ target, first, ts, vals }) {
  const head = Buffer.alloc(PREFIX_BYTES);
  for (const [i, value] of [target, ts.length, ts.length ? vals.length / ts.length : 0, first].entries()) head.writeUInt32LE(value, i * 4);
  return [head, ...[ts, vals].map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength))];
}

/** Copies the windows from `fromMs` (inclusive) to `toMs` (exclusive) to a corpus of their own; how many samples these are. */
export function cutCorpus(file, target, fromMs, toMs) {
  const corpus = openCorpus(file);
  const out = createCorpus(target, corpus.header);
  let samples = 0;
  for (const { start, blocks } of corpus.windows()) {
    if (start >= toMs) break;
    if (start < fromMs) continue;
    out.window(start, blocks);
    for (const { nTs, nSeries } of blocks) samples += nTs * nSeries;
  }
  out.close();
  corpus.close();
  return samples;
}
