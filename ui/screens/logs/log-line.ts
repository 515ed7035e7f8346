// A line as people read it: its message first, then the other fields. Lines that are JSON or logfmt are taken apart here once, on arrival.
import type { LogLevel, LogLine } from '@alidade/sdk/schema';
import type { FieldSource } from './query-text.ts';

/** One named value of a line. */
export interface Field {
  /** As LogQL calls it after `| json`: nested names joined by "_". */
  readonly name: string;
  readonly value: string;
  readonly source: FieldSource;
  /** LogQL cannot ask for lists inside of JSON. */
  readonly isList: boolean;
}

export interface ReadLine {
  /** The same for the same line in every answer. */
  readonly key: string;
  readonly timeMs: number;
  readonly timestampNs: string;
  readonly level: LogLevel;
  /** As it was stored, without terminal colours. */
  readonly raw: string;
  /** What to read first; the whole line when it has no structure. */
  readonly message: string;
  /** Fields that go dimmed behind the message: of the line itself, without what other columns show. */
  readonly rest: readonly Field[];
  /** Stream labels, structured metadata, what the query parsed, what the line holds; each name once a source. */
  readonly fields: readonly Field[];
  readonly stream: Readonly<Record<string, string>>;
  readonly traceId: string | undefined;
}

const MESSAGE_NAMES = ['msg', 'message', 'log', 'body', 'event'];
const LEVEL_NAMES = new Set(['level', 'lvl', 'severity', 'loglevel', 'log_level', 'detected_level', 'levelname', 'severity_text']);
const TIME_NAMES = new Set(['time', 'ts', 'timestamp', '_timestamp', 'datetime', 'asctime', '_time']);
const TRACE_NAMES = new Set(['trace_id', 'traceid', 'traceID', 'traceId', 'otelTraceID', 'trace_trace_id', 'dd_trace_id']);
const TRACE_ID = /^[0-9a-f]{16}(?:[0-9a-f]{16})?$/i;
/** More fields than this of one line are not taken apart. */
const MOST_FIELDS = 200;
const MOST_DEPTH = 8;
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are told their colours with an escape
const TERMINAL_COLORS = /\u001b\[[0-9;]*m/g;

/** The line read; `repeat` counts lines that are the same in every respect. */
export function readLine(line: LogLine, repeat = 0): ReadLine {
  const raw = line.line.replace(TERMINAL_COLORS, '');
  const known = { ...line.metadata, ...line.stream };
  const own = ownFields(raw)
    .filter(({ name, value }) => known[name] !== value)
    .map((field) => (known[field.name] === undefined ? field : { ...field, name: `${field.name}${EXTRACTED}` }));
  const labels = fieldsOf(line.stream, 'label');
  const metadata = fieldsOf(line.metadata, 'metadata');
  const parsed = fieldsOf(line.parsed, 'parsed').filter((field) => !isRepeated(field, known));
  const fields = [...labels, ...metadata, ...parsed, ...own.filter(({ name }) => line.parsed[name] === undefined)];
  const message = MESSAGE_NAMES.map((name) => own.find((field) => field.name === name)).find((field) => field !== undefined);
  return {
    key: `${line.timestampNs}-${hashText(JSON.stringify(line.stream) + line.line)}${repeat === 0 ? '' : `-${repeat}`}`,
    timeMs: Number(line.timestampNs.slice(0, -6)),
    timestampNs: line.timestampNs,
    level: line.level,
    raw,
    message: message?.value ?? (own.length > 0 ? '' : raw),
    rest: own.filter((field) => field !== message && !isShownElsewhere(field)).sort((a, b) => restRank(a) - restRank(b)),
    fields: fields.filter(({ name }) => name !== 'detected_level'),
    stream: line.stream,
    traceId: fields.find(isTraceId)?.value,
  };
}

/** Whether a field holds the id of a trace. */
export function isTraceId({ name, value }: Field): boolean {
  return TRACE_NAMES.has(name) && TRACE_ID.test(value) && !/^0+$/.test(value);
}

/** The service that wrote a line: a label that the field's conventions know. */
export function serviceOf(line: ReadLine): { readonly name: string; readonly value: string } | undefined {
  for (const name of SERVICE_NAMES) {
    const value = line.fields.find((field) => field.name === name && field.value !== '')?.value;
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

/** Labels that name a service, the most usual first. */
export const SERVICE_NAMES: readonly string[] = ['service', 'service_name', 'app', 'job', 'application', 'container'];

/** Where a label or metadata has the name already, LogQL's parsers add this to it; the same value once more says nothing new. */
const EXTRACTED = '_extracted';

function isRepeated({ name, value }: Field, known: Readonly<Record<string, string>>): boolean {
  return name.endsWith(EXTRACTED) && known[name.slice(0, -EXTRACTED.length)] === value;
}

function isShownElsewhere({ name }: Field): boolean {
  return LEVEL_NAMES.has(name) || TIME_NAMES.has(name);
}

/** What went wrong first, then what was measured, then ids, then what takes many lines. */
function restRank({ name, value }: Field): number {
  if (value.includes('\n') || /(?:^|_)stack(?:_trace|trace)?$/i.test(name)) return 3;
  if (/^(?:err|error|exception|reason|cause)(?:_|$)/i.test(name)) return 0;
  return /(?:^|_)(?:id|uuid|pid|hostname)$|[a-z]Id$/.test(name) ? 2 : 1;
}

function fieldsOf(labels: Readonly<Record<string, string>>, source: FieldSource): Field[] {
  return Object.keys(labels)
    .sort()
    .map((name) => ({ name, value: labels[name] ?? '', source, isList: false }));
}

function ownFields(raw: string): Field[] {
  const text = raw.trim();
  if (text.startsWith('{')) return jsonFields(text);
  return logfmtFields(text);
}

function jsonFields(text: string): Field[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return []; // only looks like JSON: the line is shown as it is
  }
  const fields: Field[] = [];
  flatten(value, '', 0, fields);
  return fields;
}

/** Loki's `json`: nested names joined by "_", whatever no label may hold becomes "_". */
function flatten(value: unknown, prefix: string, depth: number, into: Field[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (into.length >= MOST_FIELDS) return;
    const name = labelName(prefix === '' ? key : `${prefix}_${key}`);
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner) && depth < MOST_DEPTH) flatten(inner, name, depth + 1, into);
    else into.push({ name, value: textOf(inner), source: 'json', isList: typeof inner === 'object' && inner !== null });
  }
}

function labelName(text: string): string {
  const name = text.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const PAIR = /([a-zA-Z_][\w.-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"=]*))(?=\s|$)/gy;

/** `level=info msg="two words" took=5ms`: only when the whole line is written so. */
function logfmtFields(text: string): Field[] {
  const fields: Field[] = [];
  PAIR.lastIndex = 0;
  for (;;) {
    const found = PAIR.exec(text);
    if (found === null || fields.length >= MOST_FIELDS) return [];
    const value = found[2] === undefined ? (found[3] ?? '') : found[2].replace(/\\(["\\])/g, '$1').replaceAll('\\n', '\n');
    fields.push({ name: labelName(found[1] ?? ''), value, source: 'logfmt', isList: false });
    while (text[PAIR.lastIndex] === ' ' || text[PAIR.lastIndex] === '\t') PAIR.lastIndex += 1;
    if (PAIR.lastIndex >= text.length) return fields.length > 1 ? fields : [];
  }
}

/** FNV-1a over UTF-16 units, in base 36: tells lines of one nanosecond apart. */
export function hashText(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}
