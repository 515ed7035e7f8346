import { AppError } from '../model/app-error.ts';

/** The codes of the errors that the HTTP client throws. */
export const HTTP_CLIENT_ERRORS = {
  'http_client.bad_url': 'the address is not an absolute http or https URL',
  'http_client.refused': 'nobody listens at that address and port',
  'http_client.no_such_host': 'the host name does not resolve',
  'http_client.timeout': 'no complete answer within the time limit',
  'http_client.cancelled': 'the caller went away',
  'http_client.tls': 'the secured connection could not be made',
  'http_client.body_too_large': 'the answer is larger than the limit',
  'http_client.bad_body': 'the answer cannot be decompressed',
  'http_client.too_many_redirects': 'more redirects than allowed',
  'http_client.secret_file': 'a file with a password, token, certificate or key cannot be read',
  'http_client.oauth2': 'no token could be had for the request',
  'http_client.closed': 'the client is closed',
  'http_client.failed': 'the connection failed in another way',
} as const;

export type HttpClientErrorCode = keyof typeof HTTP_CLIENT_ERRORS;

/** An AppError with a code of this folder. */
export function httpClientError(code: HttpClientErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
