import { setTimeout } from 'node:timers/promises';
import { encodeHistogramMessage } from '../../formats/remote-read/histogram-message.ts';
import { EncoderV2 } from '../../formats/remote-write/encoder-v2.ts';
import { compressSnappy } from '../../formats/snappy/snappy.ts';
import { bitsOf } from '../../model/stale.ts';
import { archiveError } from './errors.ts';
import type { ReadPiece } from './piece.ts';
import { causeOf } from './remote-reader.ts';

const SAMPLES_AT_ONCE = 20_000;
const ATTEMPTS = 8;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 10_000;
const MAX_REASONS = 10;

/** What was written so far. */
export interface WriteTotals {
  samples: number;
  histograms: number;
  /** Samples that the server did not take. */
  refused: number;
  /** Why, in its words: the first of each kind. */
  readonly reasons: string[];
}

export interface BackfillDeps {
  /** Of the server, without a path. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes samples of any age to a server. What is there already is written again and stays one sample. */
export class BackfillWriter {
  readonly #deps: BackfillDeps;
  readonly #encoder = new EncoderV2();
  #pieces: ReadPiece[] = [];
  #waiting = 0;
  readonly totals: WriteTotals = { samples: 0, histograms: 0, refused: 0, reasons: [] };

  constructor(deps: BackfillDeps) {
    this.#deps = deps;
  }

  /** Resolves when there is room for more. Throws AppError `archive.target`. */
  async write(piece: ReadPiece): Promise<void> {
    for (let from = 0; from < piece.timestampsMs.length; ) {
      const part = partOf(piece, from, SAMPLES_AT_ONCE - this.#waiting);
      this.#pieces.push(part);
      this.#waiting += part.timestampsMs.length;
      from += part.timestampsMs.length;
      if (this.#waiting >= SAMPLES_AT_ONCE) await this.flush();
    }
  }

  /** Resolves when everything is durable at the server, or refused. */
  async flush(): Promise<void> {
    if (this.#waiting === 0) return;
    const message = this.#encode();
    const sent = this.#waiting;
    this.#pieces = [];
    this.#waiting = 0;
    await this.#send(await compressSnappy(message), sent);
  }

  #encode(): Buffer {
    const encoder = this.#encoder;
    encoder.begin();
    for (const { labels, timestampsMs, values, histograms } of this.#pieces) {
      const bits = bitsOf(values);
      encoder.startSeries({ flat: labels.flat, labelFields: undefined, symbols: undefined, symbolsGeneration: -1 }, undefined);
      for (let i = 0; i < timestampsMs.length; i++) {
        const histogram = histograms?.get(i);
        if (histogram) encoder.addHistogram(encodeHistogramMessage(timestampsMs[i] as number, histogram));
        else encoder.addSample(timestampsMs[i] as number, bits, i);
      }
      encoder.endSeries();
    }
    return Buffer.from(encoder.finish());
  }

  async #send(body: Buffer, sent: number): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    for (let attempt = 1; ; attempt++) {
      const { answer, text = '', problem } = await this.#post(body);
      if (answer && (answer.ok || answer.status === 400)) return this.#count(answer, text, sent);
      if (answer && answer.status < 500 && answer.status !== 429) throw this.#refusal(answer, text);
      if (attempt === ATTEMPTS)
        throw archiveError(
          'archive.target',
          `${this.#deps.url}: ${problem ?? this.#refusal(answer as Response, text).message}; run it again to go on: nothing is stored twice`,
        );
      const retryAfterMs = Number(answer?.headers.get('retry-after')) * 1000;
      await setTimeout(retryAfterMs > 0 ? Math.min(retryAfterMs, MAX_WAIT_MS) : waitMs);
      waitMs = Math.min(waitMs * 2, MAX_WAIT_MS);
    }
  }

  async #post(body: Buffer): Promise<{ readonly answer?: Response; readonly text?: string; readonly problem?: string }> {
    const { url, headers } = this.#deps;
    try {
      const answer = await fetch(`${url}/api/v1/write?backfill=true`, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
          'content-encoding': 'snappy',
          'x-prometheus-remote-write-version': '2.0.0',
        },
        body: new Uint8Array(body),
      });
      return { answer, text: await answer.text() };
    } catch (error) {
      return { problem: `no answer: ${causeOf(error)}` };
    }
  }

  #count(answer: Response, text: string, sent: number): void {
    const written = (name: string) => Number(answer.headers.get(`x-prometheus-remote-write-${name}-written`) ?? 0);
    const [samples, histograms] = [written('samples'), written('histograms')];
    const { totals } = this;
    totals.samples += samples;
    totals.histograms += histograms;
    totals.refused += sent - samples - histograms;
    if (answer.ok) return;
    for (const line of text.split('\n')) {
      const kind = line.replace(/ for series .*/, '');
      if (line !== '' && totals.reasons.length < MAX_REASONS && !totals.reasons.some((one) => one.startsWith(kind)))
        totals.reasons.push(line);
    }
  }

  #refusal(answer: Response, text: string): Error {
    const { url } = this.#deps;
    const hint = answer.status === 401 ? ' (set ALIDADE_TOKEN)' : answer.status === 404 || answer.status === 405 ? ' (is it Alidade?)' : '';
    return archiveError('archive.target', `${url} answers ${answer.status} to remote write: ${text.trim().slice(0, 500)}${hint}`);
  }
}

function partOf(piece: ReadPiece, from: number, count: number): ReadPiece {
  const { labels, timestampsMs, values, histograms } = piece;
  const to = Math.min(from + count, timestampsMs.length);
  if (from === 0 && to === timestampsMs.length) return piece;
  const part = { labels, timestampsMs: timestampsMs.subarray(from, to), values: values.subarray(from, to) };
  if (!histograms) return part;
  const inside = [...histograms].filter(([i]) => i >= from && i < to);
  return { ...part, histograms: new Map(inside.map(([i, histogram]) => [i - from, histogram])) };
}
