import type { ExpositionType } from '../formats/exposition/metric-type.ts';
import { FamilyMessage } from '../formats/exposition-protobuf/family-message.ts';
import { type MetricKind, MetricMessage } from '../formats/exposition-protobuf/metric-message.ts';
import { MetricReader } from '../formats/exposition-protobuf/metric-reader.ts';
import type { Steps } from '../formats/otlp/in-turns.ts';
import { BYTES, tagOf } from '../formats/protobuf/wire-reader.ts';
import { isAppError, messageOf } from '../model/app-error.ts';
import { pushError } from './errors.ts';
import { type Distribution, type PushedFamily, type PushedLabels, type PushedMetric, sortLabels } from './pushed-family.ts';

const KINDS: Readonly<Partial<Record<ExpositionType, MetricKind>>> = {
  counter: 'counter',
  gauge: 'gauge',
  summary: 'summary',
  unknown: 'untyped',
  histogram: 'histogram',
  gaugehistogram: 'histogram',
};
const HISTOGRAM = tagOf(7, BYTES);
const METRICS_BETWEEN_PAUSES = 500;

/** The families of a body of delimited messages io.prometheus.client.MetricFamily. Throws as `readTextFamilies`. */
export function* readProtobufFamilies(body: Uint8Array): Steps<PushedFamily[]> {
  const reader = new MetricReader(body);
  const message = new FamilyMessage();
  const families = new Map<string, PushedFamily>();
  try {
    while (reader.pos < reader.len) {
      const end = reader.enter(reader.len);
      message.name = '';
      message.read(reader, end);
      if (message.metrics.length === 0) continue;
      const { name, type, help } = message;
      families.set(name, { name, type, help, metrics: yield* readMetrics(reader, message) });
      reader.pos = end;
    }
  } catch (error) {
    if (isAppError(error)) throw error;
    throw pushError('push.bad_body', `protobuf format parsing error: ${messageOf(error)}`, error);
  }
  return [...families.values()];
}

function* readMetrics(reader: MetricReader, { metrics, type, name }: FamilyMessage): Steps<PushedMetric[]> {
  const kind = KINDS[type];
  if (!kind) throw new Error(`metrics of type ${type} cannot be pushed: ${JSON.stringify(name)}`);
  const message = new MetricMessage();
  const found: PushedMetric[] = [];
  for (let i = 0; i < metrics.length; i += 2) {
    const [start, end] = [metrics[i] as number, metrics[i + 1] as number];
    reader.pos = start;
    message.read(reader, end, kind);
    if (message.timestampMs !== 0) throw pushError('push.inconsistent', 'pushed metrics must not have timestamps');
    const distribution = distributionOf(reader, message, kind, start, end);
    if (found.length % METRICS_BETWEEN_PAUSES === 0) yield;
    found.push({ labels: readLabels(reader, message.labels), value: message.value, distribution });
  }
  return found;
}

function distributionOf(
  reader: MetricReader,
  message: MetricMessage,
  kind: MetricKind,
  start: number,
  end: number,
): Distribution | undefined {
  if (kind === 'summary') {
    const { count, sum, quantiles, quantileValues } = message;
    return { count, sum, parts: quantiles.map((quantile, i) => [quantile, quantileValues[i] as number] as const) };
  }
  if (kind !== 'histogram') return undefined;
  const { count, sum, bounds, cumulative, isNative } = message.histogram;
  const parts = bounds.map((bound, i) => [bound, cumulative[i] as number] as const);
  return { count, sum, parts, native: isNative ? histogramBytes(reader, start, end) : undefined };
}

/** The histogram as it was sent, which has more than the text format can say. */
function histogramBytes(reader: MetricReader, start: number, end: number): string {
  reader.pos = start;
  let bytes = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === HISTOGRAM) bytes = reader.base64(end);
    else reader.skipField(tag, end);
  }
  return bytes;
}

function readLabels(reader: MetricReader, ranges: readonly number[]): PushedLabels {
  const labels: [string, string][] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    reader.pos = ranges[i] as number;
    const end = ranges[i + 1] as number;
    let [name, value] = ['', ''];
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === tagOf(1, BYTES)) name = readText(reader, end);
      else if (tag === tagOf(2, BYTES)) value = readText(reader, end);
      else reader.skipField(tag, end);
    }
    reader.leave(end);
    if (name === '' || name === '__name__' || labels.some(([other]) => other === name))
      throw new Error(`a label is named ${JSON.stringify(name)}, or a name stands there twice`);
    labels.push([name, value]);
  }
  return sortLabels(labels);
}

function readText(reader: MetricReader, end: number): string {
  const text = reader.text(end);
  if (!reader.isTextValid) throw new Error(`a label is not UTF-8: ${JSON.stringify(text.slice(0, 100))}`);
  return text;
}
