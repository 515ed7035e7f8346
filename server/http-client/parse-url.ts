/** The URL, or undefined when `text` is none. Node 20.19 has no `URL.parse` yet. */
export function parseUrl(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}

/** `text` with a password in it as Go prints it: for messages and logs. */
export function withoutPassword(text: string): string {
  const url = parseUrl(text);
  if (!url || url.password === '') return text;
  url.password = 'xxxxx';
  return url.href;
}
