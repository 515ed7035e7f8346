import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HttpClientConfig } from '../../config/http-client.ts';
import type { KubernetesDiscovery } from '../../config/kubernetes-discovery.ts';
import { messageOf } from '../../model/app-error.ts';
import { discoveryError } from '../errors.ts';
import { parseKubeconfig } from './kubeconfig.ts';

/** How an API server is reached. The same object as long as nothing about it has changed. */
export interface ApiAccess {
  readonly baseUrl: string;
  readonly client: HttpClientConfig;
}

/** Where the cluster that we run in says how to reach it. */
export interface ClusterSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountDir: string;
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
    case 'kubeconfig': {
      let last: { readonly text: string; readonly access: ApiAccess } | undefined;
      return async () => {
        const text = await readText(access.file, 'kubeconfig_file');
        if (last?.text !== text) last = { text, access: parseKubeconfig(text, access.file) };
        return last.access;
      };
    }
  }
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
