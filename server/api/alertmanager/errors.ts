import { kernelStatusOf } from '../../http/errors.ts';
import { AppError, messageOf } from '../../model/app-error.ts';

/** The codes of the errors that this dialect raises, with their status. */
const STATUS = {
  'alertmanager.bad_request': 400,
  'alertmanager.not_found': 404,
} as const;

export type AlertmanagerErrorCode = keyof typeof STATUS;

/** An error whose text is answered as a JSON string, as Alertmanager's handlers do. */
export function apiError(code: AlertmanagerErrorCode, message: string): AppError {
  return new AppError(code, message);
}

/** What is wrong with a request by its schema: answered as `{code, message}`. Codes above 600 are go-openapi's. */
export class SchemaError extends AppError {
  readonly openApiCode: number;

  constructor(openApiCode: number, message: string) {
    super('alertmanager.bad_schema', message);
    this.openApiCode = openApiCode;
  }
}

const BAD_REQUEST_CODES = new Set(['alerting.bad_alert', 'alerting.bad_silence', 'config.bad_matcher', 'matcher.bad_regexp']);

/** Status and body of the answer to anything that was thrown. */
export function toErrorAnswer(error: unknown): { readonly status: number; readonly body: unknown } {
  const message = messageOf(error);
  if (error instanceof SchemaError) {
    const code = error.openApiCode;
    return { status: code >= 600 ? 422 : code, body: { code, message } };
  }
  const kernelStatus = kernelStatusOf(error);
  if (kernelStatus !== undefined) return { status: kernelStatus, body: { code: kernelStatus, message } };
  const code = error instanceof AppError ? error.code : '';
  if (code === 'alerting.no_such_silence') return { status: 404, body: 'silence not found' };
  if (BAD_REQUEST_CODES.has(code)) return { status: 400, body: message };
  return { status: STATUS[code as AlertmanagerErrorCode] ?? 500, body: message };
}
