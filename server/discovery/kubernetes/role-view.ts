// The targets of one role in one namespace. Each object is built when it, or an object that it looked up, has changed since: what a build looks up
// is remembered in both directions, so that a node that changes its labels builds the pods on it again and nothing else.
import { setImmediate } from 'node:timers/promises';
import type { TargetGroup } from '../../config/scrape-config.ts';
import type { Fields } from './fields.ts';
import { type Following, follow } from './follow.ts';
import type { KubernetesNode } from './node.ts';
import { readPod } from './pod.ts';
import type { Reflector } from './reflector.ts';
import type { Lookup, ObjectTargets, Role } from './role.ts';
import { readService } from './service.ts';

/** Some milliseconds of work. */
const BUILT_IN_A_TURN = 100;

type LookedUp = 'pod' | 'service' | 'node';

/** Follows what one role needs in one namespace, '' for all. */
export class RoleView {
  readonly #following: Following;
  readonly #nodes: Reflector<KubernetesNode> | undefined;
  readonly #reflectors: Reflector<unknown>[] = [];
  readonly #build: (key: string) => ObjectTargets | undefined;
  readonly #exists: (key: string) => boolean;
  readonly #dirty = new Set<string>();
  readonly #groups = new Map<string, readonly TargetGroup[]>();
  /** Which objects looked up `pod ns/name`, and what each object looked up. */
  readonly #usersOf = new Map<string, Set<string>>();
  readonly #usedBy = new Map<string, ReadonlySet<string>>();

  /** `nodes` is shared with other views: its changes come by `nodeChanged`. */
  static start<T>(role: Role<T>, namespace: string, following: Following, nodes?: Reflector<KubernetesNode>): RoleView {
    return new RoleView(role as Role<unknown>, namespace, following, nodes);
  }

  private constructor(role: Role<unknown>, namespace: string, following: Following, nodes: Reflector<KubernetesNode> | undefined) {
    this.#following = following;
    this.#nodes = nodes;
    const hasBackends = role.kind === 'endpoints' || role.kind === 'endpointslice';
    const own = follow(role.kind, namespace, role.read, (key) => this.#touch(key), following);
    this.#reflectors.push(own);
    const pods = hasBackends ? this.#followUsed('pod', namespace, readPod) : undefined;
    const services = hasBackends ? this.#followUsed('service', namespace, readService) : undefined;
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

  /** A node of the shared list is another one now. */
  nodeChanged(name: string): void {
    this.#usedChanged('node', name);
  }

  /** Whether every list has come once. */
  get isSynced(): boolean {
    return this.#reflectors.every((reflector) => reflector.isSynced) && this.#nodes?.isSynced !== false;
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

  #followUsed<T>(kind: LookedUp, namespace: string, read: (object: Fields) => T): Reflector<T> {
    const reflector = follow(kind, namespace, read, (key) => this.#usedChanged(kind, key), this.#following);
    this.#reflectors.push(reflector as Reflector<unknown>);
    return reflector;
  }

  #usedChanged(kind: LookedUp, key: string): void {
    for (const user of this.#usersOf.get(`${kind} ${key}`) ?? []) this.#touch(user);
  }

  #touch(key: string): void {
    this.#dirty.add(key);
    this.#following.onUpdate();
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
