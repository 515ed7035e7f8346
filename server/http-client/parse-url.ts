/** The URL, or undefined when `text` is none. Node 20.19 has no `URL.parse` yet. */
export function parseUrl(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}
