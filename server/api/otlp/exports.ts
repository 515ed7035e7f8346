// What both doors of OTLP do with a request once it is there: read it, store it, say what was refused.
import { decodeTracesJson } from '../../formats/otlp/decode-json.ts';
import { decodeLogs, decodeLogsJson } from '../../formats/otlp/decode-logs.ts';
import { readMetrics } from '../../formats/otlp/decode-metrics.ts';
import { readMetricsJson } from '../../formats/otlp/decode-metrics-json.ts';
import { decodeTracesInTurns } from '../../formats/otlp/decode-protobuf.ts';
import { encodeExportAnswer, type OtlpEncoding } from '../../formats/otlp/encode-answer.ts';
import type { Clock } from '../../model/clock.ts';
import type { LogReceiver } from '../../receive/logs.ts';
import type { MetricReceiver } from '../../receive/otlp-metrics.ts';
import type { SpanReceiver } from '../../receive/spans.ts';

/** Where the signals go. */
export interface OtlpReceivers {
  readonly spans: SpanReceiver;
  readonly logs: { readonly receiver: LogReceiver; readonly clock: Clock };
  readonly metrics: MetricReceiver;
}

/** Takes the request of one signal and resolves with the answer in the same encoding; rejects with what readers and receivers throw. */
export type OtlpExport = (receivers: OtlpReceivers, body: Buffer, encoding: OtlpEncoding) => Promise<Uint8Array>;

const NS_PER_MS = 1_000_000n;

export const exportTraces: OtlpExport = async ({ spans }, body, encoding) => {
  const read = encoding === 'json' ? decodeTracesJson(body.toString()) : await decodeTracesInTurns(body);
  const { rejectedSpans, errorMessage } = await spans.push(read);
  return encodeExportAnswer({ signal: 'spans', rejected: rejectedSpans, message: errorMessage }, encoding);
};

export const exportLogs: OtlpExport = async ({ logs: { receiver, clock } }, body, encoding) => {
  const nowNs = BigInt(clock.nowMs()) * NS_PER_MS;
  const streams = encoding === 'json' ? decodeLogsJson(body.toString(), nowNs) : await decodeLogs(body, nowNs);
  const { refused, message } = await receiver.push(streams);
  return encodeExportAnswer({ signal: 'logs', rejected: refused, message }, encoding);
};

export const exportMetrics: OtlpExport = async ({ metrics }, body, encoding) => {
  const { rejectedPoints, message } = await metrics.push((sink) =>
    encoding === 'json' ? readMetricsJson(body.toString(), sink) : readMetrics(body, sink),
  );
  return encodeExportAnswer({ signal: 'metrics', rejected: rejectedPoints, message }, encoding);
};
