import { Command } from 'commander';
import { isAppError, messageOf } from '../model/app-error.ts';
import { BackfillWriter } from './archive/backfill-writer.ts';
import { isDump, readDump } from './archive/dump-reader.ts';
import { openText, type TextSource } from './archive/line-blocks.ts';
import { newReport, type ReadReport, readOpenMetrics } from './archive/openmetrics-reader.ts';
import { addSelectionOptions, checkedFormat, headersOf, queriesOf, type TransferOptions, tokenHeader } from './archive/options.ts';
import type { ReadPiece } from './archive/piece.ts';
import { grouped, Progress } from './archive/progress.ts';
import { readRemote } from './archive/remote-reader.ts';

const FORMATS = ['openmetrics', 'dump'] as const;

/** `alidade import SOURCE`: writes samples of any age, from a file or a Prometheus, to a running server. */
export function importCommand(): Command {
  const command = new Command('import')
    .description(
      'Write samples of any age to a running Alidade, with the token in ALIDADE_TOKEN if it is set. Run again, it stores nothing twice',
    )
    .argument(
      '<source>',
      'a file in OpenMetrics with times, or as `promtool tsdb dump` prints it (gzip or not), - for standard input, or the address of a Prometheus',
    )
    .option('--url <url>', 'address of the server that is written to', 'http://127.0.0.1:9090')
    .option('--format <format>', `of a file: ${FORMATS.join(' or ')} (default: what it looks like)`);
  return addSelectionOptions(command, 'a Prometheus').action(async (source: string, options: TransferOptions) => {
    process.exitCode = await runImport(source, options);
  });
}

async function runImport(source: string, options: TransferOptions): Promise<number> {
  const report = newReport();
  const writer = new BackfillWriter({ url: options.url.replace(/\/+$/, ''), headers: tokenHeader() });
  const startMs = Date.now();
  let size: number | undefined;
  const progress = new Progress(() => {
    const { samples, histograms, refused } = writer.totals;
    const part = size ? `, ${Math.floor((100 * report.readBytes) / size)}% of ${source}` : '';
    const perSecond = (1000 * (samples + histograms + refused)) / (Date.now() - startMs);
    return `${grouped(samples + histograms)} samples written${part}, ${grouped(perSecond)} a second`;
  });
  try {
    const pieces = await open(source, options, report, (bytes) => {
      size = bytes;
    });
    let error: unknown;
    try {
      for await (const piece of pieces) await writer.write(piece);
    } catch (caught) {
      error = caught;
    }
    // What came before a fault is kept: the next run goes over it again without harm.
    if (!isAppError(error, 'archive.target')) await writer.flush();
    progress.stop();
    return summarize(writer, report, error);
  } catch (error) {
    progress.stop();
    return summarize(writer, report, error);
  }
}

async function open(
  source: string,
  options: TransferOptions,
  report: ReadReport,
  onSize: (bytes: number | undefined) => void,
): Promise<AsyncIterable<ReadPiece>> {
  if (/^https?:\/\//.test(source)) {
    const queries = queriesOf(options, Date.now());
    const remote = { url: source, headers: headersOf(options.header) };
    return (async function* () {
      for (const query of queries) yield* readRemote(remote, query);
    })();
  }
  const format = checkedFormat(options.format, FORMATS);
  const text = await openText(source);
  onSize(text.sizeBytes);
  return flattened(await readText(text, format, report));
}

/** Reads a text in the format that is named, or that it looks like. */
async function readText(text: TextSource, format: string | undefined, report: ReadReport): Promise<AsyncIterable<ReadPiece[]>> {
  const blocks = text.blocks();
  const first = await blocks.next();
  const start = first.done ? '' : first.value.bytes.toString('utf8', 0, 4_096);
  const again: TextSource = {
    ...text,
    async *blocks() {
      if (!first.done) yield first.value;
      yield* blocks;
    },
  };
  const isInDump = format === undefined ? isDump(start) : format === 'dump';
  return isInDump ? readDump(again, report) : readOpenMetrics(again, report);
}

async function* flattened(blocks: AsyncIterable<ReadPiece[]>): AsyncGenerator<ReadPiece, void> {
  for await (const pieces of blocks) yield* pieces;
}

function summarize({ totals }: BackfillWriter, { skipped }: ReadReport, error: unknown): number {
  const { samples, histograms, refused, reasons } = totals;
  const parts = [`${grouped(samples)} samples`, ...(histograms > 0 ? [`${grouped(histograms)} histograms`] : [])];
  console.log(`${parts.join(' and ')} written`);
  for (const [reason, count] of skipped) console.error(`alidade import: left out ${grouped(count)} ${reason}`);
  if (refused > 0) {
    console.error(`alidade import: the server refused ${grouped(refused)} samples:`);
    for (const reason of reasons) console.error(`  ${reason}`);
    if (reasons.some((reason) => /out of bounds|too old/.test(reason)))
      console.error('  They are older than the server keeps samples: start it with a longer --retention metrics=…, or 0 for ever.');
  }
  if (error !== undefined) console.error(`alidade import: ${messageOf(error)}`);
  return error !== undefined || refused > 0 ? 1 : 0;
}
