/** A value as JSON has it; members that are undefined are not written. */
export type Json = { readonly [key: string]: unknown };

/** The members of `value` that are defined, in their order. */
export function defined(value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
