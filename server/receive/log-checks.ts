// What Loki's distributor asks of streams and lines: the same limits and texts, in the same order.
import { formatStreamLabels } from '../formats/loki-push/stream-labels.ts';
import type { Labels } from '../model/labels.ts';
import type { LogEntry } from '../model/log-entry.ts';
import type { LineRefusal } from './errors.ts';

const MS_NS = 1_000_000n;
// Loki's defaults.
const GRACE_MS = 10 * 60_000;
const MAX_LABELS = 15;
const MAX_NAME_BYTES = 1_024;
const MAX_VALUE_BYTES = 2_048;
const MAX_METADATA_BYTES = 64 * 1024;
const MAX_METADATA_LABELS = 128;
// UTF-8 has at most so many bytes for each UTF-16 unit.
const MOST_BYTES_PER_UNIT = 3;

/** What refuses a line or a stream. */
export interface Refusal {
  readonly reason: LineRefusal;
  readonly message: () => string;
}

/** What is wrong with the labels of a stream. */
export function checkLabels(labels: Labels): Refusal | undefined {
  const stream = () => formatStreamLabels(labels);
  if (labels.size === 0) return { reason: 'missing_labels', message: () => 'error at least one label pair is required per stream' };
  if (labels.size > MAX_LABELS)
    return {
      reason: 'max_label_names_per_series',
      message: () => `entry for stream '${stream()}' has ${labels.size} label names; limit ${MAX_LABELS}`,
    };
  for (const [name, value] of labels) {
    if (isLongerThan(name, MAX_NAME_BYTES))
      return { reason: 'label_name_too_long', message: () => `stream '${stream()}' has label name too long: '${name.slice(0, 200)}…'` };
    if (isLongerThan(value, MAX_VALUE_BYTES))
      return { reason: 'label_value_too_long', message: () => `stream '${stream()}' has label value too long: '${value.slice(0, 200)}…'` };
  }
  return undefined;
}

/** A check of the lines that arrive at `nowMs`; retention 0 = none is too old. */
export function lineCheck(maxLineBytes: number, retentionMs: number, nowMs: number) {
  const oldestMs = retentionMs === 0 ? 0 : nowMs - retentionMs;
  const oldestNs = BigInt(oldestMs) * MS_NS;
  const newestNs = BigInt(nowMs + GRACE_MS) * MS_NS;

  return (labels: Labels, { timestampNs, line, metadata }: LogEntry): Refusal | undefined => {
    const stream = () => formatStreamLabels(labels);
    if (timestampNs < oldestNs)
      return {
        reason: 'greater_than_max_sample_age',
        message: () =>
          `entry for stream '${stream()}' has timestamp too old: ${timeText(timestampNs)}, oldest acceptable timestamp is: ${timeText(oldestNs)}`,
      };
    if (timestampNs > newestNs)
      return {
        reason: 'too_far_in_future',
        message: () => `entry for stream '${stream()}' has timestamp too new: ${timeText(timestampNs)}`,
      };
    if (isLongerThan(line, maxLineBytes))
      return {
        reason: 'line_too_long',
        message: () =>
          `Max entry size '${maxLineBytes}' bytes exceeded for stream '${stream()}' while adding an entry with length '${Buffer.byteLength(line)}' bytes`,
      };
    return metadata.size === 0 ? undefined : checkMetadata(stream, metadata);
  };
}

function checkMetadata(stream: () => string, metadata: Labels): Refusal | undefined {
  if (metadata.size > MAX_METADATA_LABELS)
    return {
      reason: 'structured_metadata_too_many',
      message: () => `stream '${stream()}' has too many structured metadata labels: '${metadata.size}', limit: '${MAX_METADATA_LABELS}'`,
    };
  let bytes = 0;
  for (const text of metadata.flat) bytes += Buffer.byteLength(text);
  if (bytes <= MAX_METADATA_BYTES) return undefined;
  return {
    reason: 'structured_metadata_too_large',
    message: () => `stream '${stream()}' has structured metadata too large: '${bytes}' bytes, limit: '${MAX_METADATA_BYTES}' bytes`,
  };
}

function isLongerThan(text: string, maxBytes: number): boolean {
  return text.length * MOST_BYTES_PER_UNIT > maxBytes && Buffer.byteLength(text) > maxBytes;
}

/** RFC 3339 in whole seconds, as Loki writes times in these messages. */
function timeText(timestampNs: bigint): string {
  return new Date(Number(timestampNs / MS_NS)).toISOString().replace(/\.\d+Z$/, 'Z');
}
