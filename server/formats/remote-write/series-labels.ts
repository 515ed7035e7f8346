import { messageOf } from '../../model/app-error.ts';
import { Labels } from '../../model/labels.ts';
import { quoteGo } from '../../template/quote.ts';
import { MessageCursor, validText } from '../protobuf/message-cursor.ts';
import { BYTES, tagOf } from '../protobuf/wire-reader.ts';
import { remoteWriteError } from './errors.ts';
import type { ByteRange } from './write-request.ts';

const METRIC_NAME = '__name__';
const LEGACY_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export interface SeriesLabels {
  readonly labels: Labels;
  /** As they were sent, sorted. */
  readonly pairs: readonly LabelPair[];
  /** Prometheus' text when it would not store a series with them. */
  readonly fault: string | undefined;
}

/** A label as it was sent: also twice, or empty. */
export interface LabelPair {
  readonly name: string;
  readonly value: string;
}

/** Reads `WriteRequest.labelBytes`. Throws AppError `remote_write.bad_protobuf`. */
export function readLabels(range: ByteRange): SeriesLabels {
  try {
    return readPairs(range);
  } catch (error) {
    throw remoteWriteError('remote_write.bad_protobuf', messageOf(error), error);
  }
}

function readPairs({ bytes, start, end }: ByteRange): SeriesLabels {
  const cursor = new MessageCursor(bytes);
  cursor.pos = start;
  const pairs: LabelPair[] = [];
  let isText = true;
  const text = (to: number): string => {
    const from = cursor.pos;
    cursor.pos = to;
    const valid = validText(bytes.subarray(from, to));
    if (valid === undefined) isText = false;
    return valid ?? cursor.text(from, to);
  };
  while (cursor.pos < end) {
    cursor.tag('TimeSeries');
    const inner = cursor.enter(end);
    let [name, value] = ['', ''];
    while (cursor.pos < inner) {
      const tag = cursor.tag('Label');
      if (tag === tagOf(1, BYTES)) name = text(cursor.enter(inner));
      else if (tag === tagOf(2, BYTES)) value = text(cursor.enter(inner));
      else cursor.skip(tag, inner);
    }
    if (cursor.pos !== inner) throw new Error('unexpected EOF');
    pairs.push({ name, value });
  }
  return { labels: labelsOf(pairs), pairs, fault: faultOf(pairs, isText) };
}

/** Sorts the pairs, which senders mostly have done. */
function labelsOf(pairs: LabelPair[]): Labels {
  if (pairs.every(({ name, value }, i) => value !== '' && (i === 0 || (pairs[i - 1] as LabelPair).name < name)))
    return Labels.fromSortedFlat(pairs.flatMap(({ name, value }) => [name, value]));
  pairs.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return Labels.fromEntries(pairs.map(({ name, value }) => [name, value] as const));
}

function faultOf(pairs: readonly LabelPair[], isText: boolean): string | undefined {
  const hasName = pairs.some(({ name, value }) => name === METRIC_NAME && value !== '');
  if (!isText || !hasName || pairs.some(({ name, value }) => name === '' || (name === METRIC_NAME && value === '')))
    return `invalid metric name or labels, got ${labelsText(pairs)}`;
  const repeated = pairs.find(({ name }, i) => name === pairs[i - 1]?.name);
  return repeated && `invalid labels for series, labels ${labelsText(pairs)}, duplicated label ${repeated.name}`;
}

/** Labels as Prometheus' messages show them: `{__name__="up", job="a"}`, empty ones too. */
export function labelsText(pairs: Iterable<LabelPair>): string {
  const parts: string[] = [];
  for (const { name, value } of pairs) parts.push(`${LEGACY_NAME.test(name) ? name : quoteGo(name)}=${quoteGo(value)}`);
  return `{${parts.join(', ')}}`;
}
