// Readers for JSON that people wrote: a member of the wrong type reads as missing.

export type JsonRecord = Readonly<Record<string, unknown>>;

/** The value as an object; empty when it is none. */
export function asRecord(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {};
}

/** The value as a list; empty when it is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects in a list. */
export function asRecords(value: unknown): readonly JsonRecord[] {
  return asList(value).filter((item): item is JsonRecord => typeof item === 'object' && item !== null && !Array.isArray(item));
}

export function asText(value: unknown, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}

/** A text or a number as text. */
export function asWord(value: unknown, fallback = ''): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : asText(value, fallback);
}

/** A finite number, also from text that is one (old dashboards quote them). */
export function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Only the members that are defined, as `exactOptionalPropertyTypes` wants them. */
export function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
