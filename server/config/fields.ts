// The kinds of values that upstream's files have, as zod schemas over `YamlValue`. A schema gives `undefined` where nothing is written;
// `.default()` and `.optional()` say what that means. Faults carry the value and the cure; their place is added by `ConfigFile`.
import { z } from 'zod';
import { messageOf } from '../model/app-error.ts';
import { parseDurationMs } from '../model/duration.ts';
import { isLabelName } from '../model/label-name.ts';
import { compileAnchored } from '../model/matcher.ts';
import { Secret } from '../model/secret.ts';
import { maskUserInfo } from './redact.ts';
import { describeValue, isYamlMap, PlainScalar, scalarText, type YamlMap, type YamlValue } from './yaml-file.ts';

const REQUIRED = 'is required, but missing';
const TRUE = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE']);
const FALSE = new Set(['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE']);
const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const WHOLE_NUMBER = /^[+-]?(\d[\d_]*(\.0*)?([eE]\+?\d+)?|0x[\da-fA-F]+)$/;

/** Any scalar as text, whatever YAML would take it for. */
export function text() {
  return scalar('a text', (value) => value);
}

/** A text that is not empty. */
export function filledText() {
  return checkedText((value) => (value === '' ? 'must not be empty' : undefined));
}

/** A text for which `fault` finds nothing to complain about. */
export function checkedText(fault: (value: string) => string | undefined) {
  return scalar('a text', (value) => {
    const message = fault(value);
    if (message !== undefined) throw new Error(message);
    return value;
  });
}

/** A text that is kept from logs and API answers. */
export function secret() {
  return scalar('a text', (value) => new Secret(value));
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  return scalar('a text', (value): Word => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new Error(`"${value}" is not one of ${words.join(', ')}`);
    return found;
  });
}

/** An unquoted boolean of YAML 1.1. */
export function flag() {
  return leaf((value): boolean => {
    if (!(value instanceof PlainScalar)) throw new Error(`want true or false, got ${describeValue(value)}`);
    if (TRUE.has(value.text)) return true;
    if (FALSE.has(value.text)) return false;
    throw new Error(`want true or false, got "${value.text}"`);
  });
}

/** An unquoted whole number from `min` up. */
export function wholeNumber(min = 0, max = Number.MAX_SAFE_INTEGER) {
  return leaf((value): number => {
    const number = value instanceof PlainScalar && WHOLE_NUMBER.test(value.text) ? Number(value.text.replaceAll('_', '')) : NaN;
    if (!Number.isSafeInteger(number)) throw new Error(`want a whole number, got ${describeValue(value)}`);
    if (number < min) throw new Error(`must be at least ${min}, not ${number}`);
    if (number > max) throw new Error(`must be at most ${max}, not ${number}`);
    return number;
  });
}

/** An unquoted number. */
export function number() {
  return leaf((value): number => {
    const parsed = value instanceof PlainScalar ? Number(value.text) : NaN;
    if (!Number.isFinite(parsed)) throw new Error(`want a number, got ${describeValue(value)}`);
    return parsed;
  });
}

/** A Prometheus duration in milliseconds. */
export function duration() {
  return scalar('a duration such as 30s', parseDurationMs);
}

/** A size in bytes: `15MB`, `1GiB`; units count in 1024s, as upstream. */
export function byteSize() {
  return scalar('a size such as 15MB', (value) => {
    if (value === '0') return 0;
    const parts = [...value.matchAll(/(\d+(?:\.\d+)?)([KMGTPE]?)i?B/gy)];
    if (value === '' || parts.map(([part]) => part).join('') !== value) {
      throw new Error(`not a valid size: "${value}" (write 500KB, 15MB or 1GB)`);
    }
    return Math.floor(parts.reduce((sum, [, count, unit]) => sum + Number(count) * 1024 ** BYTE_UNITS.indexOf(`${unit}B`), 0));
  });
}

/** An RE2 expression, which will be anchored. */
export function regexp() {
  return scalar('a regular expression', (value) => {
    compileAnchored(value);
    return value;
  });
}

