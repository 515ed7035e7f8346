/** A field's name as a label: what is no letter, digit or underscore becomes `_`, a digit in front gets one before it. */
export function sanitizeKey(key: string, isFirst: boolean): string {
  const name = key.trim().replace(/[^a-zA-Z0-9_]/gu, '_');
  return isFirst && /^[0-9]/.test(name) ? `_${name}` : name;
}

/** What parsers put behind a name that the stream or the metadata has already. */
export const DUPLICATE_SUFFIX = '_extracted';
