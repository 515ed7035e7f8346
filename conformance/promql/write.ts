// Feeds one side over remote write 1.0.
import { encodeWrite, type WrittenSample } from '../../server/formats/remote-write/testing/encode.ts';
import { postWrite } from '../testing/remote-write-client.ts';
import type { Sample, Series } from './data/series.ts';

const SAMPLES_PER_REQUEST = 20_000;

/**
 * Writes whole series after one another, in the order given. Where floats and histograms take turns in a series, each turn is a
 * request of its own, after everybody's turn before: the peer stores the floats of a request before its histograms. Throws when
 * anything is refused.
 */
export async function writeAll(url: string, series: readonly Series[]): Promise<void> {
  let turns = series.map(({ labels, samples }) => ({ labels: withoutEmpty(labels), turns: turnsOf(samples) }));
  for (let turn = 0; turns.length > 0; turn++) {
    await writeTurn(
      url,
      turns.map(({ labels, turns: all }) => ({ labels, samples: all[turn] ?? [] })),
    );
    turns = turns.filter(({ turns: all }) => all.length > turn + 1);
  }
}

async function writeTurn(url: string, series: readonly Series[]): Promise<void> {
  for (let from = 0; from < series.length; ) {
    let until = from;
    for (let samples = 0; until < series.length && samples < SAMPLES_PER_REQUEST; until++) samples += series[until]?.samples.length ?? 0;
    const written = series.slice(from, until).map(({ labels, samples }) => ({ labels, samples: writtenOf(samples) }));
    const { status, text } = await postWrite(url, encodeWrite(written, '1.0'));
    if (status !== 200 && status !== 204) throw new Error(`${url} refused remote write: ${status} ${text}`);
    from = until;
  }
}

/** A label with an empty value is none. */
function withoutEmpty(labels: Series['labels']): Series['labels'] {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

function turnsOf(samples: readonly Sample[]): Sample[][] {
  const turns: Sample[][] = [];
  let last: boolean | undefined;
  for (const sample of samples) {
    const isHistogram = 'histogram' in sample || ('stale' in sample && sample.stale === 'histogram');
    if (isHistogram === last) turns.at(-1)?.push(sample);
    else turns.push([sample]);
    last = isHistogram;
  }
  return turns;
}

/** Counts are sent as integers when all of the turn are whole: the peer stores integers of a request before fractions, too. */
function writtenOf(samples: readonly Sample[]): WrittenSample[] {
  const first = samples.find((sample) => 'histogram' in sample)?.histogram;
  const isInteger = samples.every((sample) => !('histogram' in sample) || isWhole(sample.histogram));
  return samples.map((sample): WrittenSample => {
    if ('value' in sample || 'histogram' in sample) return { ...sample, isInteger };
    const shape = sample.stale === 'histogram' && first ? { histogram: first, isInteger } : {};
    return { timestampMs: sample.timestampMs, isStale: true, ...shape };
  });
}

function isWhole({ count, zeroCount, positiveBuckets, negativeBuckets }: NonNullable<WrittenSample['histogram']>): boolean {
  return [count, zeroCount, ...positiveBuckets, ...negativeBuckets].every(Number.isSafeInteger);
}
