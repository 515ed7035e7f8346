// A scripted Kubernetes API server: lists in pages, watches with bookmarks, a history that can be forgotten (410 Gone), and tokens that expire (401).
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** An object of the API: at least `metadata.name`. */
export interface ApiObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface FakeKubernetesOptions {
  /** PEM texts; without them it speaks plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Objects in one page of a list, whatever a client asks for. */
  readonly pageSize?: number;
}

/** One request that it got. */
export interface SeenRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string;
  readonly status: number;
  readonly httpVersion: string;
}

const KINDS: Readonly<Record<string, string>> = {
  pods: 'Pod',
  services: 'Service',
  endpoints: 'Endpoints',
  nodes: 'Node',
  endpointslices: 'EndpointSlice',
  ingresses: 'Ingress',
};
const GROUPS: Readonly<Record<string, string>> = { endpointslices: 'discovery.k8s.io/v1', ingresses: 'networking.k8s.io/v1' };

interface Stored {
  readonly resource: string;
  readonly object: ApiObject;
  readonly version: number;
}

interface Change extends Stored {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
}

interface Watcher {
  readonly resource: string;
  readonly namespace: string;
  readonly matches: (object: ApiObject) => boolean;
  readonly response: ServerResponse;
}

/** The server and its world. */
export class FakeKubernetes {
  readonly requests: SeenRequest[] = [];
  /** The tokens that are good now; undefined: none is asked for. */
  tokens: ReadonlySet<string> | undefined;
  /** Answers in its stead: true when it did. */
  intercept: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean = () => false;
  readonly #server: Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #pageSize: number;
  readonly #scheme: string;
  readonly #stored = new Map<string, Stored>();
  readonly #watchers = new Set<Watcher>();
  #history: Change[] = [];
  #forgottenUpTo = 0;
  #version = 1000;

