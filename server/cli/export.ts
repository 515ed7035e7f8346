import { Command } from 'commander';
import type { ReadQuery } from '../formats/remote-read/read-request.ts';
import { messageOf } from '../model/app-error.ts';
import { archiveError } from './archive/errors.ts';
import { type MetricFamily, readFamilies } from './archive/metric-families.ts';
import { type LeftOut, OpenMetricsWriter } from './archive/openmetrics-writer.ts';
import { addSelectionOptions, checkedFormat, headersOf, queriesOf, type TransferOptions, tokenHeader } from './archive/options.ts';
import { ParquetSampleWriter } from './archive/parquet-writer.ts';
import type { ReadPiece } from './archive/piece.ts';
import { grouped, Progress } from './archive/progress.ts';
import { type RemoteSource, readRemote } from './archive/remote-reader.ts';
import { TextFile } from './archive/text-file.ts';

interface ExportOptions extends TransferOptions {
  readonly output: string;
}

const FORMATS = ['openmetrics', 'parquet'] as const;

/** `alidade export`: writes the samples of a running server to a file. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description('Write samples of a running Alidade (or Prometheus) to a file, with the token in ALIDADE_TOKEN if it is set')
    .option('--url <url>', 'address of the server', 'http://127.0.0.1:9090')
    .option('-o, --output <file>', 'file that is written, - for standard output', '-')
    .option('--format <format>', `${FORMATS.join(' or ')} (default: parquet for a file that ends so, else openmetrics)`);
  return addSelectionOptions(command, 'the server').action(async (options: ExportOptions) => {
    process.exitCode = await runExport(options);
  });
}

async function runExport(options: ExportOptions): Promise<number> {
  const count = { samples: 0, series: 0 };
  const progress = new Progress(() => `${grouped(count.samples)} samples of ${grouped(count.series)} series`);
  try {
    const queries = queriesOf(options, Date.now());
    const { output } = options;
    const format = checkedFormat(options.format, FORMATS) ?? (output.endsWith('.parquet') ? 'parquet' : 'openmetrics');
    const source = { url: options.url, headers: { ...tokenHeader(), ...headersOf(options.header) } };
    const write = format === 'parquet' ? writeParquet : writeOpenMetrics;
    const leftOut = await write(output, { source, queries, match: options.match, count });
    progress.stop();
    tell(count, output, leftOut);
    return 0;
  } catch (error) {
    progress.stop();
    console.error(`alidade export: ${messageOf(error)}`);
    return 1;
  }
}

/** What is exported, and how much it has been so far. */
interface Exported {
  readonly source: RemoteSource;
  readonly queries: readonly ReadQuery[];
  readonly match: readonly string[];
  readonly count: { samples: number; series: number };
}

/** The samples of some queries; a series that several select comes once. */
async function* piecesOf({ source, count }: Exported, queries: readonly ReadQuery[]): AsyncGenerator<ReadPiece, void> {
  const seen = new Set<string>();
  for (const query of queries) {
    const before = new Set(seen);
    for await (const piece of readRemote(source, query)) {
      const key = piece.labels.key();
      if (before.has(key)) continue;
      if (!seen.has(key)) count.series++;
      seen.add(key);
      count.samples += piece.timestampsMs.length;
      yield piece;
    }
  }
}

async function writeParquet(output: string, exported: Exported): Promise<undefined> {
  const writer = openParquet(output);
  for await (const piece of piecesOf(exported, exported.queries)) await writer.add(piece);
  await writer.finish();
}

function openParquet(output: string): ParquetSampleWriter {
  if (output === '-') throw archiveError('archive.bad_option', 'Parquet cannot be written to standard output: name a file with --output');
  try {
    return new ParquetSampleWriter(output);
  } catch (cause) {
    throw archiveError('archive.bad_file', `cannot write "${output}": ${messageOf(cause)}`, cause);
  }
}

async function writeOpenMetrics(output: string, exported: Exported): Promise<LeftOut> {
  const { source, queries, match } = exported;
  const file = new TextFile(output);
  const writer = new OpenMetricsWriter((text) => file.write(text));
  const [{ startMs, endMs } = { startMs: 0, endMs: 0 }] = queries;
  for (const family of await readFamilies(source, { match, startMs, endMs })) {
    writer.begin(family);
    const ofFamily = queries.map((query) => ({ ...query, matchers: [...query.matchers, nameMatcher(family)] }));
    for await (const piece of piecesOf(exported, ofFamily)) await writer.add(piece);
  }
  await writer.finish();
  await file.close();
  return writer.leftOut;
}

function nameMatcher({ metrics }: MetricFamily): ReadQuery['matchers'][number] {
  const [name = ''] = metrics;
  if (metrics.length === 1) return { type: '=', name: '__name__', value: name };
  const quoted = metrics.map((metric) => metric.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'));
  return { type: '=~', name: '__name__', value: quoted.join('|') };
}

function tell({ samples, series }: Exported['count'], output: string, leftOut: LeftOut | undefined): void {
  console.error(`${grouped(samples)} samples of ${grouped(series)} series read${output === '-' ? '' : ` into ${output}`}`);
  if (leftOut && leftOut.histograms > 0)
    console.error(`left out ${grouped(leftOut.histograms)} native histograms: OpenMetrics has none; Parquet keeps them`);
  if (leftOut && leftOut.stale > 0)
    console.error(`left out ${grouped(leftOut.stale)} stale markers: OpenMetrics has none; Parquet keeps them`);
}
