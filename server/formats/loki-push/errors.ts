import { AppError } from '../../model/app-error.ts';

/** The codes of the errors that reading a push body throws; messages begin with the place in the body. */
export const LOKI_PUSH_ERRORS = {
  'loki_push.bad_json': 'the text is not JSON, or a field has a value of the wrong kind',
  'loki_push.bad_protobuf': 'the bytes are not a logproto.PushRequest',
  'loki_push.bad_labels': 'the labels of a stream cannot be read; the other streams of the body can',
} as const;

export type LokiPushErrorCode = keyof typeof LOKI_PUSH_ERRORS;

/** An AppError with a code of this folder. */
export function lokiPushError(code: LokiPushErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
