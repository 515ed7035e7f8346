import { AppError } from '../model/app-error.ts';

/** The codes of the errors of the HTTP kernel, with the status that answers them. */
export const HTTP_ERRORS = {
  'http.port_taken': { status: 500, meaning: 'another program listens on the port' },
  'http.listen_failed': { status: 500, meaning: 'the address cannot be listened on' },
  'http.needs_credentials': { status: 500, meaning: 'a listener that others can reach has neither credentials nor --no-auth' },
  'http.bad_request': { status: 400, meaning: 'the request is malformed' },
  'http.unauthorized': { status: 401, meaning: 'credentials are missing or wrong' },
  'http.read_only': { status: 403, meaning: 'the token may read but not change or send anything' },
  'http.too_many_guesses': { status: 429, meaning: 'too many wrong credentials came from this address' },
  'http.bad_web_config': { status: 500, meaning: 'the web.config.file or the file of tokens became unusable' },
  'http.foreign_host': { status: 403, meaning: 'the Host header names somebody else: DNS rebinding' },
  'http.foreign_origin': { status: 403, meaning: 'a page of another site asks for a change' },
  'http.not_found': { status: 404, meaning: 'there is nothing at this path' },
  'http.method_not_allowed': { status: 405, meaning: 'the path exists, but not for this method' },
  'http.too_large': { status: 413, meaning: 'the request body is larger than its limit' },
  'http.unsupported_media_type': { status: 415, meaning: 'the content type or encoding is not understood' },
  'http.busy': { status: 503, meaning: 'the bodies of all requests together would exceed their limit' },
  'http.internal': { status: 500, meaning: 'something failed that should not' },
} as const;

export type HttpErrorCode = keyof typeof HTTP_ERRORS;

/** An AppError with a code of this folder. */
export function httpError(code: HttpErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}

/** The status of an error that the kernel or Fastify raised (bad body, unknown encoding, …); undefined for anybody else's. */
export function kernelStatusOf(error: unknown): number | undefined {
  if (error instanceof AppError) return HTTP_ERRORS[error.code as HttpErrorCode]?.status;
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 600 ? statusCode : undefined;
}

/** The code that goes with a status that Fastify chose. */
export function codeOfStatus(status: number): HttpErrorCode {
  const entry = Object.entries(HTTP_ERRORS).find(
    ([code, known]) => known.status === status && !code.startsWith('http.foreign') && code !== 'http.read_only',
  );
  if (entry && status !== 500) return entry[0] as HttpErrorCode;
  return status < 500 ? 'http.bad_request' : 'http.internal';
}
