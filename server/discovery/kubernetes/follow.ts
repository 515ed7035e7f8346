import type { KubernetesDiscovery, KubernetesRole } from '../../config/kubernetes-discovery.ts';
import type { Clock } from '../../model/clock.ts';
import type { ApiClient } from './api-client.ts';
import type { Fields } from './fields.ts';
import { Reflector } from './reflector.ts';

const APIS: Readonly<Record<KubernetesRole, { readonly prefix: string; readonly resource: string }>> = {
  pod: { prefix: '/api/v1', resource: 'pods' },
  service: { prefix: '/api/v1', resource: 'services' },
  endpoints: { prefix: '/api/v1', resource: 'endpoints' },
  endpointslice: { prefix: '/apis/discovery.k8s.io/v1', resource: 'endpointslices' },
  node: { prefix: '/api/v1', resource: 'nodes' },
  ingress: { prefix: '/apis/networking.k8s.io/v1', resource: 'ingresses' },
};

/** What lists are followed with. */
export interface Following {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly config: KubernetesDiscovery;
  readonly onProblem: (source: string, message: string | undefined) => void;
  /** The targets may be others now. */
  readonly onUpdate: () => void;
}

/** Follows all objects of one kind in one namespace, '' for all, with the selector that is configured for the kind. */
export function follow<T>(
  kind: KubernetesRole,
  namespace: string,
  read: (object: Fields) => T,
  onChange: (key: string) => void,
  { api, clock, config, onProblem, onUpdate }: Following,
): Reflector<T> {
  const { prefix, resource } = APIS[kind];
  const path = `${prefix}${namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`;
  const selector = config.selectors.find((candidate) => candidate.role === kind);
  return new Reflector<T>({
    api,
    clock,
    path,
    selectors: {
      ...(selector && selector.label !== '' && { labelSelector: selector.label }),
      ...(selector && selector.field !== '' && { fieldSelector: selector.field }),
    },
    read,
    onChange,
    onSynced: onUpdate,
    onProblem: (message) => onProblem(path, message),
  });
}
