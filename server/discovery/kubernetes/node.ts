import { joinHostPort, sanitizeLabelName } from '../address.ts';
import { type Fields, fieldsOf, itemsOf, maybeNumber, textOf } from './fields.ts';
import { keyOf, type LabelMap, metaLabels, type ObjectMeta, readMeta } from './meta.ts';
import type { Role } from './role.ts';

/** A machine of the cluster. */
export interface KubernetesNode {
  readonly meta: ObjectMeta;
  readonly providerId: string;
  readonly kubeletPort: number;
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
}

// Which address a kubelet is reached under, best first.
const PREFERRED = ['InternalIP', 'InternalDNS', 'ExternalIP', 'ExternalDNS', 'LegacyHostIP', 'Hostname'];

export function readNode(object: Fields): KubernetesNode {
  const status = fieldsOf(object.status);
  const kubelet = fieldsOf(fieldsOf(status.daemonEndpoints).kubeletEndpoint);
  return {
    meta: readMeta(object),
    providerId: textOf(fieldsOf(object.spec).providerID),
    kubeletPort: maybeNumber(kubelet.Port) ?? 0,
    addresses: itemsOf(status.addresses).map((item) => ({
      type: textOf(fieldsOf(item).type),
      address: textOf(fieldsOf(item).address),
    })),
  };
}

/** Labels of a node that a target of another role runs on (`attach_metadata: { node: true }`); none where it is not known. */
export function attachedNodeLabels(node: KubernetesNode | undefined): LabelMap {
  return node ? metaLabels('node', node.meta) : {};
}

/** One target for each node: its kubelet. A node without an address keeps the target that it had. */
export const nodeRole: Role<KubernetesNode> = {
  kind: 'node',
  read: readNode,
  build(node) {
    const byType = new Map<string, string>();
    for (const { type, address } of node.addresses) if (!byType.has(type)) byType.set(type, address);
    const best = PREFERRED.find((type) => byType.has(type));
    if (best === undefined) return undefined;
    const labels: LabelMap = { instance: node.meta.name };
    for (const [type, address] of byType) labels[sanitizeLabelName(`__meta_kubernetes_node_address_${type}`)] = address;
    return {
      source: `node/${keyOf(node.meta)}`,
      labels: { __meta_kubernetes_node_provider_id: node.providerId, ...metaLabels('node', node.meta) },
      targets: [{ address: joinHostPort(byType.get(best) ?? '', node.kubeletPort), labels }],
    };
  },
};
