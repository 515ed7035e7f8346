import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import type { HttpClientConfig } from '../../config/http-client.ts';
import type { TlsConfig } from '../../config/tls.ts';
import { messageOf } from '../../model/app-error.ts';
import { Secret } from '../../model/secret.ts';
import { discoveryError } from '../errors.ts';
import type { ApiAccess } from './access.ts';
import { type ExecPlugin, readExec } from './exec-credential.ts';
import { type Fields, fieldsOf, itemsOf, maybeText, textOf } from './fields.ts';

/** A kubeconfig's current context. */
export interface Kubeconfig extends ApiAccess {
  /** Who gives the rest of the user's credentials. */
  readonly exec: ExecPlugin | undefined;
}

/** The cluster and user of a kubeconfig's current context. Paths in it are relative to its folder. Throws AppError `discovery.no_access`. */
export function parseKubeconfig(text: string, file: string): Kubeconfig {
  const root = fieldsOf(parseText(text, file));
  const contextName = textOf(root['current-context']);
  const context = named(root.contexts, contextName, 'context', file);
  const clusterName = textOf(context.cluster);
  const cluster = named(root.clusters, clusterName, 'cluster', file);
  const userName = textOf(context.user);
  const user = userName === '' ? {} : named(root.users, userName, 'user', file);
  const baseUrl = textOf(cluster.server);
  if (!/^https?:\/\/[^/]/.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw refuse(file, `cluster "${clusterName}" has no server that is a URL`);
  }
  const pathOf = (path: unknown) => {
    const named = maybeText(path);
    return named === undefined || named === '' || isAbsolute(named) ? named : join(dirname(file), named);
  };
  const authorization = authorizationOf(user, userName, file, pathOf);
  const proxyUrl = textOf(cluster['proxy-url']);
  return {
    baseUrl,
    exec: user.exec === undefined ? undefined : readExec(fieldsOf(user.exec), file),
    client: {
      followRedirects: true,
      tls: tlsOf(cluster, user, pathOf),
      ...authorization,
      ...(proxyUrl !== '' && { proxyUrl }),
    },
  };
}

type PathOf = (path: unknown) => string | undefined;

function tlsOf(cluster: Fields, user: Fields, pathOf: PathOf): TlsConfig {
  const [ca, cert, key] = [
    decoded(cluster['certificate-authority-data']),
    decoded(user['client-certificate-data']),
    decoded(user['client-key-data']),
  ];
  const [caFile, certFile, keyFile] = [
    pathOf(cluster['certificate-authority']),
    pathOf(user['client-certificate']),
    pathOf(user['client-key']),
  ];
  const serverName = textOf(cluster['tls-server-name']);
  // Data in the file wins over files that it names.
  return {
    insecureSkipVerify: cluster['insecure-skip-tls-verify'] === true,
    ...(ca !== undefined ? { ca } : caFile && { caFile }),
    ...(cert !== undefined ? { cert } : certFile && { certFile }),
    ...(key !== undefined ? { key: new Secret(key) } : keyFile && { keyFile }),
    ...(serverName !== '' && { serverName }),
  };
}

function authorizationOf(user: Fields, name: string, file: string, pathOf: PathOf): Partial<HttpClientConfig> {
  if (user['auth-provider'] !== undefined) {
    throw refuse(
      file,
      `user "${name}" signs in with "auth-provider", which is not supported: give it a token, a client certificate or exec`,
    );
  }
  const tokenFile = pathOf(user.tokenFile);
  if (tokenFile) return { authorization: { type: 'Bearer', credentialsFile: tokenFile } };
  const token = textOf(user.token);
  if (token !== '') return { authorization: { type: 'Bearer', credentials: new Secret(token) } };
  const username = textOf(user.username);
  return username === '' ? {} : { basicAuth: { username, password: new Secret(textOf(user.password)) } };
}

function named(list: unknown, name: string, kind: string, file: string): Fields {
  const entry = itemsOf(list).find((item) => textOf(fieldsOf(item).name) === name);
  if (entry === undefined) throw refuse(file, name === '' ? 'no current-context is set' : `${kind} "${name}" does not exist`);
  return fieldsOf(fieldsOf(entry)[kind]);
}

function decoded(value: unknown): string | undefined {
  const text = textOf(value);
  return text === '' ? undefined : Buffer.from(text, 'base64').toString('utf8');
}

function parseText(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw refuse(file, `not valid YAML: ${messageOf(cause).split('\n')[0]}`);
  }
}

function refuse(file: string, reason: string) {
  return discoveryError('discovery.no_access', `kubeconfig_file "${file}": ${reason}`);
}