  constructor({ tls, pageSize = 500 }: FakeKubernetesOptions = {}) {
    const listener = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    if (tls) {
      // As API servers do: HTTP/2 for whoever knows it.
      const server = createSecureServer({ ...tls, allowHTTP1: true }, listener as never);
      server.on('session', (session) => {
        this.#sessions.add(session);
        session.once('close', () => this.#sessions.delete(session));
      });
      this.#server = server as unknown as Server;
    } else this.#server = createPlainServer(listener);
    this.#scheme = tls ? 'https' : 'http';
    this.#pageSize = pageSize;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get watchCount(): number {
    return this.#watchers.size;
  }

  /** Adds an object, or replaces the one of that name. */
  put(resource: string, object: ApiObject): void {
    const key = keyOf(resource, object);
    const type = this.#stored.has(key) ? 'MODIFIED' : 'ADDED';
    const version = ++this.#version;
    const full = { ...object, metadata: { uid: `uid-${key}`, ...object.metadata, resourceVersion: String(version) } };
    this.#stored.set(key, { resource, object: full, version });
    this.#publish({ type, resource, object: full, version });
  }

  remove(resource: string, name: string, namespace?: string): void {
    const key = keyOf(resource, { metadata: { name, ...(namespace !== undefined && { namespace }) } });
    const stored = this.#stored.get(key);
    if (!stored) throw new Error(`there is no ${key}`);
    this.#stored.delete(key);
    const version = ++this.#version;
    const object = { ...stored.object, metadata: { ...stored.object.metadata, resourceVersion: String(version) } };
    this.#publish({ type: 'DELETED', resource, object, version });
  }

  /** As the API's store does after a while: watches cannot go on from versions before now. */
  forgetHistory(): void {
    this.#history = [];
    this.#forgottenUpTo = ++this.#version;
  }

  /** Ends all watches, as an API server does that restarts. */
  endWatches(): void {
    for (const { response } of this.#watchers) destroy(response);
    this.#watchers.clear();
  }

  /** Sends a line to every watch of a resource as it is. */
  sendToWatches(resource: string, line: string): void {
    for (const watcher of this.#watchers) if (watcher.resource === resource) watcher.response.write(line);
  }

  async close(): Promise<void> {
    this.endWatches();
    for (const session of this.#sessions) session.destroy();
    this.#server.closeAllConnections?.();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #publish(change: Change): void {
    this.#history.push(change);
    for (const watcher of this.#watchers) send(watcher, change);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://api');
    const authorization = request.headers.authorization ?? '';
    const seen = (status: number) =>
      this.requests.push({ path: url.pathname, query: url.searchParams, authorization, status, httpVersion: request.httpVersion });
    if (this.intercept(request, response, url)) {
      seen(response.statusCode);
      return;
    }
    const found = /^\/(?:api\/v1|apis\/[^/]+\/v1)(?:\/namespaces\/([^/]+))?\/([a-z]+)$/.exec(url.pathname);
    const kind = KINDS[found?.[2] ?? ''];
    const refuse = (status: number, reason: string, message: string): void => {
      seen(status);
      json(response, status, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message });
    };
    if (this.tokens && !this.tokens.has(authorization.replace(/^Bearer /, ''))) {
      refuse(401, 'Unauthorized', 'Unauthorized');
      return;
    }
    if (!found || kind === undefined) {
      refuse(404, 'NotFound', 'the server could not find the requested resource');
      return;
    }
    const [, namespace = '', resource = ''] = found;
    const matches = selectorOf(url.searchParams);
    const isWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '');
    if (!isWatch) {
      seen(200);
      this.#list(response, resource, namespace, matches, url.searchParams);
      return;
    }
    const since = Number(url.searchParams.get('resourceVersion') ?? 0);
    // A watch that begins with the objects themselves can begin at any version.
    const isFresh = url.searchParams.get('sendInitialEvents') === 'true';
    if (!isFresh && since < this.#forgottenUpTo) {
      refuse(410, 'Expired', `too old resource version: ${since}`);
      return;
    }
    seen(200);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const watcher = { resource, namespace, matches, response };
    const missed = isFresh
      ? [...this.#stored.values()].map((stored): Change => ({ ...stored, type: 'ADDED' }))
      : this.#history.filter((change) => change.version > since);
    for (const change of missed) send(watcher, change);
    if (url.searchParams.get('allowWatchBookmarks') === 'true') response.write(bookmark(resource, this.#version, isFresh));
    this.#watchers.add(watcher);
    response.once('close', () => this.#watchers.delete(watcher));
  }

  #list(
    response: ServerResponse,
    resource: string,
    namespace: string,
    matches: (object: ApiObject) => boolean,
    query: URLSearchParams,
  ): void {
    const all = [...this.#stored.values()]
      .filter((stored) => stored.resource === resource && isIn(stored.object, namespace) && matches(stored.object))
      .map((stored) => stored.object);
    const from = Number(query.get('continue') ?? 0);
    const size = Math.min(this.#pageSize, Number(query.get('limit') ?? this.#pageSize));
    const isLast = from + size >= all.length;
    json(response, 200, {
      kind: `${KINDS[resource]}List`,
      apiVersion: GROUPS[resource] ?? 'v1',
      metadata: { resourceVersion: String(this.#version), ...(!isLast && { continue: String(from + size) }) },
      items: all.slice(from, from + size),
    });
  }
}

function destroy(response: ServerResponse): void {
  const { stream } = response as unknown as Partial<Http2ServerResponse>;
  if (stream) stream.destroy();
  else response.destroy();
}

function send({ resource, namespace, matches, response }: Watcher, change: Change): void {
  if (change.resource !== resource || !isIn(change.object, namespace) || !matches(change.object)) return;
  const object = { kind: KINDS[resource], apiVersion: GROUPS[resource] ?? 'v1', ...change.object };
  response.write(`${JSON.stringify({ type: change.type, object })}\n`);
}

function bookmark(resource: string, version: number, endsInitialEvents: boolean): string {
  const annotations = endsInitialEvents ? { 'k8s.io/initial-events-end': 'true' } : {};
  const metadata = { resourceVersion: String(version), annotations };
  const object = { kind: KINDS[resource], apiVersion: GROUPS[resource] ?? 'v1', metadata };
  return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
}

// Enough of the notation for tests: label equality, and metadata.name and spec.nodeName as fields.
function selectorOf(query: URLSearchParams): (object: ApiObject) => boolean {
  const wanted = (name: string) =>
    (query.get(name) ?? '')
      .split(',')
      .filter((part) => part !== '')
      .map((part) => part.split(/==?/));
  const labels = wanted('labelSelector');
  const fields = wanted('fieldSelector');
  return (object) =>
    labels.every(([name = '', value]) => (object.metadata.labels as Record<string, string> | undefined)?.[name] === value) &&
    fields.every(
      ([path = '', value]) => path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], object) === value,
    );
}

function isIn(object: ApiObject, namespace: string): boolean {
  return namespace === '' || object.metadata.namespace === namespace;
}

function keyOf(resource: string, { metadata }: ApiObject): string {
  return `${resource}/${metadata.namespace ?? ''}/${metadata.name}`;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
