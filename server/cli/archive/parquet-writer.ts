// One row for each sample: metric, labels (JSON), timestamp, value, and what is no value: histogram (JSON) and stale. A series repeats its
// labels in each of its rows, which a dictionary makes cheap. Rows are gathered into row groups, so memory is that of one group.
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { compressSync } from 'snappy';
import type { FloatHistogram } from '../../model/histogram.ts';
import { bitsOf, isStaleAt } from '../../model/stale.ts';
import type { ReadPiece } from './piece.ts';

const GROUP_ROWS = 250_000;

interface Rows {
  readonly metric: string[];
  readonly labels: Readonly<Record<string, string>>[];
  readonly timestamp: bigint[];
  readonly value: (number | null)[];
  readonly histogram: (object | null)[];
  readonly stale: boolean[];
}

/** Writes samples to a file in Parquet. */
export class ParquetSampleWriter {
  readonly #writer: ParquetWriter;
  #rows = emptyRows();
  rows = 0;

  constructor(fileName: string) {
    this.#writer = new ParquetWriter({
      writer: fileWriter(fileName),
      schema: [
        { name: 'root', num_children: 6 },
        { name: 'metric', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
        { name: 'labels', type: 'BYTE_ARRAY', converted_type: 'JSON', repetition_type: 'REQUIRED' },
        { name: 'timestamp', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'REQUIRED' },
        { name: 'value', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
        { name: 'histogram', type: 'BYTE_ARRAY', converted_type: 'JSON', repetition_type: 'OPTIONAL' },
        { name: 'stale', type: 'BOOLEAN', repetition_type: 'REQUIRED' },
      ],
      compressors: { SNAPPY: (input) => compressSync(Buffer.from(input)) },
      createdBy: 'alidade',
    });
  }

  async add({ labels, timestampsMs, values, histograms }: ReadPiece): Promise<void> {
    const { __name__: metric = '', ...rest } = labels.toObject();
    const bits = bitsOf(values);
    for (let i = 0; i < timestampsMs.length; i++) {
      const rows = this.#rows;
      const histogram = histograms?.get(i);
      const isStale = !histogram && isStaleAt(bits, i);
      rows.metric.push(metric);
      rows.labels.push(rest);
      rows.timestamp.push(BigInt(timestampsMs[i] as number));
      rows.value.push(histogram || isStale ? null : (values[i] as number));
      rows.histogram.push(histogram ? plainHistogram(histogram) : null);
      rows.stale.push(isStale);
      if (rows.metric.length >= GROUP_ROWS) await this.#writeGroup();
    }
  }

  async finish(): Promise<void> {
    if (this.#rows.metric.length > 0) await this.#writeGroup();
    await this.#writer.finish();
  }

  async #writeGroup(): Promise<void> {
    const { metric, labels, timestamp, value, histogram, stale } = this.#rows;
    this.#rows = emptyRows();
    this.rows += metric.length;
    await this.#writer.write({
      columnData: [
        { name: 'metric', data: metric },
        { name: 'labels', data: labels },
        { name: 'timestamp', data: timestamp, encoding: 'DELTA_BINARY_PACKED' },
        { name: 'value', data: value },
        { name: 'histogram', data: histogram },
        { name: 'stale', data: stale },
      ],
      rowGroupSize: GROUP_ROWS,
    });
  }
}

function emptyRows(): Rows {
  return { metric: [], labels: [], timestamp: [], value: [], histogram: [], stale: [] };
}

/** As JSON has it: infinite borders and sums as texts. */
function plainHistogram({ positiveBuckets, negativeBuckets, customValues, sum, ...rest }: FloatHistogram): object {
  return {
    ...rest,
    sum: Number.isFinite(sum) ? sum : String(sum),
    positiveBuckets: [...positiveBuckets],
    negativeBuckets: [...negativeBuckets],
    ...(customValues && { customValues: [...customValues] }),
  };
}
