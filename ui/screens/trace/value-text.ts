import type { AttributeJson } from '@alidade/sdk/schema';

/** An attribute's value as text; lists and objects as JSON. */
export function valueText(value: AttributeJson): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
