import { kernelStatusOf } from '../../http/errors.ts';
import { AppError, messageOf } from '../../model/app-error.ts';

/** How an error is answered: HTTP's status, gRPC's code and the text of google.rpc.Status. */
export interface ErrorAnswer {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

// gRPC's codes: https://grpc.io/docs/guides/status-codes/
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const INTERNAL = 13;
const UNAVAILABLE = 14;

/** Exporters try again after 429, 502, 503 and 504 only, so what is the request's fault must be none of these. */
const ANSWER_OF_CODE: Readonly<Record<string, Omit<ErrorAnswer, 'message'>>> = {
  'otlp.bad_protobuf': { status: 400, code: INVALID_ARGUMENT },
  'otlp.bad_json': { status: 400, code: INVALID_ARGUMENT },
  'otlp.too_large': { status: 413, code: INVALID_ARGUMENT },
  'storage.overloaded': { status: 503, code: UNAVAILABLE },
  'storage.closed': { status: 503, code: UNAVAILABLE },
  'storage.too_many_series': { status: 429, code: RESOURCE_EXHAUSTED },
};

/** The answer to anything that was thrown; what nobody foresaw is a 500. */
export function toErrorAnswer(error: unknown): ErrorAnswer {
  const message = messageOf(error);
  const known = error instanceof AppError ? ANSWER_OF_CODE[error.code] : undefined;
  if (known) return { ...known, message };
  const status = kernelStatusOf(error) ?? 500;
  return { status, code: status < 500 ? INVALID_ARGUMENT : INTERNAL, message };
}
