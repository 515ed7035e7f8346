/** `host:port`; an IPv6 address goes into brackets. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const NOT_IN_NAMES = /[^a-zA-Z0-9_]/gu;

/** `text` as part of a label name, as upstream's discoverers write it: `_` for whatever is neither letter nor digit of ASCII. */
export function sanitizeLabelName(text: string): string {
  return text.replace(NOT_IN_NAMES, '_');
}
