import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpTelemetryOptions, requestTracker } from './http-server.ts';

/** Express' middleware, in the terms of Node.js alone, so that this package needs no types of Express. */
export type ExpressMiddleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** What Express (4 and 5) adds to a request. */
interface ExpressRequest extends IncomingMessage {
  baseUrl?: string;
  originalUrl?: string;
  params?: Readonly<Record<string, unknown>>;
  route?: { readonly path?: unknown };
}

/**
 * Express middleware, the counterpart of `fastifyTelemetry`: serves the exposition, counts and times every request by its route pattern,
 * opens a server span for each, and gives its log lines the request's ids. Use it before everything else:
 * `app.use(expressTelemetry({ instrument }))`.
 */
export function expressTelemetry(options: HttpTelemetryOptions): ExpressMiddleware {
  const { instrument, path = '/metrics' } = options;
  const ignored = new Set(options.ignore ?? [path]);
  const tracker = requestTracker(instrument);

  return (request, response, next) => {
    const requested = request.url?.split('?')[0];
    if (requested === path && (request.method === 'GET' || request.method === 'HEAD')) return expose(request, response, next);
    if (requested !== undefined && ignored.has(requested)) return next();
    const endpointOf = watchRoute(request);
    tracker.track(request, response, endpointOf, next);
  };

  function expose(request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void {
    instrument
      .expose(request.headers.accept)
      .then(({ contentType, body }) => response.writeHead(200, { 'content-type': contentType, vary: 'accept' }).end(body))
      .catch(next);
  }
}

/**
 * Returns a function that gives the pattern of the route that took the request. Express tells the pattern of a route, but of the routers
 * around it only the part of the path that they matched, in which values of parameters stand (`/users/42`), and after an error not even
 * that. So the pattern is put together at the moment when Express sets `route`, with the values of all parameters set before replaced by
 * their names.
 */
function watchRoute(request: ExpressRequest): () => string | undefined {
  const names = new Map<string, string>();
  let endpoint: string | undefined;
  watch(request, 'params', (params) => {
    for (const [name, value] of Object.entries(params ?? {})) for (const part of [value].flat()) names.set(String(part), name);
  });
  watch(request, 'route', (route) => {
    if (route) endpoint = patternOf(request.baseUrl ?? '', route.path, names);
  });
  return () => endpoint;
}

/** Calls `onSet` whenever the property is set. */
function watch<K extends 'params' | 'route'>(request: ExpressRequest, name: K, onSet: (value: ExpressRequest[K]) => void): void {
  let current = request[name];
  Object.defineProperty(request, name, {
    configurable: true,
    enumerable: true,
    get: () => current,
    set: (value: ExpressRequest[K]) => {
      current = value;
      onSet(value);
    },
  });
}

function patternOf(baseUrl: string, path: unknown, names: ReadonlyMap<string, string>): string {
  const base = baseUrl.split('/').map((segment) => {
    const name = names.get(decode(segment));
    return segment !== '' && name !== undefined ? `:${name}` : segment;
  });
  const pattern = `${base.join('/')}${[path].flat().join('|')}`;
  return pattern.length > 1 && pattern.endsWith('/') ? pattern.slice(0, -1) : pattern;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // not a parameter: Express answers 400 for one that it cannot decode
  }
}
