// Log records of OpenTelemetry as lines, the way Loki's OTLP endpoint makes them: a few attributes of the resource are the labels of
// the stream, everything else is structured metadata, the body is the line.
import { Labels } from '../../model/labels.ts';
import type { LogEntry, LogStream } from '../../model/log-entry.ts';
import type { AttributeValue } from '../../model/span.ts';
import { type AttributeMap, SERVICE_NAME } from './attribute-map.ts';
import type { ItemContext } from './export-request.ts';

/** One log record as it was sent; '' and 0 where it says nothing. */
export interface LogRecord {
  readonly timeNs: bigint;
  readonly observedTimeNs: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AttributeValue;
  readonly attributes: AttributeMap;
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

/** Attributes of the resource that Loki makes labels by default. */
const LABEL_ATTRIBUTES: ReadonlySet<string> = new Set([
  SERVICE_NAME,
  ...['service.namespace', 'service.instance.id', 'deployment.environment', 'deployment.environment.name'],
  ...['cloud.region', 'cloud.availability_zone', 'container.name'],
  ...['cluster', 'namespace', 'pod', 'container', 'node', 'job'].map((name) => `k8s.${name}.name`),
  ...['k8s.replicaset.name', 'k8s.deployment.name', 'k8s.statefulset.name', 'k8s.daemonset.name', 'k8s.cronjob.name'],
]);
const UNKNOWN_SERVICE = 'unknown_service';
// More than a line may have (receive/log-checks.ts): enough to be refused for, too little to fill memory when a few bytes of a request
// stand for a long name again and again.
const MAX_PAIRS = 160;
const MAX_CHARACTERS = 80 * 1024;

/** Collects records into streams. */
export class LogStreams {
  readonly #entries = new Map<string, { readonly labels: Labels; readonly entries: LogEntry[] }>();
  readonly #resources = new Map<AttributeMap, ResourceParts>();
  readonly #nowNs: bigint;

  /** `nowNs` is the time of records that have none. */
  constructor(nowNs: bigint) {
    this.#nowNs = nowNs;
  }

  add(record: LogRecord, context: ItemContext): void {
    let known = this.#resources.get(context.resource);
    if (!known) {
      known = splitResource(context.resource);
      this.#resources.set(context.resource, known);
    }
    const { labels, metadata, full } = known;
    const entry = {
      timestampNs: record.timeNs || record.observedTimeNs || this.#nowNs,
      line: textOf(record.body),
      metadata: full ?? Labels.fromEntries(metadataOf(record, context, metadata)),
    };
    const stream = this.#entries.get(labels.key());
    if (stream) stream.entries.push(entry);
    else this.#entries.set(labels.key(), { labels, entries: [entry] });
  }

  streams(): LogStream[] {
    return [...this.#entries.values()];
  }
}

type Pair = readonly [name: string, value: string];

interface ResourceParts {
  readonly labels: Labels;
  readonly metadata: readonly Pair[];
  /** Set when the resource alone is more than a line may have: one for all of its lines. */
  readonly full: Labels | undefined;
}

/** Pairs for as long as there is room; what is left out is too much anyway. */
class Pairs {
  readonly list: Pair[];
  #characters = 0;

  constructor(list: readonly Pair[] = []) {
    this.list = [...list];
  }

  get isFull(): boolean {
    return this.list.length >= MAX_PAIRS || this.#characters >= MAX_CHARACTERS;
  }

  add(name: string, value: string): void {
    if (this.isFull || value === '') return;
    this.list.push([name, value]);
    this.#characters += name.length + value.length;
  }

  /** A map becomes one pair for each of its values, as in Loki: `user.id` of `{user: {id}}` is `user_id`. */
  addValue(name: string, value: AttributeValue): void {
    if (this.isFull) return;
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.add(labelName(name), textOf(value));
      return;
    }
    const map = value as AttributeMap;
    for (const inner in map) {
      if (this.isFull) return;
      this.addValue(`${name}_${inner}`, map[inner] as AttributeValue);
    }
  }
}

function splitResource(resource: AttributeMap): ResourceParts {
  const labels: Pair[] = [];
  const metadata = new Pairs();
  for (const name in resource) {
    const value = resource[name] as AttributeValue;
    if (LABEL_ATTRIBUTES.has(name)) labels.push([labelName(name), textOf(value)]);
    else metadata.addValue(name, value);
  }
  if (!labels.some(([name, value]) => name === 'service_name' && value !== '')) labels.push(['service_name', UNKNOWN_SERVICE]);
  const full = metadata.isFull ? Labels.fromEntries(metadata.list) : undefined;
  return { labels: Labels.fromEntries(labels), metadata: metadata.list, full };
}

function metadataOf(record: LogRecord, { scopeName, scopeVersion }: ItemContext, ofResource: readonly Pair[]): readonly Pair[] {
  const { observedTimeNs, severityNumber, severityText, traceId, spanId, flags } = record;
  const pairs = new Pairs(ofResource);
  for (const name in record.attributes) pairs.addValue(name, record.attributes[name] as AttributeValue);
  pairs.add('scope_name', scopeName);
  pairs.add('scope_version', scopeVersion);
  pairs.add('severity_text', severityText);
  pairs.add('trace_id', traceId);
  pairs.add('span_id', spanId);
  if (severityNumber !== 0) pairs.add('severity_number', String(severityNumber));
  if (observedTimeNs !== 0n) pairs.add('observed_timestamp', String(observedTimeNs));
  if (flags !== 0) pairs.add('flags', String(flags));
  return pairs.list;
}

/** Prometheus' rule for names that are not labels yet: what is no letter, digit or underscore becomes an underscore. */
function labelName(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_]/g, '_');
  return /^\d/.test(clean) ? `key_${clean}` : clean;
}

function textOf(value: AttributeValue): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? bigIntToJson(inner) : inner));
}

/** JSON numbers beyond what a double holds would be changed on the way. */
function bigIntToJson(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}
