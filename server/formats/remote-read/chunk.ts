/** Numbers of a chunk's encoding in prometheus.Chunk. */
export const XOR_ENCODING = 1;
export const HISTOGRAM_ENCODING = 2;
export const FLOAT_HISTOGRAM_ENCODING = 3;

/** As many samples as Prometheus puts into a chunk. */
export const CHUNK_SAMPLES = 120;

/** Some samples of one series as Prometheus encodes them; times of the first and the last in milliseconds. */
export interface Chunk {
  readonly minMs: number;
  readonly maxMs: number;
  readonly encoding: number;
  readonly data: Uint8Array;
}
