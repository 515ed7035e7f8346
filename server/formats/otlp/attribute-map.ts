import type { AttributeValue } from '../../model/span.ts';

/** Attributes while they are being read. */
export type AttributeMap = Record<string, AttributeValue>;

/** How deep arrays and maps may be nested in an attribute. */
export const MAX_ATTRIBUTE_DEPTH = 32;

/** The name under which a resource tells its service. */
export const SERVICE_NAME = 'service.name';

/** Sets an attribute under any name at all; the last value of a name counts. */
export function setAttribute(map: AttributeMap, name: string, value: AttributeValue): void {
  if (name !== '__proto__') map[name] = value;
  // Assigning would change the object's prototype instead.
  else Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
}

/** `service.name` of a resource as text, '' when it has none. */
export function serviceOf(resource: Readonly<AttributeMap>): string {
  const name = resource[SERVICE_NAME];
  return typeof name === 'string' ? name : name === undefined || typeof name === 'object' ? '' : String(name);
}
