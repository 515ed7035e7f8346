import { compileAnchored } from '../model/matcher.ts';
import type { AttributeValue, Span } from '../model/span.ts';
import { type ComparisonOp, isOrdered } from './span-fields.ts';
import type { SpanField, SpanFilter } from './store.ts';

type Scalar = string | number | boolean | bigint;

/** A test of one span, with the rules of SpanCondition. Throws AppError `matcher.bad_regexp` for an expression that does not compile. */
export function compileSpanFilter(filter: SpanFilter): (span: Span) => boolean {
  if ('all' in filter) {
    const tests = filter.all.map(compileSpanFilter);
    return (span) => tests.every((test) => test(span));
  }
  if ('any' in filter) {
    const tests = filter.any.map(compileSpanFilter);
    return (span) => tests.some((test) => test(span));
  }
  const read = spanFieldReader(filter.field);
  if (filter.op === 'exists') return (span) => read(span) !== undefined;
  if (filter.op === 'absent') return (span) => read(span) === undefined;
  const test = compileComparison(filter.op, filter.value);
  return (span) => {
    const value = read(span);
    return value !== undefined && isScalar(value) && test(value);
  };
}

/** The value of a field, undefined where the span has none. */
export function spanFieldReader(field: SpanField): (span: Span) => AttributeValue | undefined {
  if (field.scope === 'intrinsic') return INTRINSICS[field.name];
  const { name, scope } = field;
  if (scope === 'span') return (span) => own(span.attributes, name);
  if (scope === 'resource') return (span) => own(span.resource, name);
  return (span) => own(span.attributes, name) ?? own(span.resource, name);
}

type Intrinsic = Extract<SpanField, { scope: 'intrinsic' }>['name'];
const INTRINSICS: Readonly<Record<Intrinsic, (span: Span) => AttributeValue | undefined>> = {
  name: (span) => span.name,
  // The one that a span may lack.
  service: (span) => (span.service === '' ? undefined : span.service),
  status: (span) => span.status,
  statusMessage: (span) => span.statusMessage,
  kind: (span) => span.kind,
  duration: (span) => span.endNs - span.startNs,
};

function own(attributes: Readonly<Record<string, AttributeValue>>, name: string): AttributeValue | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

function isScalar(value: AttributeValue): value is Scalar {
  return typeof value !== 'object';
}

function compileComparison(op: ComparisonOp, wanted: Scalar): (value: Scalar) => boolean {
  if (op === '=~' || op === '!~') {
    const pattern = compileAnchored(String(wanted));
    return (value) => typeof value === 'string' && pattern.matches(value) === (op === '=~');
  }
  const isWantedType = typeGroup(wanted);
  // Truth has no order.
  if (isWantedType === 'boolean' && op !== '=' && op !== '!=') return () => false;
  return (value) => typeGroup(value) === isWantedType && isOrdered(op, compare(value, wanted));
}

/** Integers and doubles are one type. */
function typeGroup(value: Scalar): string {
  return typeof value === 'bigint' ? 'number' : typeof value;
}

/** The order of two values of one type, texts by their bytes; NaN when they have none. */
function compare(a: Scalar, b: Scalar): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a < b) return -1;
  if (a > b) return 1;
  return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : 0;
}
