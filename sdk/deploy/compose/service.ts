// Services of Compose, all of one shape: a read-only root file system, no privileges, bounded memory, restarted, ports on loopback only.

/** A service as the Compose specification has it. */
export interface Service {
  readonly image?: string;
  readonly [key: string]: unknown;
}

/** What differs between services. */
export interface ServiceOptions extends Service {
  /** Ports published on this machine's loopback, as `8080` or `8080:80`. */
  readonly publish?: readonly string[];
  /** The most memory: `512m`. */
  readonly memory: string;
  /** Writable folders in memory. */
  readonly tmp?: readonly string[];
}

/** A service. */
export function composeService({ publish = [], memory, tmp = [], ...rest }: ServiceOptions): Service {
  return {
    ...rest,
    ...(publish.length > 0 && { ports: publish.map((port) => `127.0.0.1:${port.includes(':') ? port : `${port}:${port}`}`) }),
    read_only: true,
    ...(tmp.length > 0 && { tmpfs: tmp }),
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    mem_limit: memory,
    pids_limit: 1024,
    restart: 'unless-stopped',
    networks: ['observability'],
  };
}

/** Whether a service is well, by a command in its container. */
export function healthcheck(test: readonly string[], startSeconds = 30) {
  return { test: ['CMD', ...test], interval: '15s', timeout: '5s', retries: 4, start_period: `${startSeconds}s` };
}

/** A healthcheck with the wget of a BusyBox. */
export function wget(url: string, startSeconds?: number) {
  return healthcheck(['wget', '-q', '-O', '/dev/null', url], startSeconds);
}

/** A mounted file or folder beside the Compose file. */
export function bind(source: string, target: string): string {
  return `./${source}:${target}:ro`;
}

/** Secrets that are variables of the environment and not files. */
const SECRETS: Readonly<Record<string, object>> = { alidade_token: { environment: 'ALIDADE_TOKEN' } };

/** A Compose file. Secrets are files below `secrets/`, one each, which are never checked in. */
export function composeFile(name: string, services: Readonly<Record<string, Service>>): unknown {
  const all = Object.values(services);
  const volumes = all.flatMap(({ volumes: used = [] }) =>
    (used as string[]).flatMap((volume) => /^([a-z][\w-]*):/.exec(volume)?.[1] ?? []),
  );
  const secrets = all.flatMap(({ secrets: used = [] }) =>
    (used as (string | { source: string })[]).map((one) => (typeof one === 'string' ? one : one.source)),
  );
  return {
    name,
    services: Object.fromEntries(Object.entries(services).sort(([a], [b]) => (a < b ? -1 : 1))),
    networks: { observability: {} },
    ...(volumes.length > 0 && { volumes: Object.fromEntries([...new Set(volumes)].sort().map((volume) => [volume, {}])) }),
    ...(secrets.length > 0 && {
      secrets: Object.fromEntries(
        [...new Set(secrets)].sort().map((secret) => [secret, SECRETS[secret] ?? { file: `./secrets/${secret}` }]),
      ),
    }),
  };
}

/** A variable of the environment of `docker compose`; empty where it is not set, unless `otherwise` says what else. */
export function variable(name: string, otherwise = ':-'): string {
  return `\${${name}${otherwise}}`;
}
