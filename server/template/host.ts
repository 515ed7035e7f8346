import { isIP } from 'node:net';

/** Go's net.SplitHostPort; undefined where it fails. */
function splitHostPort(hostPort: string): { host: string; port: string } | undefined {
  const bracketed = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(hostPort);
  const plain = /^([^:[\]]*):([^:[\]]*)$/.exec(hostPort);
  const found = bracketed ?? plain;
  return found ? { host: found[1] as string, port: found[2] as string } : undefined;
}

/** `host:9100` → `host`; text without a port as it is. */
export function stripPort(hostPort: string): string {
  return splitHostPort(hostPort)?.host ?? hostPort;
}

/** `db.example.org:5432` → `db:5432`; addresses as they are. */
export function stripDomain(hostPort: string): string {
  const split = splitHostPort(hostPort);
  const host = split?.host ?? hostPort;
  if (isIP(host) !== 0) return hostPort;
  const name = host.split('.')[0] as string;
  if (!split || split.port === '') return name;
  return name.includes(':') ? `[${name}]:${split.port}` : `${name}:${split.port}`;
}
