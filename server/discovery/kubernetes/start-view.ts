import type { KubernetesRole } from '../../config/kubernetes-discovery.ts';
import { endpointSliceRole } from './endpoint-slice.ts';
import { endpointsRole } from './endpoints.ts';
import type { Following } from './follow.ts';
import { ingressRole } from './ingress.ts';
import { type KubernetesNode, nodeRole } from './node.ts';
import { podRole } from './pod.ts';
import type { Reflector } from './reflector.ts';
import { RoleView } from './role-view.ts';
import { serviceRole } from './service.ts';

/** Follows the objects of a role in one namespace ('' = all of them); `nodes` are there for roles that show labels of theirs. */
export function startView(
  role: KubernetesRole,
  namespace: string,
  following: Following,
  nodes: Reflector<KubernetesNode> | undefined,
): RoleView {
  switch (role) {
    case 'pod':
      return RoleView.start(podRole, namespace, following, nodes);
    case 'service':
      return RoleView.start(serviceRole, namespace, following);
    case 'endpoints':
      return RoleView.start(endpointsRole, namespace, following, nodes);
    case 'endpointslice':
      return RoleView.start(endpointSliceRole, namespace, following, nodes);
    case 'node':
      return RoleView.start(nodeRole, namespace, following);
    case 'ingress':
      return RoleView.start(ingressRole, namespace, following);
  }
}
