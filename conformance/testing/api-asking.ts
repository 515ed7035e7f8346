// Asking an HTTP API exactly so: the path as it is written, chosen headers, no redirect followed, nothing unpacked.
import { type IncomingHttpHeaders, request } from 'node:http';

export type Parameters = readonly (readonly [name: string, value: string])[];

/** One request. Parameters go into the query string, or into a form for POST and PUT. */
export interface Question {
  readonly method?: string | undefined;
  /** With its query string, when `parameters` are absent. */
  readonly path: string;
  readonly parameters?: Parameters | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as it is, instead of a form. */
  readonly body?: string | Buffer | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Sends the request on a connection of its own. */
export function ask(base: string, { method = 'GET', path, parameters, headers = {}, body }: Question): Promise<Answer> {
  const form =
    parameters === undefined ? '' : new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value])).toString();
  const inBody = body === undefined && form !== '' && (method === 'POST' || method === 'PUT');
  const url = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: url.hostname,
        port: url.port,
        method,
        path: path + (inBody || form === '' ? '' : `?${form}`),
        headers: { ...(inBody ? FORM : {}), ...headers },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
      },
    );
    sent.once('error', reject);
    sent.end(inBody ? form : body);
  });
}

/** A request in one line, as the name of a test. */
export function nameOf({ method = 'GET', path, parameters = [], headers, body }: Question): string {
  const text = parameters.map(([name, value]) => `${name}=${value.length > 80 ? `${value.slice(0, 80)}…` : value}`).join('&');
  const extra = headers === undefined ? '' : ` ${JSON.stringify(headers)}`;
  return `${method} ${path}${text === '' ? '' : `?${text}`}${extra}${body === undefined ? '' : ` body ${body.length}`}`;
}
