import { joinHostPort } from '../address.ts';
import { type Fields, fieldsOf, itemsOf, maybeFields, maybeNumber, maybeText, textOf } from './fields.ts';
import { keyOf, type LabelMap, metaLabels, type ObjectMeta, readMeta } from './meta.ts';
import { attachedNodeLabels } from './node.ts';
import { EndpointTargets, type TargetRef } from './pod-targets.ts';
import type { Lookup, Role } from './role.ts';
import { serviceLabels } from './service.ts';

interface EndpointAddress {
  readonly ip: string;
  readonly hostname: string;
  readonly nodeName: string | undefined;
  readonly ref: TargetRef | undefined;
  readonly isReady: boolean;
}

/** The endpoints of a service. */
export interface KubernetesEndpoints {
  readonly meta: ObjectMeta;
  readonly subsets: readonly {
    readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
    readonly addresses: readonly EndpointAddress[];
  }[];
}

export function readEndpoints(object: Fields): KubernetesEndpoints {
  return {
    meta: readMeta(object),
    subsets: itemsOf(object.subsets).map((item) => {
      const subset = fieldsOf(item);
      return {
        ports: itemsOf(subset.ports).map((entry) => {
          const port = fieldsOf(entry);
          return { name: textOf(port.name), port: maybeNumber(port.port) ?? 0, protocol: textOf(port.protocol) };
        }),
        addresses: [
          ...itemsOf(subset.addresses).map((entry) => readAddress(fieldsOf(entry), true)),
          ...itemsOf(subset.notReadyAddresses).map((entry) => readAddress(fieldsOf(entry), false)),
        ],
      };
    }),
  };
}

/** Reads a `targetRef`. */
export function readRef(value: unknown): TargetRef | undefined {
  const ref = maybeFields(value);
  return ref && { kind: textOf(ref.kind), namespace: textOf(ref.namespace), name: textOf(ref.name) };
}

function readAddress(address: Fields, isReady: boolean): EndpointAddress {
  return {
    ip: textOf(address.ip),
    hostname: textOf(address.hostname),
    nodeName: maybeText(address.nodeName),
    ref: readRef(address.targetRef),
    isReady,
  };
}

/** One target for each address and port, and the other ports of the pods behind them. */
export const endpointsRole: Role<KubernetesEndpoints> = {
  kind: 'endpoints',
  read: readEndpoints,
  build(endpoints, lookup) {
    const { meta } = endpoints;
    const collected = new EndpointTargets(lookup);
    for (const { ports, addresses } of endpoints.subsets) {
      for (const port of ports) {
        for (const address of addresses) {
          const labels: LabelMap = {
            __meta_kubernetes_endpoint_port_name: port.name,
            __meta_kubernetes_endpoint_port_protocol: port.protocol,
            __meta_kubernetes_endpoint_ready: String(address.isReady),
            ...addressLabels(address, lookup),
          };
          collected.add(joinHostPort(address.ip, port.port), labels, { ref: address.ref, port: port.port, protocol: port.protocol });
        }
      }
    }
    collected.addOtherPorts();
    return {
      source: `endpoints/${keyOf(meta)}`,
      labels: {
        __meta_kubernetes_namespace: meta.namespace,
        ...serviceLabels(lookup.service(keyOf(meta))),
        ...metaLabels('endpoints', meta),
      },
      targets: collected.targets,
    };
  },
};

function addressLabels({ ref, nodeName, hostname }: EndpointAddress, lookup: Lookup): LabelMap {
  const node = nodeName ?? (ref?.kind === 'Node' ? ref.name : undefined);
  return {
    ...(ref && {
      __meta_kubernetes_endpoint_address_target_kind: ref.kind,
      __meta_kubernetes_endpoint_address_target_name: ref.name,
    }),
    ...(nodeName !== undefined && { __meta_kubernetes_endpoint_node_name: nodeName }),
    ...(hostname !== '' && { __meta_kubernetes_endpoint_hostname: hostname }),
    ...(node !== undefined && attachedNodeLabels(lookup.node(node))),
  };
}
