import type { HttpClientConfig } from '../config/http-client.ts';
import { type AppError, messageOf } from '../model/app-error.ts';
import { httpClientError } from './errors.ts';
import { parseUrl } from './parse-url.ts';

/** Node's connection errors in the words of the trade, with the cure where there is one. Secrets of the URL are not repeated. */
export function explainFailure(error: unknown, url: string, config: HttpClientConfig): AppError {
  const host = parseUrl(url)?.host ?? '';
  const { code, hostname, socketPath, reason } = failureOf(error);
  const via = config.proxyUrl === undefined ? '' : ` (through the proxy ${parseUrl(config.proxyUrl)?.host ?? ''})`;
  if (socketPath !== undefined) return httpClientError('http_client.refused', explainSocket(code, socketPath, reason), error);
  switch (code) {
    case 'ECONNREFUSED':
      return httpClientError('http_client.refused', `connection refused: nobody listens at ${host}${via}`, error);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ENODATA': {
      const name = hostname ?? parseUrl(url)?.hostname ?? '';
      return httpClientError('http_client.no_such_host', `no such host "${name}"; map it with --resolve ${name}=127.0.0.1`, error);
    }
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return httpClientError('http_client.failed', `connection closed by ${host} before the answer was complete: ${reason}`, error);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return httpClientError('http_client.failed', `no route to host ${host}${via}`, error);
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return httpClientError('http_client.timeout', `context deadline exceeded: ${host} does not accept the connection${via}`, error);
  }
  if (isTlsCode(code)) return httpClientError('http_client.tls', `tls: ${reason}${tlsCure(code)}`, error);
  return httpClientError('http_client.failed', `request to ${host} failed: ${reason}`, error);
}

function explainSocket(code: string, path: string, reason: string): string {
  if (code === 'ENOENT') return `no such socket "${path}": is the program running whose socket it is?`;
  if (code === 'EACCES') return `permission denied on the socket "${path}": let the user that runs Alidade read and write it`;
  if (code === 'ECONNREFUSED') return `connection refused: nobody listens at the socket "${path}"`;
  return `the connection to the socket "${path}" failed: ${reason}`;
}

interface Failure {
  readonly code: string;
  readonly hostname: string | undefined;
  /** Where a unix socket was connected to. */
  readonly socketPath: string | undefined;
  readonly reason: string;
}

function failureOf(error: unknown): Failure {
  // Several addresses of one name fail together as an AggregateError, whose own message is empty.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const { code, hostname, syscall, address } = (first ?? {}) as Readonly<Record<string, unknown>>;
  return {
    code: typeof code === 'string' ? code : '',
    hostname: typeof hostname === 'string' ? hostname : undefined,
    socketPath: syscall === 'connect' && typeof address === 'string' && address.startsWith('/') ? address : undefined,
    reason: messageOf(first).trim(),
  };
}

function isTlsCode(code: string): boolean {
  return (
    code.startsWith('ERR_TLS_') ||
    code.startsWith('ERR_SSL_') ||
    code.includes('CERT') ||
    code === 'EPROTO' ||
    code.startsWith('UNABLE_TO_')
  );
}

function tlsCure(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return ' (set tls_config.server_name to a name of the certificate)';
  if (code.includes('SELF_SIGNED') || code.startsWith('UNABLE_TO_')) return ' (name the signing certificate in tls_config.ca_file)';
  if (code === 'CERT_HAS_EXPIRED') return ' (renew the certificate of the target)';
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER') return ' (does the target speak plain http? then set scheme: http)';
  return '';
}
