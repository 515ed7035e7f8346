/** How names beyond the letters of Prometheus 2 are written for readers that know only those. */
export type NameEscaping = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Whether Prometheus 2 would have taken it as a metric name. */
export function isLegacyName(name: string): boolean {
  return LEGACY_NAME.test(name);
}

/** A metric or label name in Prometheus' notation for that scheme. */
export function escapeName(name: string, scheme: NameEscaping): string {
  // With dots even plain names change, because their underscores do.
  if (name === '' || scheme === 'allow-utf-8' || (scheme !== 'dots' && isLegacyName(name))) return name;
  let escaped = scheme === 'values' ? 'U__' : '';
  let isFirst = true;
  for (const character of name) {
    const isPlain = /[a-zA-Z_:]/.test(character) || (!isFirst && /[0-9]/.test(character));
    escaped += scheme === 'underscores' ? (isPlain ? character : '_') : escapeCharacter(character, isPlain, scheme);
    isFirst = false;
  }
  return escaped;
}

function escapeCharacter(character: string, isPlain: boolean, scheme: 'dots' | 'values'): string {
  if (character === '_') return '__';
  if (isPlain) return character;
  if (scheme === 'dots') return character === '.' ? '_dot_' : '__';
  return `_${(character.codePointAt(0) as number).toString(16)}_`;
}
