import type { RouteConfig } from '../config/alertmanager.ts';
import type { Labels } from '../model/labels.ts';
import { compileAll, formatMatchers } from './match.ts';

/** A node of the routing tree, ready to match. */
export interface Route {
  readonly config: RouteConfig;
  /** Alertmanager's key of the route: the matchers from the root, `{}/{severity="page"}`. */
  readonly key: string;
  /** Place in the tree, unique where keys are not: `0/2/1`. */
  readonly id: string;
  readonly matches: (labels: Labels) => boolean;
  readonly routes: readonly Route[];
}

/** Prepares a tree. Throws AppError `matcher.bad_regexp`. */
export function compileRoute(config: RouteConfig, parent?: Route, id = '0'): Route {
  const own = formatMatchers(config.matchers);
  const route = { config, key: parent ? `${parent.key}/${own}` : own, id, matches: compileAll(config.matchers), routes: [] };
  return { ...route, routes: config.routes.map((child, i) => compileRoute(child, route, `${id}/${i}`)) };
}

/** The routes that an alert takes: the deepest match of each branch, going on past a match only where `continue` says so. */
export function matchRoutes(route: Route, labels: Labels): Route[] {
  if (!route.matches(labels)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const matched = matchRoutes(child, labels);
    found.push(...matched);
    if (matched.length > 0 && !child.config.continue) break;
  }
  return found.length > 0 ? found : [route];
}

/** The labels that the alerts of one group share by definition. */
export function groupLabels({ groupBy, groupByAll }: RouteConfig, labels: Labels): Labels {
  return groupByAll ? labels : labels.keep(new Set(groupBy));
}
