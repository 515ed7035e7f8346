const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The address under which a person elsewhere reaches a target: a local host name gives way to the host of `externalUrl`, and our own
 * listen port to all of it, as upstream. Without an external URL addresses stay as they are.
 */
export function globalUrl(url: string, externalUrl: string, ownPort: number): string {
  if (!URL.canParse(url) || !URL.canParse(externalUrl)) return url;
  const target = new URL(url);
  if (!LOCAL_HOSTS.has(target.hostname) || target.port === '') return url;
  const external = new URL(externalUrl);
  if (Number(target.port) === ownPort) {
    target.protocol = external.protocol;
    target.host = external.host;
    if (external.port === '') target.port = '';
  } else target.hostname = external.hostname;
  return target.href;
}
