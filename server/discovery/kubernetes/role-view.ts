// The targets of one role in one namespace. Each object is built when it, or an object that it looked up, has changed since: what a build looks up
// is remembered in both directions, so that a node that changes its labels builds the pods on it again and nothing else.
import { setImmediate } from 'node:timers/promises';
import type { KubernetesDiscovery, KubernetesRole } from '../../config/kubernetes-discovery.ts';
import type { TargetGroup } from '../../config/scrape-config.ts';
import type { Clock } from '../../model/clock.ts';
import type { ApiClient } from './api-client.ts';
import type { Fields } from './fields.ts';
import { readNode } from './node.ts';
import { readPod } from './pod.ts';
import { Reflector } from './reflector.ts';
import type { Lookup, ObjectTargets, Role } from './role.ts';
import { readService } from './service.ts';

const APIS: Readonly<Record<KubernetesRole, { readonly prefix: string; readonly resource: string }>> = {
  pod: { prefix: '/api/v1', resource: 'pods' },
  service: { prefix: '/api/v1', resource: 'services' },
  endpoints: { prefix: '/api/v1', resource: 'endpoints' },
  endpointslice: { prefix: '/apis/discovery.k8s.io/v1', resource: 'endpointslices' },
  node: { prefix: '/api/v1', resource: 'nodes' },
  ingress: { prefix: '/apis/networking.k8s.io/v1', resource: 'ingresses' },
};

/** What views are made with. */
export interface Copies {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly config: KubernetesDiscovery;
  readonly onProblem: (source: string, message: string | undefined) => void;
  /** The targets may be others now. */
  readonly onUpdate: () => void;
}

/** Some milliseconds of work. */
const BUILT_IN_A_TURN = 100;

type LookedUp = 'pod' | 'service' | 'node';

/** Follows what one role needs in one namespace, '' for all. */
export class RoleView {
  readonly #copies: Copies;
  readonly #reflectors: Reflector<unknown>[] = [];
  readonly #build: (key: string) => ObjectTargets | undefined;
  readonly #exists: (key: string) => boolean;
  readonly #dirty = new Set<string>();
  readonly #groups = new Map<string, readonly TargetGroup[]>();
  /** Which objects looked up `pod ns/name`, and what each object looked up. */
  readonly #usersOf = new Map<string, Set<string>>();
  readonly #usedBy = new Map<string, ReadonlySet<string>>();

  static start<T>(role: Role<T>, namespace: string, copies: Copies): RoleView {
    return new RoleView(role as Role<unknown>, namespace, copies);
  }

  private constructor(role: Role<unknown>, namespace: string, copies: Copies) {
    this.#copies = copies;
    const { config } = copies;
    const hasBackends = role.kind === 'endpoints' || role.kind === 'endpointslice';
    const own = this.#follow(role.kind, namespace, role.read, (key) => this.#touch(key));
    const pods = hasBackends ? this.#followUsed('pod', namespace, readPod) : undefined;
    const services = hasBackends ? this.#followUsed('service', namespace, readService) : undefined;
    const nodes = config.attachNode && (hasBackends || role.kind === 'pod') ? this.#followUsed('node', '', readNode) : undefined;
    this.#exists = (key) => own.get(key) !== undefined;
    this.#build = (key) => {
      const used = new Set<string>();
      const lookup: Lookup = {
        pod: (name) => pods?.get(use(used, 'pod', name)),
        service: (name) => services?.get(use(used, 'service', name)),
        node: (name) => nodes?.get(use(used, 'node', name)),
      };
      const built = role.build(own.get(key), lookup);
      this.#remember(key, used);
      return built;
    };
  }

  /** Whether every list has come once. */
  get isSynced(): boolean {
    return this.#reflectors.every((reflector) => reflector.isSynced);
  }

  /** The targets now; none before it is synced. Other work goes on meanwhile. */
  async groups(signal: AbortSignal): Promise<readonly TargetGroup[]> {
    if (!this.isSynced) return [];
    let built = 0;
    for (const key of this.#dirty) {
      this.#dirty.delete(key);
      this.#rebuild(key);
      if (++built % BUILT_IN_A_TURN === 0) await setImmediate();
      if (signal.aborted) return [];
    }
    return [...this.#groups.values()].flat();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.stop()));
  }

  #follow<T>(kind: KubernetesRole, namespace: string, read: (object: Fields) => T, onChange: (key: string) => void): Reflector<T> {
    const { api, clock, config, onProblem, onUpdate } = this.#copies;
    const { prefix, resource } = APIS[kind];
    const path = `${prefix}${namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`;
    const selector = config.selectors.find((candidate) => candidate.role === kind);
    const reflector = new Reflector<T>({
      api,
      clock,
      path,
      selectors: {
        ...(selector && selector.label !== '' && { labelSelector: selector.label }),
        ...(selector && selector.field !== '' && { fieldSelector: selector.field }),
      },
      read,
      onChange,
      onSynced: onUpdate,
      onProblem: (message) => onProblem(path, message),
    });
    this.#reflectors.push(reflector as Reflector<unknown>);
    return reflector;
  }

  #followUsed<T>(kind: LookedUp, namespace: string, read: (object: Fields) => T): Reflector<T> {
    return this.#follow(kind, namespace, read, (key) => {
      for (const user of this.#usersOf.get(`${kind} ${key}`) ?? []) this.#touch(user);
    });
  }

  #touch(key: string): void {
    this.#dirty.add(key);
    this.#copies.onUpdate();
  }

  #rebuild(key: string): void {
    if (!this.#exists(key)) {
      this.#groups.delete(key);
      this.#remember(key, new Set());
      return;
    }
    const built = this.#build(key);
    if (built) this.#groups.set(key, toGroups(built));
  }

  #remember(key: string, used: ReadonlySet<string>): void {
    for (const name of this.#usedBy.get(key) ?? []) {
      if (used.has(name)) continue;
      const users = this.#usersOf.get(name);
      users?.delete(key);
      if (users?.size === 0) this.#usersOf.delete(name);
    }
    for (const name of used) {
      const users = this.#usersOf.get(name) ?? new Set();
      this.#usersOf.set(name, users.add(key));
    }
    if (used.size === 0) this.#usedBy.delete(key);
    else this.#usedBy.set(key, used);
  }
}

function use(used: Set<string>, kind: LookedUp, key: string): string {
  used.add(`${kind} ${key}`);
  return key;
}

function toGroups({ source, labels, targets }: ObjectTargets): TargetGroup[] {
  return targets.map((target) => ({ targets: [target.address], labels: { ...labels, ...target.labels }, source }));
}
