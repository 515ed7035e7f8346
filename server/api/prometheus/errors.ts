import { kernelStatusOf } from '../../http/errors.ts';
import { AppError, messageOf } from '../../model/app-error.ts';

/** The `errorType` of Prometheus' API with the status that goes with it. */
const STATUS = {
  bad_data: 400,
  not_found: 404,
  execution: 422,
  canceled: 499,
  internal: 500,
  unavailable: 503,
  timeout: 503,
} as const;

export type ErrorType = keyof typeof STATUS;

/** The codes of the errors that this dialect raises: `prometheus.` and an error type. */
export type PrometheusErrorCode = `prometheus.${ErrorType}`;

/** An error that is answered with this type and, word for word, this text. */
export function apiError(type: ErrorType, message: string, cause?: unknown): AppError {
  return new AppError(`prometheus.${type}` satisfies PrometheusErrorCode, message, { cause });
}

/** Upstream's `invalid parameter "name": …`. */
export function invalidParameter(name: string, problem: string): AppError {
  return apiError('bad_data', `invalid parameter "${name}": ${problem}`);
}

const TYPE_OF_CODE: Readonly<Record<string, ErrorType>> = {
  'promql.parse': 'bad_data',
  'promql.type': 'bad_data',
  'promql.too_many_points': 'bad_data',
  'matcher.bad_regexp': 'bad_data',
  'promql.execution': 'execution',
  'promql.too_many_samples': 'execution',
  'promql.too_many_series': 'execution',
  'promql.timeout': 'timeout',
  'promql.cancelled': 'canceled',
  'promql.overloaded': 'unavailable',
  'storage.too_many_samples': 'execution',
  'storage.out_of_memory': 'execution',
  'storage.timeout': 'timeout',
  'storage.cancelled': 'canceled',
  'storage.overloaded': 'unavailable',
};

/** How an error is answered. */
export interface ErrorAnswer {
  readonly status: number;
  readonly errorType: ErrorType;
  readonly error: string;
}

/** The answer to anything that was thrown; what nobody foresaw is `internal`. */
export function toErrorAnswer(error: unknown): ErrorAnswer {
  const message = messageOf(error);
  const kernelStatus = kernelStatusOf(error);
  if (kernelStatus !== undefined) {
    const errorType = kernelStatus < 500 ? 'bad_data' : kernelStatus === STATUS.unavailable ? 'unavailable' : 'internal';
    return { status: kernelStatus, errorType, error: message };
  }
  const code = error instanceof AppError ? error.code : '';
  const own = code.startsWith('prometheus.') ? (code.slice('prometheus.'.length) as ErrorType) : undefined;
  const errorType = own ?? TYPE_OF_CODE[code] ?? 'internal';
  return { status: STATUS[errorType], errorType, error: message };
}
