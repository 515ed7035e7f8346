// Upstream's YAML keys are written in camelCase here: `scrapeInterval` becomes `scrape_interval`, and nothing else about them changes.

/** Keys whose maps are the user's own: names of labels, headers, parameters. */
const OPAQUE = new Set(['labels', 'annotations', 'externalLabels', 'params', 'details', 'headers', 'match', 'matchRe']);

/** `value` with the keys of its maps in snake_case, at any depth; members that are undefined are left out. */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([key, member]) => [snakeCase(key), OPAQUE.has(key) ? member : snakeKeys(member)]));
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
