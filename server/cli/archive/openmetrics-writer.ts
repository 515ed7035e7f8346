import { formatShort } from '../../model/go-number.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { MetricFamily } from './metric-families.ts';
import type { ReadPiece } from './piece.ts';

const FLUSH_CHARACTERS = 256 * 1024;
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What an export could not say in its format. */
export interface LeftOut {
  stale: number;
  histograms: number;
}

/** Where a text goes, in pieces; resolves when there is room for more. */
export type WriteText = (text: string) => Promise<void>;

/**
 * Samples as a text in OpenMetrics, family by family; the samples of a series stand together. The format has no stale markers and no native
 * histograms: these are left out, and counted.
 */
export class OpenMetricsWriter {
  readonly #write: WriteText;
  #text = '';
  /** What is said about the family, until it has its first sample. */
  #head = '';
  readonly leftOut: LeftOut = { stale: 0, histograms: 0 };

  constructor(write: WriteText) {
    this.#write = write;
  }

  /** The samples that follow are of this family. */
  begin({ name, type, help, unit }: Omit<MetricFamily, 'metrics'>): void {
    const quotedName = METRIC_NAME.test(name) ? name : quoted(name);
    this.#head = `# TYPE ${quotedName} ${type}\n`;
    if (unit !== '') this.#head += `# UNIT ${quotedName} ${unit}\n`;
    if (help !== '') this.#head += `# HELP ${quotedName} ${escaped(help)}\n`;
  }

  async add({ labels, timestampsMs, values, histograms }: ReadPiece): Promise<void> {
    const series = seriesText(labels.flat);
    const bits = bitsOf(values);
    for (let i = 0; i < timestampsMs.length; i++) {
      if (histograms?.has(i)) this.leftOut.histograms++;
      else if (isStaleAt(bits, i)) this.leftOut.stale++;
      else this.#text += `${this.#takeHead()}${series} ${formatShort(values[i] as number)} ${seconds(timestampsMs[i] as number)}\n`;
    }
    if (this.#text.length < FLUSH_CHARACTERS) return;
    const text = this.#text;
    this.#text = '';
    await this.#write(text);
  }

  #takeHead(): string {
    const head = this.#head;
    this.#head = '';
    return head;
  }

  async finish(): Promise<void> {
    await this.#write(`${this.#text}# EOF\n`);
  }
}

/** A series as OpenMetrics has it; names of Prometheus 3 that older ones do not have stand in quotes. */
function seriesText(flat: readonly string[]): string {
  const pairs: string[] = [];
  let name = '';
  for (let i = 0; i < flat.length; i += 2) {
    const [label, value] = [flat[i] as string, flat[i + 1] as string];
    if (label === '__name__') name = value;
    else pairs.push(`${LABEL_NAME.test(label) ? label : quoted(label)}=${quoted(value)}`);
  }
  if (METRIC_NAME.test(name)) return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
  return `{${[quoted(name), ...pairs].join(',')}}`;
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Milliseconds as seconds, by digits: division would not be exact. */
function seconds(timestampMs: number): string {
  const sign = timestampMs < 0 ? '-' : '';
  const whole = Math.abs(timestampMs);
  const rest = whole % 1000;
  return `${sign}${(whole - rest) / 1000}${rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`}`;
}
