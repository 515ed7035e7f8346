import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { messageOf } from '../model/app-error.ts';
import { archiveError } from './archive/errors.ts';
import { type LeftOut, OpenMetricsWriter } from './archive/openmetrics-writer.ts';
import { headersOf, queriesOf, tokenHeader } from './archive/options.ts';
import { ParquetSampleWriter } from './archive/parquet-writer.ts';
import type { ReadPiece } from './archive/piece.ts';
import { grouped, Progress } from './archive/progress.ts';
import { readRemote } from './archive/remote-reader.ts';

interface ExportOptions {
  readonly url: string;
  readonly output: string;
  readonly format?: string;
  readonly match: string[];
  readonly start?: string;
  readonly end?: string;
  readonly header: string[];
}

/** Where samples are exported to. */
interface SampleWriter {
  add(piece: ReadPiece): Promise<void>;
  finish(): Promise<void>;
  readonly leftOut?: LeftOut;
}

const FORMATS = ['openmetrics', 'parquet'];
const collect = (value: string, before: string[]) => [...before, value];

/** `alidade export`: writes the samples of a running server to a file. */
export function exportCommand(): Command {
  return new Command('export')
    .description('Write samples of a running Alidade (or Prometheus) to a file, with the token in ALIDADE_TOKEN if it is set')
    .option('--url <url>', 'address of the server', 'http://127.0.0.1:9090')
    .option('-o, --output <file>', 'file that is written, - for standard output', '-')
    .option('--format <format>', `${FORMATS.join(' or ')} (default: parquet for a file that ends so, else openmetrics)`)
    .option('--match <selector>', 'which series, repeatable (default: all)', collect, [])
    .option('--start <time>', 'from when: RFC 3339, unix seconds, or 30d for so long ago (default: the beginning)')
    .option('--end <time>', 'up to when (default: now)')
    .option('--header <header>', 'sent to the server, "Name: value", repeatable', collect, [])
    .action(async (options: ExportOptions) => {
      process.exitCode = await runExport(options);
    });
}

async function runExport(options: ExportOptions): Promise<number> {
  const seen = new Set<string>();
  let samples = 0;
  const progress = new Progress(() => `${grouped(samples)} samples of ${grouped(seen.size)} series`);
  try {
    const queries = queriesOf(options, Date.now());
    const writer = openWriter(options);
    const source = { url: options.url, headers: { ...tokenHeader(), ...headersOf(options.header) } };
    for (const query of queries) {
      // A series that several selectors select is written once.
      const before = new Set(seen);
      for await (const piece of readRemote(source, query)) {
        const key = piece.labels.key();
        if (before.has(key)) continue;
        seen.add(key);
        samples += piece.timestampsMs.length;
        await writer.add(piece);
      }
    }
    await writer.finish();
    progress.stop();
    tell(samples, seen.size, options.output, writer.leftOut);
    return 0;
  } catch (error) {
    progress.stop();
    console.error(`alidade export: ${messageOf(error)}`);
    return 1;
  }
}

function openWriter({ format, output }: ExportOptions): SampleWriter {
  const wanted = format ?? (output.endsWith('.parquet') ? 'parquet' : 'openmetrics');
  if (!FORMATS.includes(wanted)) throw archiveError('archive.bad_option', `--format "${wanted}" is not one of ${FORMATS.join(', ')}`);
  if (wanted === 'parquet') {
    if (output === '-') throw archiveError('archive.bad_option', 'Parquet cannot be written to standard output: name a file with --output');
    try {
      return new ParquetSampleWriter(output);
    } catch (cause) {
      throw archiveError('archive.bad_file', `cannot write "${output}": ${messageOf(cause)}`, cause);
    }
  }
  return new TextFile(output);
}

/** A text in OpenMetrics in a file. */
class TextFile implements SampleWriter {
  readonly #name: string;
  readonly #stream: Writable;
  readonly #writer: OpenMetricsWriter;
  #error: Error | undefined;
  /** Lets a write go on that waits for room. */
  #wake: () => void = () => undefined;

  constructor(name: string) {
    this.#name = name;
    this.#stream = name === '-' ? process.stdout : createWriteStream(name);
    this.#stream.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
    for (const event of ['drain', 'close']) this.#stream.on(event, () => this.#wake());
    this.#writer = new OpenMetricsWriter((text) => this.#write(text));
  }

  get leftOut(): LeftOut {
    return this.#writer.leftOut;
  }

  add(piece: ReadPiece): Promise<void> {
    return this.#writer.add(piece);
  }

  async finish(): Promise<void> {
    await this.#writer.finish();
    if (this.#name === '-') return;
    this.#stream.end();
    // After an error it is closed as well.
    if (!this.#stream.closed) await new Promise((resolve) => this.#stream.once('close', resolve));
    this.#check();
  }

  async #write(text: string): Promise<void> {
    if (!this.#stream.write(text) && !this.#error)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#check();
  }

  #check(): void {
    if (this.#error) throw archiveError('archive.bad_file', `cannot write "${this.#name}": ${this.#error.message}`, this.#error);
  }
}

function tell(samples: number, series: number, output: string, leftOut: LeftOut | undefined): void {
  console.error(`${grouped(samples)} samples of ${grouped(series)} series read${output === '-' ? '' : ` into ${output}`}`);
  if (leftOut && leftOut.histograms > 0)
    console.error(`left out ${grouped(leftOut.histograms)} native histograms: OpenMetrics has none; Parquet keeps them`);
  if (leftOut && leftOut.stale > 0)
    console.error(`left out ${grouped(leftOut.stale)} stale markers: OpenMetrics has none; Parquet keeps them`);
}
