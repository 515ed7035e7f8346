// How search boxes read what is typed: words, in any order and case.

/** A test for texts: every word of `search` must occur somewhere. An empty search finds everything. */
export function searchTest(search: string): (text: string) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => {
    if (words.length === 0) return true;
    const lower = text.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}

/** A label set as it may be searched for: `job=api` and `job="api"`. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value} ${name}="${value}"`)
    .join(' ');
}
