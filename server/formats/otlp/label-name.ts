/** How names of attributes become names of labels. */
export interface LabelNaming {
  /** In the letters of Prometheus 2, everything else an underscore. */
  readonly escapes: boolean;
  /** `key_` before a name that begins with one underscore. */
  readonly prefixesUnderscore: boolean;
  /** Underscores in a row stay as many as they are. */
  readonly keepsUnderscores: boolean;
}

const RESERVED = /^__(.*)__$/s;

/** The name of the label for an attribute; undefined when nothing of its name would be left, or Prometheus keeps it for itself. */
export function labelName(attribute: string, { escapes, prefixesUnderscore, keepsUnderscores }: LabelNaming): string | undefined {
  if (attribute === '') return undefined;
  if (!escapes) return isOnlyUnderscores(attribute) ? undefined : attribute;
  const clean = (text: string) => text.replace(keepsUnderscores ? /[^A-Za-z0-9_]/gu : /[^A-Za-z0-9]+/g, '_');
  const [, reserved] = RESERVED.exec(attribute) ?? [];
  let name = reserved === undefined ? clean(attribute) : `__${clean(reserved)}__`;
  if (/^\d/.test(name)) name = `key_${name}`;
  else if (prefixesUnderscore && /^_(?!_)/.test(name)) name = `key${name}`;
  return isOnlyUnderscores(name) ? undefined : name;
}

function isOnlyUnderscores(name: string): boolean {
  return /^_+$/.test(name);
}
