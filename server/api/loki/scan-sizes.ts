import type { Labels } from '../../model/labels.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { LogBlock, LogStore, ReadLimits } from '../../storage/store.ts';
import { lokiError } from './errors.ts';
import type { Span } from './parameters.ts';

/** Streams × steps that are counted at once; 8 bytes each. */
const MAX_CELLS = 20_000_000;

/** Lines and bytes of one stream, or of part of its time. */
export interface StreamSize {
  readonly labels: Labels;
  lines: number;
  bytes: number;
}

/** Counts lines and bytes of each matching stream without reading the lines; `endNs` is not included. */
export async function sizesOf(
  logs: LogStore,
  matchers: readonly Matcher[],
  span: Span,
  limits: ReadLimits,
): Promise<readonly StreamSize[]> {
  const sizes = new Map<Labels, StreamSize>();
  await eachLine(logs, matchers, span, limits, ({ streams, streamOf, lineSizes }, i) => {
    const labels = streams[streamOf[i] as number] as Labels;
    let size = sizes.get(labels);
    if (!size) {
      size = { labels, lines: 0, bytes: 0 };
      sizes.set(labels, size);
    }
    size.lines++;
    size.bytes += lineSizes[i] as number;
  });
  return [...sizes.values()];
}

/** Bytes of each matching stream in each of `steps` spans of `stepNs` from the start on. Throws `loki.bad_request` when these are too many. */
export async function sizesByStep(
  logs: LogStore,
  matchers: readonly Matcher[],
  { startNs, stepNs, steps }: { readonly startNs: bigint; readonly stepNs: bigint; readonly steps: number },
  limits: ReadLimits,
  maxCells = MAX_CELLS,
): Promise<ReadonlyMap<Labels, Float64Array>> {
  const sizes = new Map<Labels, Float64Array>();
  const span = { startNs, endNs: startNs + stepNs * BigInt(steps) };
  await eachLine(logs, matchers, span, limits, ({ streams, streamOf, timesNs, lineSizes }, i) => {
    const labels = streams[streamOf[i] as number] as Labels;
    let bytes = sizes.get(labels);
    if (!bytes) {
      if ((sizes.size + 1) * steps > maxCells)
        throw lokiError(
          'loki.bad_request',
          `the volume of more than ${sizes.size} streams at ${steps} steps each is too much for one answer; ask for fewer streams or a longer step`,
        );
      bytes = new Float64Array(steps);
      sizes.set(labels, bytes);
    }
    const step = Number(((timesNs[i] as bigint) - startNs) / stepNs);
    bytes[step] = (bytes[step] as number) + (lineSizes[i] as number);
  });
  return sizes;
}

async function eachLine(
  logs: LogStore,
  matchers: readonly Matcher[],
  { startNs, endNs }: Span,
  limits: ReadLimits,
  visit: (block: LogBlock, line: number) => void,
): Promise<void> {
  if (endNs <= startNs) return;
  const selection = { matchers, startNs, endNs, order: 'stream', columns: 'sizes' } as const;
  for await (const block of logs.select(selection, limits)) for (let i = 0; i < block.timesNs.length; i++) visit(block, i);
}
