import { joinHostPort } from '../address.ts';
import { type Fields, fieldsOf, itemsOf, maybeNumber, textOf } from './fields.ts';
import { keyOf, type LabelMap, metaLabels, type ObjectMeta, readMeta } from './meta.ts';
import type { Role } from './role.ts';

/** A service. */
export interface KubernetesService {
  readonly meta: ObjectMeta;
  readonly type: string;
  readonly clusterIp: string;
  readonly externalName: string;
  readonly loadBalancerIp: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
}

export function readService(object: Fields): KubernetesService {
  const spec = fieldsOf(object.spec);
  return {
    meta: readMeta(object),
    type: textOf(spec.type),
    clusterIp: textOf(spec.clusterIP),
    externalName: textOf(spec.externalName),
    loadBalancerIp: textOf(spec.loadBalancerIP),
    ports: itemsOf(spec.ports).map((item) => {
      const port = fieldsOf(item);
      return { name: textOf(port.name), port: maybeNumber(port.port) ?? 0, protocol: textOf(port.protocol) };
    }),
  };
}

/** Labels of a service, on its own targets and on those of its endpoints. */
export function serviceLabels(service: KubernetesService | undefined): LabelMap {
  if (!service) return {};
  return { __meta_kubernetes_namespace: service.meta.namespace, ...metaLabels('service', service.meta) };
}

/** One target for each port of each service, under its name in the cluster's DNS. */
export const serviceRole: Role<KubernetesService> = {
  kind: 'service',
  read: readService,
  build(service) {
    const { name, namespace } = service.meta;
    return {
      source: `svc/${keyOf(service.meta)}`,
      labels: serviceLabels(service),
      targets: service.ports.map((port) => ({
        address: joinHostPort(`${name}.${namespace}.svc`, port.port),
        labels: {
          __meta_kubernetes_service_port_name: port.name,
          __meta_kubernetes_service_port_number: String(port.port),
          __meta_kubernetes_service_port_protocol: port.protocol,
          __meta_kubernetes_service_type: service.type,
          ...(service.type === 'ExternalName'
            ? { __meta_kubernetes_service_external_name: service.externalName }
            : { __meta_kubernetes_service_cluster_ip: service.clusterIp }),
          ...(service.type === 'LoadBalancer' && { __meta_kubernetes_service_loadbalancer_ip: service.loadBalancerIp }),
        },
      })),
    };
  },
};
