// OTLP over gRPC: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc. Served on 4317.
import type { GrpcFailure, GrpcMethod } from '../../http/grpc-server.ts';
import { toErrorAnswer } from './errors.ts';
import { exportLogs, exportMetrics, exportTraces, type OtlpExport, type OtlpReceivers } from './exports.ts';

/** Of a message; the Collector's own default is 4 MiB. */
export const MAX_GRPC_MESSAGE_BYTES = 16 * 1024 * 1024;

const EXPORTS: Readonly<Record<string, OtlpExport>> = {
  'trace.v1.TraceService': exportTraces,
  'metrics.v1.MetricsService': exportMetrics,
  'logs.v1.LogsService': exportLogs,
};

/** The services of OTLP, one method each. */
export function otlpGrpcMethods(receivers: OtlpReceivers): GrpcMethod[] {
  return Object.entries(EXPORTS).map(([service, take]) => ({
    path: `/opentelemetry.proto.collector.${service}/Export`,
    handle: (message) => take(receivers, message, 'protobuf'),
  }));
}

/** How gRPC answers what was thrown: the code that stands in HTTP's body. */
export function otlpGrpcFailure(error: unknown): GrpcFailure {
  const { status, code, message } = toErrorAnswer(error);
  return { code, message, mayRetry: status === 429 || status === 503 };
}
