import { z } from 'zod';
import { isLabelName } from '../model/label-name.ts';
import type { Matcher } from '../model/matcher.ts';
import type { RouteConfig } from './alertmanager.ts';
import { parseMatchers } from './alertmanager-matchers.ts';
import type { ConfigFile } from './config-file.ts';
import { checkedText, duration, flag, listOf, mapOf, regexp, section, text } from './fields.ts';
import { didYouMean } from './problem.ts';
import type { YamlPath } from './yaml-file.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const ROOT_TIMES = { groupWaitMs: 30 * SECOND_MS, groupIntervalMs: 5 * MINUTE_MS, repeatIntervalMs: 240 * MINUTE_MS };

/** One text of `matchers:`. Faults belong to its line, so the text is kept and parsed again when the route is built. */
export const matcherText = checkedText((written) => {
  parseMatchers(written);
  return undefined;
});
/** What is wrong with a label name as a key of `match` and its like. */
export const labelKey = (name: string) =>
  /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? undefined : `invalid label name "${name}" (other names belong in matchers)`;

const routeSection = section({
  receiver: text().default(''),
  // An empty list is not the same as none: it ends what is inherited.
  group_by: listOf(text()).unwrap().optional(),
  group_wait: duration().optional(),
  group_interval: duration().optional(),
  repeat_interval: duration().optional(),
  match: mapOf(text(), labelKey).default({}),
  match_re: mapOf(regexp(), labelKey).default({}),
  matchers: listOf(matcherText),
  continue: flag().default(false),
  mute_time_intervals: listOf(text()),
  active_time_intervals: listOf(text()),
  routes: z.unknown().optional(),
});

/** Names that routes may refer to. */
export interface RouteNames {
  readonly receivers: ReadonlySet<string>;
  readonly timeIntervals: ReadonlySet<string>;
}

/** The routing tree with everything inherited filled in; undefined when the root has faults, which are then among the file's problems. */
export function readRootRoute(file: ConfigFile, names: RouteNames): RouteConfig | undefined {
  if (!file.has(['route'])) {
    file.error(['route'], 'no route provided in config; write at least route: {receiver: NAME}');
    return undefined;
  }
  if ((file.text(['route', 'receiver']) ?? '') === '') file.error(['route'], 'root route must specify a default receiver');
  for (const key of ['match', 'match_re', 'matchers']) {
    if (file.keys(['route', key]).length + file.items(['route', key]).length > 0)
      file.error(['route', key], 'root route must not have any matchers');
  }
  if (file.items(['route', 'mute_time_intervals']).length > 0)
    file.error(['route', 'mute_time_intervals'], 'root route must not have any mute time intervals');
  if (file.items(['route', 'active_time_intervals']).length > 0)
    file.error(['route', 'active_time_intervals'], 'root route must not have any active time intervals');
  if (flag().safeParse(file.get(['route', 'continue'])).data) file.error(['route', 'continue'], 'cannot have continue in root route');
  return readRoute(file, ['route'], names, undefined);
}

function readRoute(file: ConfigFile, path: YamlPath, names: RouteNames, parent: RouteConfig | undefined): RouteConfig | undefined {
  const settings = file.read(routeSection, path);
  checkRoute(file, path, names);
  if (file.has([...path, 'routes']) && !Array.isArray(file.get([...path, 'routes']))) file.read(listOf(z.unknown()), [...path, 'routes']);
  const own = settings && toRoute(settings, parent);
  // Below a faulty route the others are still read, for their faults.
  const routes = file.items([...path, 'routes']).map((item) => readRoute(file, item, names, own ?? parent));
  return own && { ...own, routes: routes.filter((route) => route !== undefined) };
}

function checkRoute(file: ConfigFile, path: YamlPath, names: RouteNames): void {
  const receiver = file.text([...path, 'receiver']) ?? '';
  if (receiver !== '' && !names.receivers.has(receiver)) {
    file.error([...path, 'receiver'], `undefined receiver "${receiver}" used in route${didYouMean(receiver, [...names.receivers])}`);
  }
  const groupBy = file.items([...path, 'group_by']);
  const labels = groupBy.map((item) => file.text(item) ?? '');
  if (labels.includes('...') && labels.length > 1) {
    file.error([...path, 'group_by'], 'cannot have wildcard group_by (`...`) and other labels at the same time');
  }
  for (const [i, label] of labels.entries()) {
    if (!isLabelName(label)) file.error(groupBy[i] ?? path, `invalid label name "${label}" in group_by list`);
    else if (labels.indexOf(label) !== i) file.error(groupBy[i] ?? path, `duplicated label "${label}" in group_by`);
  }
  for (const key of ['group_interval', 'repeat_interval']) {
    const place = [...path, key];
    if (file.has(place) && duration().safeParse(file.get(place)).data === 0) file.error(place, `${key} cannot be zero`);
  }
  for (const key of ['mute_time_intervals', 'active_time_intervals']) {
    for (const item of file.items([...path, key])) {
      const name = file.text(item) ?? '';
      if (!names.timeIntervals.has(name)) {
        file.error(item, `undefined time interval "${name}" used in route${didYouMean(name, [...names.timeIntervals])}`);
      }
    }
  }
}

function toRoute(settings: z.output<typeof routeSection>, parent: RouteConfig | undefined): RouteConfig {
  const grouping = settings.group_by && {
    groupBy: settings.group_by.filter((label) => label !== '...'),
    groupByAll: settings.group_by.includes('...'),
  };
  return {
    receiver: settings.receiver === '' ? (parent?.receiver ?? '') : settings.receiver,
    ...(grouping ?? { groupBy: parent?.groupBy ?? [], groupByAll: parent?.groupByAll ?? false }),
    groupWaitMs: settings.group_wait ?? (parent ?? ROOT_TIMES).groupWaitMs,
    groupIntervalMs: settings.group_interval ?? (parent ?? ROOT_TIMES).groupIntervalMs,
    repeatIntervalMs: settings.repeat_interval ?? (parent ?? ROOT_TIMES).repeatIntervalMs,
    matchers: toMatchers(settings.match, settings.match_re, settings.matchers),
    continue: settings.continue,
    muteTimeIntervals: settings.mute_time_intervals,
    activeTimeIntervals: settings.active_time_intervals,
    routes: [],
  };
}

/** The three ways to write matchers as one list; all of them must match. Those of `match_re` show their anchors, as upstream's group keys do. */
export function toMatchers(
  match: Readonly<Record<string, string>>,
  matchRe: Readonly<Record<string, string>>,
  matchers: readonly string[],
): Matcher[] {
  return [
    ...Object.entries(match).map(([name, value]): Matcher => ({ type: '=', name, value })),
    ...Object.entries(matchRe).map(([name, value]): Matcher => ({ type: '=~', name, value: `^(?:${value})$` })),
    ...matchers.flatMap(parseMatchers),
  ];
}
