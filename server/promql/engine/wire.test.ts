import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import type { Matrix } from '../query.ts';
import { histogramOf } from '../testdata/histogram-series.ts';
import type { Job, Outcome } from './job.ts';
import { packJob, packOutcome, unpackJob, unpackOutcome } from './wire.ts';
import { packHistograms, unpackHistograms } from './wire-histograms.ts';

const LABELS = [Labels.from({ __name__: 'x', a: '1' }), Labels.from({ __name__: 'x', a: '2' })];
const HISTOGRAM = histogramOf({
  schema: 2,
  positive: new Map([
    [1, 2],
    [7, 0.5],
  ]),
  negative: new Map([[-3, 1]]),
  hint: 'gauge',
});

/** What another thread gets; the arrays are gone from here. */
function sent<T>({ message, transfer }: { message: T; transfer: ArrayBuffer[] }): T {
  return structuredClone(message, { transfer });
}

describe('messages between threads', () => {
  it('carry histograms of results, and labels', () => {
    const value: Matrix = {
      type: 'matrix',
      startMs: 0,
      stepMs: 1,
      steps: 1,
      labels: LABELS,
      values: Float64Array.of(1, 0),
      present: Uint8Array.of(1, 1),
      histograms: [undefined, HISTOGRAM],
    };
    const outcome: Outcome = { value, warnings: [], infos: ['x'] };
    const { value: received, infos } = unpackOutcome(sent(packOutcome(outcome)));
    expect(infos).toEqual(['x']);
    expect((received as Matrix).histograms).toEqual([undefined, HISTOGRAM]);
    expect((received as Matrix).labels.map(String)).toEqual(LABELS.map(String));
    // Copied, as it is little.
    expect(value.values).toHaveLength(2);
  });

  it('move what is large', () => {
    const value: Matrix = {
      type: 'matrix',
      startMs: 0,
      stepMs: 1,
      steps: 1 << 19,
      labels: LABELS,
      values: new Float64Array(1 << 20),
      present: new Uint8Array(1 << 20),
    };
    const { value: received } = unpackOutcome(sent(packOutcome({ value, warnings: [], infos: [] })));
    expect((received as Matrix).values).toHaveLength(1 << 20);
    expect(value.values).toHaveLength(0);
    expect(value.present).toHaveLength(1 << 20);
  });

  it('carry series that several threads are to look at, and leave them here', () => {
    const part = {
      labels: LABELS,
      ends: Uint32Array.of(8, 16),
      counts: Uint32Array.of(1, 1),
      memory: new SharedArrayBuffer(16),
      isRolled: false,
      reductions: [0],
    };
    const job = { kind: 'combine', query: 'x', rows: [], parts: [part] } as unknown as Job;
    for (let thread = 0; thread < 2; thread++) {
      const received = unpackJob(sent(packJob(job)));
      const [its] = received.kind === 'combine' ? received.parts : [];
      expect({ ...its, memory: part.memory, labels: its?.labels.map(String) }).toEqual({ ...part, labels: LABELS.map(String) });
    }
  });

  it('carry columns of histograms as storage made them', () => {
    const histograms = packHistograms([HISTOGRAM, undefined]);
    const set = {
      labels: LABELS,
      offsets: Uint32Array.of(0, 1, 2),
      timestampsMs: Float64Array.of(1, 2),
      values: Float64Array.of(0, 5),
      histograms,
    };
    const job = { kind: 'reduce', query: 'x', set, reductions: [0] } as unknown as Job;
    const received = unpackJob(sent(packJob(job)));
    const column = received.kind === 'reduce' && 'histograms' in received.set ? received.set.histograms : undefined;
    expect(column && unpackHistograms(column)).toEqual([HISTOGRAM, undefined]);
    expect(histograms.bytes).toHaveLength(0);
  });
});