/** A label name of Prometheus 3 (UTF-8). */
export function labelName() {
  return checkedText((value) => (isLabelName(value) ? undefined : `"${value}" is not a valid label name`));
}

/** An absolute http or https URL with a host. The value is not repeated in faults where it may hold a secret. */
export function httpUrl() {
  return checkedText(urlFault);
}

/** What is wrong with a text that should be an http or https URL. */
export function urlFault(value: string): string | undefined {
  // Stricter than browsers, which also take "http:host" and "http:///host".
  if (!URL.canParse(value) || !/^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(value))
    return `not a valid URL: "${maskUserInfo(value)}" (write http://host:port/path)`;
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `unsupported scheme "${url.protocol.slice(0, -1)}" for URL (use http or https)`;
  return undefined;
}

/** A map with any keys; values of one kind, keys checked by `keyFault`. */
export function mapOf<T>(value: z.ZodType<T>, keyFault: (key: string) => string | undefined = () => undefined) {
  return leaf((raw, context): Record<string, T> => {
    if (!isYamlMap(raw)) throw new Error(`want a map, got ${describeValue(raw)}`);
    const entries: [string, T][] = [];
    for (const [key, item] of Object.entries(raw)) {
      const fault = keyFault(key);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, path: [key] });
      const parsed = value.safeParse(item);
      if (parsed.success) entries.push([key, parsed.data]);
      else for (const issue of parsed.error.issues) context.addIssue({ ...issue, code: 'custom', path: [key, ...issue.path] });
    }
    return Object.fromEntries(entries);
  });
}

/** A map of label names to texts. */
export function labelMap() {
  return mapOf(text(), (name) => (isLabelName(name) ? undefined : `"${name}" is not a valid label name`));
}

/** A list whose items are of one kind; absent is empty. */
export function listOf<T>(item: z.ZodType<T>) {
  return z
    .unknown()
    .transform((raw, context): readonly unknown[] => {
      if (Array.isArray(raw)) return raw;
      context.addIssue({
        code: 'custom',
        message: `want a list, got ${describeValue(raw as YamlValue)} (write each item on a line with "- ")`,
      });
      return z.NEVER;
    })
    .pipe(z.array(item))
    .default([]);
}

/** A map of settings; unknown keys are faults, with the nearest known one. */
export function section<Shape extends z.ZodRawShape>(shape: Shape): z.ZodType<z.output<z.ZodObject<Shape>>> {
  const known = Object.keys(shape);
  const unknownKey = z.unknown().transform((_value, context) => {
    context.addIssue({ code: 'custom', message: 'unknown key', params: { known } });
    return z.NEVER;
  });
  const settings = z.object(shape).catchall(unknownKey);
  const checked = z.unknown().transform((raw, context): YamlMap => {
    if (isYamlMap(raw as YamlValue)) return raw as YamlMap;
    context.addIssue({
      code: 'custom',
      message: raw === undefined ? REQUIRED : `want a map of settings, got ${describeValue(raw as YamlValue)}`,
    });
    return z.NEVER;
  });
  return checked.pipe(settings as z.ZodType<unknown, YamlMap>) as unknown as z.ZodType<z.output<z.ZodObject<Shape>>>;
}

/** Upstream's settings that are known but without effect here: any value is taken. */
export function unused<const Key extends string>(keys: readonly Key[]): Record<Key, z.ZodOptional<z.ZodUnknown>> {
  return Object.fromEntries(keys.map((key) => [key, z.unknown().optional()])) as Record<Key, z.ZodOptional<z.ZodUnknown>>;
}

function scalar<T>(wanted: string, parse: (value: string) => T) {
  return leaf((raw): T => {
    const value = scalarText(raw);
    if (value === undefined) throw new Error(`want ${wanted}, got ${describeValue(raw)}`);
    return parse(value);
  });
}

function leaf<T>(parse: (raw: YamlValue, context: z.RefinementCtx) => T) {
  return z.unknown().transform((raw, context): T => {
    try {
      if (raw === undefined) throw new Error(REQUIRED);
      return parse(raw as YamlValue, context);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  });
}
