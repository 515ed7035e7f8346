// Templates of alertmanager.yml: `.Alerts`, `.GroupLabels`, … with upstream's functions and default templates.
import type { Clock } from '../model/clock.ts';
import { BUILTINS } from './builtins.ts';
import { goDuration } from './duration.ts';
import { executeTemplate } from './exec.ts';
import { humanizeDuration } from './humanize.ts';
import type { Tree } from './node.ts';
import { DEFAULT_TEMPLATES } from './notification-defaults.ts';
import { parseTemplate } from './parse.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import { formatGoTime, goTime, timeOf } from './time.ts';
import { ANY, type GoFunction, type GoList, type GoMap, type GoValue, stringList, stringMap, struct, toStrings } from './value.ts';

type StringMap = Readonly<Record<string, string>>;
type Status = 'firing' | 'resolved';

/** One alert of a notification. */
export interface TemplateAlert {
  readonly status: Status;
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly generatorUrl: string;
  readonly fingerprint: string;
}

/** What upstream's documentation calls the notification template's Data. */
export interface NotificationData {
  readonly receiver: string;
  readonly status: Status;
  readonly alerts: readonly TemplateAlert[];
  /** Why it is sent, in upstream's words: "first notification". */
  readonly reason: string;
  readonly groupLabels: StringMap;
  readonly commonLabels: StringMap;
  readonly commonAnnotations: StringMap;
  readonly externalUrl: string;
}

/** Expands the texts of receivers. */
export interface NotificationTemplates {
  /** Throws AppError `template.parse`, `template.exec` or `template.too_large`. */
  expand(text: string, data: NotificationData): string;
}

/** The default templates, and `files` over them. Throws AppError `template.parse` for the first file that is no template. */
export function createNotificationTemplates(
  files: readonly { readonly file: string; readonly text: string }[],
  clock: Clock,
): NotificationTemplates {
  const shared = new Map<string, Tree>(parseNotificationTemplate('default.tmpl', DEFAULT_TEMPLATES));
  for (const { file, text } of files)
    for (const [name, tree] of parseNotificationTemplate(file.replace(/^.*[\\/]/, ''), text)) shared.set(name, tree);
  const functions: Readonly<Record<string, GoFunction>> = { ...FUNCTIONS, ...clockFunctions(clock) };
  const functionOf = (name: string) => (Object.hasOwn(functions, name) ? functions[name] : undefined);
  return {
    expand(text, data) {
      if (!text.includes('{{')) return text;
      const trees = new Map([...shared, ...parseNotificationTemplate('', text)]);
      return executeTemplate({ trees, functionOf, missingKey: 'zero' }, '', toValue(data));
    },
  };
}

/** Parses a template of alertmanager.yml. Throws AppError `template.parse`. */
export function parseNotificationTemplate(name: string, text: string): Map<string, Tree> {
  return parseTemplate(
    name,
    text,
    (word) => Object.hasOwn(FUNCTIONS, word) || word === 'since' || word === 'now' || Object.hasOwn(BUILTINS, word),
  );
}

function toValue(data: NotificationData): GoValue {
  return struct('*template.Data', {
    Receiver: data.receiver,
    Status: data.status,
    Alerts: alertList(data.alerts),
    NotificationReason: data.reason,
    GroupLabels: keyValues(data.groupLabels),
    CommonLabels: keyValues(data.commonLabels),
    CommonAnnotations: keyValues(data.commonAnnotations),
    ExternalURL: data.externalUrl,
  });
}

function alertList(alerts: readonly TemplateAlert[]): GoList {
  const having = (status: Status): GoFunction => ({ params: [], call: () => alertList(alerts.filter((alert) => alert.status === status)) });
  return {
    kind: 'list',
    type: 'template.Alerts',
    items: alerts.map((alert) =>
      struct('template.Alert', {
        Status: alert.status,
        Labels: keyValues(alert.labels),
        Annotations: keyValues(alert.annotations),
        StartsAt: goTime(alert.startsAtMs),
        EndsAt: goTime(alert.endsAtMs),
        GeneratorURL: alert.generatorUrl,
        Fingerprint: alert.fingerprint,
      }),
    ),
    methods: { Firing: having('firing'), Resolved: having('resolved') },
  };
}

