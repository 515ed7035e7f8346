// Reads what an API server sent, whatever it is: what is absent or of another kind is empty, as Go's decoder leaves it.

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

const NOTHING: Fields = Object.freeze({});

/** An object; empty for anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : NOTHING;
}

/** An object, or undefined where there is none. */
export function maybeFields(value: unknown): Fields | undefined {
  const fields = fieldsOf(value);
  return fields === NOTHING ? undefined : fields;
}

/** The items of a list; none for anything else. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text; '' for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A text, or undefined where there is none. */
export function maybeText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A boolean, or undefined where there is none. */
export function maybeFlag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** A whole number, or undefined where there is none. */
export function maybeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** The texts of a map of texts. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(fieldsOf(value))) if (typeof text === 'string') texts[key] = text;
  return texts;
}
