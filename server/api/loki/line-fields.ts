// The fields of a line that is JSON or logfmt, for detection: names as LogQL's parsers would give them.

export type FieldParser = 'json' | 'logfmt';
export type FieldType = 'boolean' | 'int' | 'float' | 'duration' | 'bytes' | 'string';

/** Names and values that `| json` or `| logfmt` would find; none when the line is neither. */
export function fieldsOfLine(line: string): { readonly parser: FieldParser; readonly pairs: readonly (readonly [string, string])[] } {
  if (line.trimStart().startsWith('{')) {
    const pairs: [string, string][] = [];
    flatten(parsed(line), '', pairs);
    if (pairs.length > 0) return { parser: 'json', pairs };
  }
  const pairs = [...line.matchAll(/(?:^|\s)([^\s="]+)=(?:"([^"\\]*(?:\\.[^"\\]*)*)"|(\S*))/g)]
    .map(([, name = '', quoted, bare = '']) => [nameOf(name), quoted ?? bare] as const)
    .filter(([, value]) => value !== '');
  return { parser: 'logfmt', pairs };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

// A stack of what is open instead of recursion: depth is the sender's to choose. Arrays are skipped, as `| json` does.
function flatten(root: unknown, prefix: string, pairs: [string, string][]): void {
  const open: { readonly value: unknown; readonly name: string }[] = [{ value: root, name: prefix }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, name } = next;
    if (Array.isArray(value) || value === null || value === undefined) continue;
    if (typeof value !== 'object') pairs.push([name, String(value)]);
    else
      for (const [key, inner] of Object.entries(value))
        open.push({ value: inner, name: name === '' ? nameOf(key) : `${name}_${nameOf(key)}` });
  }
}

function nameOf(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}

const TYPES: readonly (readonly [FieldType, RegExp])[] = [
  ['boolean', /^(?:true|false)$/i],
  ['int', /^[+-]?\d+$/],
  ['float', /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/],
  ['duration', /^[+-]?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/],
  ['bytes', /^\d+(?:\.\d+)?\s?(?:b|[kmgtpe]i?b)$/i],
];

/** The type that all values have; a mixture of whole and other numbers is `float`, any other mixture `string`. */
export function fieldType(values: ReadonlySet<string>): FieldType {
  const types = new Set<FieldType>();
  for (const value of values) types.add(TYPES.find(([, pattern]) => pattern.test(value))?.[0] ?? 'string');
  if (types.size === 2 && types.has('int') && types.has('float')) return 'float';
  const [only = 'string'] = types;
  return types.size === 1 ? only : 'string';
}
