import type { ConfigFile } from './config-file.ts';
import { checkedText, flag, listOf, section, text } from './fields.ts';
import { type HttpClientConfig, httpClientShape, toHttpClient } from './http-client.ts';
import { selectorFault } from './kubernetes-selector.ts';
import type { MapPath } from './map-path.ts';
import { maskUserInfo } from './redact.ts';
import { isYamlMap, scalarText, type YamlPath } from './yaml-file.ts';

/** `kubernetes_sd_configs`: objects of one kind that an API server knows, followed as they change. */
export interface KubernetesDiscovery {
  readonly type: 'kubernetes';
  readonly role: KubernetesRole;
  /** Which API server: named here, in a kubeconfig file, or the one of the cluster that we run in. */
  readonly access:
    | { readonly type: 'url'; readonly apiServer: string; readonly client: HttpClientConfig }
    | { readonly type: 'kubeconfig'; readonly file: string }
    | { readonly type: 'in-cluster' };
  /** None and no own namespace: all. */
  readonly namespaces: readonly string[];
  readonly ownNamespace: boolean;
  readonly selectors: readonly KubernetesSelector[];
  readonly attachNode: boolean;
}

/** Which objects of one kind are wanted, in the API's own notation; '' for all. */
export interface KubernetesSelector {
  readonly role: KubernetesRole;
  readonly label: string;
  readonly field: string;
}

const ROLES = ['pod', 'service', 'endpoints', 'endpointslice', 'node', 'ingress'] as const;

/** What becomes a target. */
export type KubernetesRole = (typeof ROLES)[number];

const SELECTABLE: Readonly<Record<KubernetesRole, readonly KubernetesRole[]>> = {
  pod: ['pod'],
  service: ['service'],
  endpoints: ['pod', 'service', 'endpoints'],
  endpointslice: ['pod', 'service', 'endpointslice'],
  node: ['node'],
  ingress: ['ingress'],
};

const roleField = () =>
  checkedText((value) =>
    ROLES.some((role) => role === value) ? undefined : `unknown Kubernetes SD role "${value}" (want one of ${ROLES.join(', ')})`,
  ).transform((value) => value as KubernetesRole);

/** One entry of `kubernetes_sd_configs`. */
export const kubernetesSection = section({
  ...httpClientShape,
  role: roleField(),
  api_server: checkedText(serverFault).default(''),
  kubeconfig_file: text().default(''),
  namespaces: section({ own_namespace: flag().default(false), names: listOf(text()) }).optional(),
  selectors: listOf(section({ role: roleField(), label: text().default(''), field: text().default('') })),
  attach_metadata: section({ node: flag().default(false) }).optional(),
});

/** Cross-checks of the entry at `path`, with upstream's words. */
export function checkKubernetes(file: ConfigFile, path: YamlPath): void {
  const has = (...keys: string[]) => (file.text([...path, ...keys]) ?? '') !== '';
  const isServerNamed = has('api_server');
  const isFileNamed = has('kubeconfig_file');
  const isOwn = ['true', 'yes', 'on'].includes((file.text([...path, 'namespaces', 'own_namespace']) ?? '').toLowerCase());
  if (isServerNamed && isFileNamed) file.error(path, "cannot use 'kubeconfig_file' and 'api_server' simultaneously");
  if (hasCustomClient(file, path)) {
    if (isFileNamed) file.error(path, "cannot use a custom HTTP client configuration together with 'kubeconfig_file'");
    else if (!isServerNamed) {
      file.error(path, "to use custom HTTP client configuration please provide the 'api_server' URL explicitly");
    }
  }
  for (const key of ['api_server', 'kubeconfig_file']) {
    if (isOwn && has(key)) file.error([...path, 'namespaces'], `cannot use '${key}' and 'namespaces.own_namespace' simultaneously`);
  }
  checkSelectors(file, path);
}

function checkSelectors(file: ConfigFile, path: YamlPath): void {
  const role = file.text([...path, 'role']) as KubernetesRole;
  const allowed = SELECTABLE[role];
  const seen = new Set<string>();
  for (const item of file.items([...path, 'selectors'])) {
    const chosen = file.text([...item, 'role']) ?? '';
    if (seen.has(chosen)) file.error(item, `duplicated selector role: ${chosen}`);
    else if (allowed && !allowed.some((known) => known === chosen)) {
      file.error(item, `${role} role supports only ${allowed.join(', ')} selectors`);
    }
    seen.add(chosen);
    for (const key of ['label', 'field'] as const) {
      const fault = selectorFault(key, file.text([...item, key]) ?? '');
      if (fault !== undefined) file.error([...item, key], fault);
    }
  }
}

// What differs from the defaults, as upstream compares: written-out defaults and empty maps are no settings.
function hasCustomClient(file: ConfigFile, path: YamlPath): boolean {
  return Object.keys(httpClientShape).some((key) => {
    const value = file.get([...path, key]);
    if (value === undefined) return false;
    if (key === 'tls_config' && isYamlMap(value)) return Object.keys(value).length > 0;
    const isOnByDefault = key === 'follow_redirects' || key === 'enable_http2';
    return !(isOnByDefault && ['true', 'yes', 'on'].includes((scalarText(value) ?? '').toLowerCase()));
  });
}

/** From the file's settings to the contract. */
export function toKubernetesDiscovery(settings: (typeof kubernetesSection)['_output'], mapPath: MapPath): KubernetesDiscovery {
  const { api_server: apiServer, kubeconfig_file: kubeconfig } = settings;
  return {
    type: 'kubernetes',
    role: settings.role,
    access:
      apiServer !== ''
        ? { type: 'url', apiServer, client: toHttpClient(settings, mapPath) }
        : kubeconfig !== ''
          ? { type: 'kubeconfig', file: mapPath(kubeconfig) }
          : { type: 'in-cluster' },
    namespaces: settings.namespaces?.names ?? [],
    ownNamespace: settings.namespaces?.own_namespace ?? false,
    selectors: settings.selectors,
    attachNode: settings.attach_metadata?.node ?? false,
  };
}

function serverFault(value: string): string | undefined {
  if (value === '' || (/^https?:\/\/[^/?#]/.test(value) && URL.canParse(value))) return undefined;
  return `not a valid URL: "${maskUserInfo(value)}" (write https://host:6443)`;
}
