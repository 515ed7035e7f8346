import type { Labels } from '../../model/labels.ts';
import type { WrittenHistogram } from './histogram-message.ts';
import type { SampleColumns } from './sample-columns.ts';

/** The versions of the protocol. */
export type WriteProtocol = '1.0' | '2.0';

/** Bytes start … end-1 of `bytes`. */
export interface ByteRange {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

export interface WrittenExemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly timestampMs: number;
}

/** Words as Prometheus' metadata API has them; a number that is none is `unknown`. */
export const METADATA_TYPES = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'] as const;

export type MetadataType = (typeof METADATA_TYPES)[number];

/** What a sender says about a metric family. */
export interface WrittenMetadata {
  readonly metric: string;
  readonly type: MetadataType;
  readonly help: string;
  readonly unit: string;
}

/**
 * A request of either version, read series by series from its bytes: nothing is built for a sample. All methods throw AppError
 * `remote_write.bad_protobuf`; whoever stores samples must have read everything before, to store nothing of a broken request.
 */
export interface WriteRequest {
  /** Goes on to the next series; false after the last. */
  next(): boolean;
  /** The labels as fields of a TimeSeries 1.0: equal labels in the same order have equal bytes. Valid until `next`. */
  readonly labelBytes: ByteRange;
  /** Why the labels cannot be read at all, for a sender. */
  readonly labelFault: string | undefined;
  /** How many samples and histograms the series has. */
  readonly sampleCount: number;
  /** When the series began, in ms since the epoch; 0 = it is not said (1.0 has no such time). */
  readonly createdMs: number;
  /** Fills `columns` with the next samples of the series, some thousand at a time; false when there are no more. */
  readSamples(columns: SampleColumns): boolean;
  /** Each histogram of the series. */
  histograms(): Iterable<WrittenHistogram>;
  /** Each exemplar of the series; of one whose labels cannot be read, the reason. */
  exemplars(): Iterable<WrittenExemplar | string>;
  /** What 2.0 says about the series, if anything. */
  metadata(): Omit<WrittenMetadata, 'metric'> | undefined;
  /** Once everything is read: what 1.0 says about families. */
  families(): readonly WrittenMetadata[];
}
