import { INTRINSICS, type Intrinsic } from './ast.ts';

/** What a value is, as far as the text of a query tells; attributes may be anything. */
export type ValueType = 'string' | 'number' | 'bool' | 'status' | 'kind' | 'nil' | 'any';

const SCOPED: Readonly<Record<string, Intrinsic>> = {
  'span:name': 'name',
  'span:status': 'status',
  'span:statusMessage': 'statusMessage',
  'span:kind': 'kind',
  'span:duration': 'duration',
  'span:childCount': 'childCount',
  'span:id': 'spanId',
  'span:parentID': 'parentId',
  'trace:rootName': 'rootName',
  'trace:rootService': 'rootServiceName',
  'trace:duration': 'traceDuration',
  'trace:id': 'traceId',
  'instrumentation:name': 'scopeName',
  'instrumentation:version': 'scopeVersion',
  'event:name': 'eventName',
  'event:timeSinceStart': 'eventTimeSinceStart',
  'link:traceID': 'linkTraceId',
  'link:spanID': 'linkSpanId',
};
const BARE: readonly Intrinsic[] = INTRINSICS.slice(0, INTRINSICS.indexOf('spanId')).concat('rootName', 'rootServiceName', 'traceDuration');
const TYPES: Readonly<Partial<Record<Intrinsic, ValueType>>> = {
  status: 'status',
  kind: 'kind',
  parent: 'nil',
  ...Object.fromEntries(
    ['duration', 'childCount', 'nestedSetLeft', 'nestedSetRight', 'nestedSetParent', 'traceDuration', 'eventTimeSinceStart'].map((name) => [
      name,
      'number',
    ]),
  ),
};

/** Every spelling of an intrinsic, for completion. */
export const INTRINSIC_NAMES: readonly string[] = [...BARE, ...Object.keys(SCOPED)];

/** The intrinsic that a word of a query names. */
export function intrinsicOf(word: string): Intrinsic | undefined {
  return Object.hasOwn(SCOPED, word) ? SCOPED[word] : BARE.find((name) => name === word);
}

/** The type of an intrinsic; `parent` is only ever compared with nil. */
export function typeOfIntrinsic(name: Intrinsic): ValueType {
  return TYPES[name] ?? 'string';
}
