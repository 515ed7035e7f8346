import type { AttributeValue } from '../model/span.ts';
import { attributeText } from './attribute-text.ts';
import type { SpanField, SpanTagValue } from './store.ts';

/** A value of `field` as tag answers give it. */
export function tagValueOf(field: SpanField, value: AttributeValue): SpanTagValue {
  if (field.scope === 'intrinsic') {
    if (field.name === 'duration') return { type: 'duration', value: String(value) };
    if (field.name === 'status' || field.name === 'kind') return { type: 'keyword', value: String(value) };
  }
  return { type: typeOf(value), value: attributeText(value) };
}

function typeOf(value: AttributeValue): SpanTagValue['type'] {
  switch (typeof value) {
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    case 'boolean':
      return 'bool';
    default:
      return 'string';
  }
}
