import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HttpClientConfig } from '../../config/http-client.ts';
import type { KubernetesDiscovery } from '../../config/kubernetes-discovery.ts';
import { messageOf } from '../../model/app-error.ts';
import type { Clock } from '../../model/clock.ts';
import { discoveryError } from '../errors.ts';
import { type ExecPlugin, runExec } from './exec-credential.ts';
import { type Kubeconfig, parseKubeconfig } from './kubeconfig.ts';

// A program whose answers have always ended already would be run for each request.
const SHORTEST_USE_MS = 10_000;

/** How an API server is reached. The same object as long as nothing about it has changed. */
export interface ApiAccess {
  readonly baseUrl: string;
  readonly client: HttpClientConfig;
  /** The API server refused the credentials: others are wanted. */
  readonly onUnauthorized?: () => void;
}

/** Where the cluster that we run in says how to reach it. */
export interface ClusterSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountDir: string;
  readonly clock: Clock;
  /** Aborted when discovery ends. */
  readonly signal: AbortSignal;
}

/** Finds out how to reach the API server, again at each call. Throws AppError `discovery.no_access`. */
export function accessTo(access: KubernetesDiscovery['access'], surroundings: ClusterSurroundings): () => Promise<ApiAccess> {
  switch (access.type) {
    case 'url': {
      const fixed = { baseUrl: access.apiServer, client: access.client };
      return async () => fixed;
    }
    case 'in-cluster': {
      let found: ApiAccess | undefined;
      return async () => (found ??= inCluster(surroundings));
    }
    case 'kubeconfig':
      return kubeconfigAccess(access.file, surroundings);
  }
}

function kubeconfigAccess(file: string, surroundings: ClusterSurroundings): () => Promise<ApiAccess> {
  let last: { readonly text: string; readonly config: Kubeconfig } | undefined;
  let signedIn: SignedIn | undefined;
  let signingIn: Promise<SignedIn> | undefined;

  const signIn = async (config: Kubeconfig, exec: ExecPlugin): Promise<SignedIn> => {
    const given = await runExec(exec, surroundings.env, surroundings.signal);
    const tls = { ...config.client.tls, ...given.client.tls, insecureSkipVerify: config.client.tls?.insecureSkipVerify ?? false };
    // Only what was refused: newer credentials may be there by now.
    const forget = () => {
      if (signedIn?.access === access) signedIn = undefined;
    };
    const access: ApiAccess = { baseUrl: config.baseUrl, client: { ...config.client, ...given.client, tls }, onUnauthorized: forget };
    const untilMs = Math.max(given.untilMs ?? Number.POSITIVE_INFINITY, surroundings.clock.nowMs() + SHORTEST_USE_MS);
    return { config, untilMs, access };
  };

  return async () => {
    const text = await readText(file, 'kubeconfig_file');
    if (last?.text !== text) last = { text, config: parseKubeconfig(text, file) };
    const { config } = last;
    if (!config.exec) return config;
    if (signedIn?.config === config && surroundings.clock.nowMs() < signedIn.untilMs) return signedIn.access;
    // Several lists wait for one run of the program.
    signingIn ??= signIn(config, config.exec).finally(() => {
      signingIn = undefined;
    });
    signedIn = await signingIn;
    return signedIn.access;
  };
}

/** Credentials that the program of a kubeconfig gave. */
interface SignedIn {
  readonly config: Kubeconfig;
  readonly untilMs: number;
  readonly access: ApiAccess;
}

/** The namespace of the pod that we run in. Throws AppError `discovery.no_access`. */
export async function readOwnNamespace({ serviceAccountDir }: ClusterSurroundings): Promise<string> {
  const namespace = await readText(join(serviceAccountDir, 'namespace'), "the pod's namespace");
  if (namespace === '') throw discoveryError('discovery.no_access', 'could not read own namespace name (empty file)');
  return namespace;
}

function inCluster({ env, serviceAccountDir }: ClusterSurroundings): ApiAccess {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = env;
  if (host === '' || port === '') {
    throw discoveryError(
      'discovery.no_access',
      'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined: outside of a cluster name its api_server or a kubeconfig_file',
    );
  }
  return {
    baseUrl: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    // Read at each request: the cluster replaces the token every hour.
    client: {
      followRedirects: true,
      authorization: { type: 'Bearer', credentialsFile: join(serviceAccountDir, 'token') },
      tls: { caFile: join(serviceAccountDir, 'ca.crt'), insecureSkipVerify: false },
    },
  };
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw discoveryError('discovery.no_access', `cannot read ${what} "${file}": ${messageOf(cause)}`, cause);
  }
}
