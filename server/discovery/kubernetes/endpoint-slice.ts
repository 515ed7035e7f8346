import { joinHostPort, sanitizeLabelName } from '../address.ts';
import { readRef } from './endpoints.ts';
import { type Fields, fieldsOf, itemsOf, maybeFlag, maybeNumber, maybeText, textOf, textsOf } from './fields.ts';
import { keyOf, type LabelMap, metaLabels, type ObjectMeta, readMeta } from './meta.ts';
import { attachedNodeLabels } from './node.ts';
import { EndpointTargets, type TargetRef } from './pod-targets.ts';
import type { Lookup, Role } from './role.ts';
import { serviceLabels } from './service.ts';

interface SlicePort {
  readonly name: string | undefined;
  readonly port: number | undefined;
  readonly protocol: string | undefined;
  readonly appProtocol: string | undefined;
}

interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly ready: boolean | undefined;
  readonly serving: boolean | undefined;
  readonly terminating: boolean | undefined;
  readonly hostname: string | undefined;
  readonly nodeName: string | undefined;
  readonly zone: string | undefined;
  readonly topology: Readonly<Record<string, string>>;
  readonly ref: TargetRef | undefined;
}

/** Some of the endpoints of a service. */
export interface KubernetesEndpointSlice {
  readonly meta: ObjectMeta;
  readonly addressType: string;
  readonly ports: readonly SlicePort[];
  readonly endpoints: readonly SliceEndpoint[];
}

export function readEndpointSlice(object: Fields): KubernetesEndpointSlice {
  return {
    meta: readMeta(object),
    addressType: textOf(object.addressType),
    ports: itemsOf(object.ports).map((item) => {
      const port = fieldsOf(item);
      return {
        name: maybeText(port.name),
        port: maybeNumber(port.port),
        protocol: maybeText(port.protocol),
        appProtocol: maybeText(port.appProtocol),
      };
    }),
    endpoints: itemsOf(object.endpoints).map((item) => readEndpoint(fieldsOf(item))),
  };
}

function readEndpoint(endpoint: Fields): SliceEndpoint {
  const conditions = fieldsOf(endpoint.conditions);
  return {
    addresses: itemsOf(endpoint.addresses).map(textOf),
    ready: maybeFlag(conditions.ready),
    serving: maybeFlag(conditions.serving),
    terminating: maybeFlag(conditions.terminating),
    hostname: maybeText(endpoint.hostname),
    nodeName: maybeText(endpoint.nodeName),
    zone: maybeText(endpoint.zone),
    topology: textsOf(endpoint.deprecatedTopology),
    ref: readRef(endpoint.targetRef),
  };
}

/** One target for each address and port, and the other ports of the pods behind them. */
export const endpointSliceRole: Role<KubernetesEndpointSlice> = {
  kind: 'endpointslice',
  read: readEndpointSlice,
  build(slice, lookup) {
    const { meta } = slice;
    const collected = new EndpointTargets(lookup);
    for (const endpoint of slice.endpoints) {
      const ofEndpoint = endpointLabels(endpoint, lookup);
      for (const port of slice.ports) {
        const labels = { ...portLabels(port), ...ofEndpoint };
        for (const address of endpoint.addresses) {
          const full = port.port === undefined ? address : joinHostPort(address, port.port);
          collected.add(full, labels, { ref: endpoint.ref, port: port.port });
        }
      }
    }
    collected.addOtherPorts();
    const service = meta.labels['kubernetes.io/service-name'];
    return {
      source: `endpointslice/${keyOf(meta)}`,
      labels: {
        __meta_kubernetes_namespace: meta.namespace,
        ...metaLabels('endpointslice', meta),
        __meta_kubernetes_endpointslice_address_type: slice.addressType,
        ...(service !== undefined && serviceLabels(lookup.service(keyOf({ namespace: meta.namespace, name: service })))),
      },
      targets: collected.targets,
    };
  },
};

// An empty label is no label: what is absent is written as ''.
function portLabels(port: SlicePort): LabelMap {
  return {
    __meta_kubernetes_endpointslice_port_name: port.name ?? '',
    __meta_kubernetes_endpointslice_port_protocol: port.protocol ?? '',
    __meta_kubernetes_endpointslice_port: port.port === undefined ? '' : String(port.port),
    __meta_kubernetes_endpointslice_port_app_protocol: port.appProtocol ?? '',
  };
}

function endpointLabels(endpoint: SliceEndpoint, lookup: Lookup): LabelMap {
  const { ref, nodeName } = endpoint;
  const flag = (value: boolean | undefined) => (value === undefined ? '' : String(value));
  const labels: LabelMap = {
    __meta_kubernetes_endpointslice_endpoint_conditions_ready: flag(endpoint.ready),
    __meta_kubernetes_endpointslice_endpoint_conditions_serving: flag(endpoint.serving),
    __meta_kubernetes_endpointslice_endpoint_conditions_terminating: flag(endpoint.terminating),
    __meta_kubernetes_endpointslice_endpoint_hostname: endpoint.hostname ?? '',
    __meta_kubernetes_endpointslice_address_target_kind: ref?.kind ?? '',
    __meta_kubernetes_endpointslice_address_target_name: ref?.name ?? '',
    __meta_kubernetes_endpointslice_endpoint_node_name: nodeName ?? '',
    __meta_kubernetes_endpointslice_endpoint_zone: endpoint.zone ?? '',
  };
  for (const [name, value] of Object.entries(endpoint.topology)) {
    const sanitized = sanitizeLabelName(name);
    labels[`__meta_kubernetes_endpointslice_endpoint_topology_${sanitized}`] = value;
    labels[`__meta_kubernetes_endpointslice_endpoint_topology_present_${sanitized}`] = 'true';
  }
  const node = ref?.kind === 'Node' ? ref.name : nodeName;
  return { ...labels, ...(node !== undefined && attachedNodeLabels(lookup.node(node))) };
}
