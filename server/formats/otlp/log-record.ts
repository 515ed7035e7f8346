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

/** Collects records into streams. */
export class LogStreams {
  readonly #entries = new Map<string, { readonly labels: Labels; readonly entries: LogEntry[] }>();
  readonly #resources = new Map<AttributeMap, { readonly labels: Labels; readonly metadata: readonly Pair[] }>();
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
    const { labels, metadata } = known;
    const entry = {
      timestampNs: record.timeNs || record.observedTimeNs || this.#nowNs,
      line: textOf(record.body),
      metadata: Labels.fromEntries([...metadata, ...metadataOf(record, context)]),
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

function splitResource(resource: AttributeMap): { readonly labels: Labels; readonly metadata: readonly Pair[] } {
  const labels: Pair[] = [];
  const metadata: Pair[] = [];
  for (const [name, value] of Object.entries(resource)) {
    if (LABEL_ATTRIBUTES.has(name)) labels.push([labelName(name), textOf(value)]);
    else metadata.push(...flatten(name, value));
  }
  if (!labels.some(([name, value]) => name === 'service_name' && value !== '')) labels.push(['service_name', UNKNOWN_SERVICE]);
  return { labels: Labels.fromEntries(labels), metadata };
}

function metadataOf(record: LogRecord, { scopeName, scopeVersion }: ItemContext): Pair[] {
  const { observedTimeNs, severityNumber, severityText, traceId, spanId, flags } = record;
  const pairs = Object.entries(record.attributes).flatMap(([name, value]) => flatten(name, value));
  pairs.push(
    ['scope_name', scopeName],
    ['scope_version', scopeVersion],
    ['severity_text', severityText],
    ['trace_id', traceId],
    ['span_id', spanId],
  );
  if (severityNumber !== 0) pairs.push(['severity_number', String(severityNumber)]);
  if (observedTimeNs !== 0n) pairs.push(['observed_timestamp', String(observedTimeNs)]);
  if (flags !== 0) pairs.push(['flags', String(flags)]);
  return pairs;
}

/** A map becomes one pair for each of its values, as in Loki: `user.id` of `{user: {id}}` is `user_id`. */
function flatten(name: string, value: AttributeValue): Pair[] {
  if (typeof value !== 'object' || Array.isArray(value)) return [[labelName(name), textOf(value)]];
  return Object.entries(value as AttributeMap).flatMap(([inner, item]) => flatten(`${name}_${inner}`, item));
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
