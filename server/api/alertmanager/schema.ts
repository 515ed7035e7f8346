// Bodies of requests, checked as Alertmanager's generated server checks them, with its codes and texts.
import type { PostedAlert } from '../../alerting/inbox.ts';
import type { SilenceRequest } from '../../alerting/silence.ts';
import type { Matcher } from '../../model/matcher.ts';
import { SchemaError } from './errors.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

const MAX_ALERTS = 100_000;

/** The alerts of POST /api/v2/alerts. Throws SchemaError. */
export function readAlerts(body: unknown): PostedAlert[] {
  if (!Array.isArray(body)) throw unreadable('alerts', 'expected a list');
  if (body.length > MAX_ALERTS) throw new SchemaError(400, `${body.length} alerts in one request; at most ${MAX_ALERTS} are taken`);
  return body.map((item, i) => {
    const alert = recordAt(item, `${i}`, 'alerts');
    if (alert.labels === undefined || alert.labels === null) throw new SchemaError(602, `${i}.labels in body is required`);
    return {
      labels: textMap(alert.labels, 'alerts'),
      annotations: textMap(alert.annotations ?? {}, 'alerts'),
      startsAtMs: optionalTime(alert.startsAt, 'alerts'),
      endsAtMs: optionalTime(alert.endsAt, 'alerts'),
      generatorUrl: uri(alert.generatorURL, i),
    };
  });
}

/** The silence of POST /api/v2/silences. Throws SchemaError. */
export function readSilence(body: unknown): SilenceRequest {
  const silence = recordAt(body, '', 'silence');
  for (const name of ['comment', 'createdBy', 'endsAt', 'matchers', 'startsAt'])
    if (silence[name] === undefined || silence[name] === null) throw new SchemaError(602, `${name} in body is required`);
  if (!Array.isArray(silence.matchers)) throw unreadable('silence', 'matchers is not a list');
  if (silence.matchers.length === 0) throw new SchemaError(612, 'matchers in body should have at least 1 items');
  return {
    id: text(silence.id ?? '', 'silence'),
    comment: text(silence.comment, 'silence'),
    createdBy: text(silence.createdBy, 'silence'),
    startsAtMs: time(silence.startsAt, 'silence'),
    endsAtMs: time(silence.endsAt, 'silence'),
    matchers: silence.matchers.map(readMatcher),
  };
}

function readMatcher(value: unknown, i: number): Matcher {
  const matcher = recordAt(value, `matchers.${i}`, 'silence');
  for (const name of ['isRegex', 'name', 'value'])
    if (matcher[name] === undefined || matcher[name] === null) throw new SchemaError(602, `matchers.${i}.${name} in body is required`);
  const isEqual = matcher.isEqual !== false;
  const type = matcher.isRegex === true ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
  return { type, name: text(matcher.name, 'silence'), value: text(matcher.value, 'silence') };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id in a path. Throws SchemaError. */
export function readSilenceId(id: string): string {
  if (!UUID.test(id)) throw new SchemaError(601, `silenceID in path must be of type uuid: ${JSON.stringify(id)}`);
  return id;
}

function unreadable(what: string, reason: string): SchemaError {
  return new SchemaError(400, `parsing ${what} body from "" failed, because ${reason}`);
}

function recordAt(value: unknown, path: string, what: string): JsonRecord {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonRecord;
  throw unreadable(what, `${path === '' ? 'the body' : path} is not an object`);
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw unreadable(what, `${JSON.stringify(value)} is not a text`);
}

function textMap(value: unknown, what: string): Record<string, string> {
  const entries = Object.entries(recordAt(value, 'a label set', what));
  return Object.fromEntries(entries.map(([name, item]) => [name, text(item, what)]));
}

const TIME = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?)?$/;

function time(value: unknown, what: string): number {
  const timeMs = typeof value === 'string' && TIME.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw unreadable(what, `${JSON.stringify(value)} is not a time such as 2026-01-31T12:00:00Z`);
}

/** Go's zero time means that there is none. */
function optionalTime(value: unknown, what: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const timeMs = time(value, what);
  return timeMs <= Date.parse('0001-01-01T00:00:00Z') ? undefined : timeMs;
}

function uri(value: unknown, i: number): string {
  if (value === undefined || value === null || value === '') return '';
  if (typeof value === 'string' && (value.startsWith('/') || URL.canParse(value))) return value;
  throw new SchemaError(601, `${i}.generatorURL in body must be of type uri: ${JSON.stringify(value)}`);
}
