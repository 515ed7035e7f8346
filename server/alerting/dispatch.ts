import type { Clock } from '../model/clock.ts';
import type { Labels } from '../model/labels.ts';
import { AlertGroup, type GroupFlush } from './group.ts';
import type { KnownAlert } from './inbox.ts';
import { groupLabels, matchRoutes, type Route } from './route.ts';

/** Sorts alerts into groups along the routing tree. */
export class Dispatcher {
  readonly #root: Route;
  readonly #clock: Clock;
  readonly #onFlush: (group: AlertGroup, flush: GroupFlush) => Promise<boolean>;
  readonly #groups = new Map<string, AlertGroup>();

  constructor(root: Route, clock: Clock, onFlush: (group: AlertGroup, flush: GroupFlush) => Promise<boolean>) {
    this.#root = root;
    this.#clock = clock;
    this.#onFlush = onFlush;
  }

  groups(): readonly AlertGroup[] {
    return [...this.#groups.values()];
  }

  /** Names of the receivers that a label set reaches, in the order of the tree. */
  receiversOf(labels: Labels): string[] {
    return [...new Set(matchRoutes(this.#root, labels).map(({ config }) => config.receiver))];
  }

  dispatch(alert: KnownAlert): void {
    for (const route of matchRoutes(this.#root, alert.labels)) this.#groupFor(route, alert.labels).insert(alert);
  }

  /** Drops groups without alerts. */
  async clear(): Promise<void> {
    for (const [key, group] of this.#groups) {
      if (!group.isEmpty) continue;
      this.#groups.delete(key);
      await group.stop();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.stop()));
  }

  #groupFor(route: Route, labels: Labels): AlertGroup {
    const own = groupLabels(route.config, labels);
    const key = `${route.id}\n${own.key()}`;
    let group = this.#groups.get(key);
    if (!group) {
      const created: AlertGroup = new AlertGroup(route, own, this.#clock, (flush) => this.#onFlush(created, flush));
      group = created;
      this.#groups.set(key, group);
    }
    return group;
  }
}
