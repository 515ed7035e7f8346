import type { Attributes, AttributeValue } from '../../model/span.ts';
import type { Field, Intrinsic } from '../parse/ast.ts';
import type { SpanNode } from './trace-tree.ts';

/** Several values of one field: a span has many events and links, and any of them may match. */
export class ManyValues {
  readonly values: readonly Value[];

  constructor(values: readonly Value[]) {
    this.values = values;
  }
}

/** What a field of a span holds; undefined = nil. Durations are nanoseconds, status and kind are their words. */
export type Value = AttributeValue | undefined;
export type FieldReader = (node: SpanNode) => Value | ManyValues;

/** How a field is read from a span. */
export function compileField(field: Field): FieldReader {
  if (field.scope === 'intrinsic') return INTRINSICS[field.name];
  const read = compileAttribute(field.scope, field.name);
  return field.ofParent ? (node) => node.parent && read(node.parent) : read;
}

function compileAttribute(scope: Exclude<Field, { scope: 'intrinsic' }>['scope'], name: string): FieldReader {
  switch (scope) {
    case 'span':
      return ({ span }) => attribute(span.attributes, name);
    case 'resource':
      return ({ span }) => attribute(span.resource, name);
    case 'any':
      return ({ span }) => attribute(span.attributes, name) ?? attribute(span.resource, name);
    case 'event':
      return ({ span }) => many(span.events.map((event) => attribute(event.attributes, name)));
    case 'link':
      return ({ span }) => many(span.links.map((link) => attribute(link.attributes, name)));
  }
}

const INTRINSICS: Readonly<Record<Intrinsic, FieldReader>> = {
  name: ({ span }) => span.name,
  status: ({ span }) => span.status,
  statusMessage: ({ span }) => span.statusMessage,
  kind: ({ span }) => span.kind,
  duration: ({ span }) => span.endNs - span.startNs,
  childCount: (node) => BigInt(node.children.length),
  // Only ever compared with nil.
  parent: (node) => (node.parent ? true : undefined),
  nestedSetLeft: (node) => BigInt(node.nestedSetLeft),
  nestedSetRight: (node) => BigInt(node.nestedSetRight),
  nestedSetParent: ({ span, parent }) => BigInt(parent ? parent.nestedSetLeft : span.parentSpanId === '' ? -1 : 0),
  spanId: ({ span }) => span.spanId,
  parentId: ({ span }) => textOrNil(span.parentSpanId),
  rootName: ({ trace }) => trace.root?.name,
  rootServiceName: ({ trace }) => trace.root?.service,
  traceDuration: ({ trace }) => trace.endNs - trace.startNs,
  traceId: ({ trace }) => trace.traceId,
  scopeName: ({ span }) => textOrNil(span.scopeName),
  scopeVersion: ({ span }) => textOrNil(span.scopeVersion),
  eventName: ({ span }) => many(span.events.map((event) => event.name)),
  eventTimeSinceStart: ({ span }) => many(span.events.map((event) => event.timeNs - span.startNs)),
  linkTraceId: ({ span }) => many(span.links.map((link) => link.traceId)),
  linkSpanId: ({ span }) => many(span.links.map((link) => link.spanId)),
};

function attribute(attributes: Attributes, name: string): Value {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

function many(values: readonly Value[]): ManyValues | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length > 0 ? new ManyValues(present) : undefined;
}

function textOrNil(text: string): string | undefined {
  return text === '' ? undefined : text;
}