/** Upstream's KV: pairs are sorted by name, the alert's name first. */
function keyValues(object: StringMap): GoMap {
  const names = Object.keys(object).sort((a, b) => Number(b === 'alertname') - Number(a === 'alertname') || (a < b ? -1 : 1));
  const text = () => pairText(object, names);
  const map = stringMap(object, 'template.KV', {
    SortedPairs: { params: [], call: () => pairs(object, names) },
    Names: { params: [], call: () => stringList(names) },
    Values: { params: [], call: () => stringList(names.map((name) => object[name] as string)) },
    Remove: {
      params: ['[]string'],
      call: (removed) => {
        const isRemoved = new Set(toStrings(removed));
        return keyValues(Object.fromEntries(Object.entries(object).filter(([name]) => !isRemoved.has(name))));
      },
    },
    String: { params: [], call: text },
  });
  return { ...map, text };
}

function pairs(object: StringMap, names: readonly string[]): GoList {
  return {
    kind: 'list',
    type: 'template.Pairs',
    items: names.map((name) => struct('template.Pair', { Name: name, Value: object[name] })),
    text: () => pairText(object, names),
    methods: {
      Names: { params: [], call: () => stringList(names) },
      Values: { params: [], call: () => stringList(names.map((name) => object[name] as string)) },
      String: { params: [], call: () => pairText(object, names) },
    },
  };
}

function pairText(object: StringMap, names: readonly string[]): string {
  return names.map((name) => `${name}=${object[name]}`).join(', ');
}

const onText = (call: (text: string) => GoValue): GoFunction => ({ params: ['string'], call: (text) => call(text as string) });

const FUNCTIONS: Readonly<Record<string, GoFunction>> = {
  ...TEXT_FUNCTIONS,
  trimSpace: onText((text) => text.trim()),
  safeUrl: onText((text) => text),
  urlUnescape: onText((text) => decodeURIComponent(text.replaceAll('+', ' '))),
  join: { params: ['string', '[]string'], call: (separator, list) => toStrings(list).join(separator as string) },
  stringSlice: { params: [], variadic: 'string', call: (...texts) => stringList(texts as string[]) },
  list: { params: [], variadic: ANY, call: (...items) => ({ kind: 'list', type: '[]interface {}', items }) },
  toJson: { params: [ANY], call: (value) => JSON.stringify(toPlain(value)) },
  humanizeDuration: { params: [ANY], call: humanizeDuration },
  date: { params: ['string', 'time.Time'], call: (layout, time) => formatGoTime(timeOf(time), zoneOf(time), layout as string) },
  tz: { params: ['string', 'time.Time'], call: (zone, time) => goTime(timeOf(time), zone as string) },
};

function clockFunctions(clock: Clock): Record<string, GoFunction> {
  return {
    now: { params: [], call: () => goTime(clock.nowMs()) },
    since: { params: ['time.Time'], call: (time) => goDuration(BigInt(Math.round(clock.nowMs() - timeOf(time))) * 1_000_000n) },
  };
}

function zoneOf(time: GoValue): string {
  return typeof time === 'object' && 'zone' in time ? (time.zone as string) : 'UTC';
}

/** A value as JSON carries it; times as RFC 3339. */
function toPlain(value: GoValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === undefined) return null;
  if (typeof value !== 'object') return value;
  switch (value.kind) {
    case 'list':
      return value.items.map(toPlain);
    case 'map':
      return Object.fromEntries([...value.entries].map(([name, entry]) => [name, toPlain(entry)]));
    case 'duration':
      return Number(value.ns);
    case 'struct':
      if (value.type === 'time.Time') return formatGoTime(timeOf(value), zoneOf(value), '2006-01-02T15:04:05.999999999Z07:00');
      return Object.fromEntries(
        [...value.fields].map(([name, field]) => [`${(name[0] as string).toLowerCase()}${name.slice(1)}`, toPlain(field)]),
      );
  }
}
