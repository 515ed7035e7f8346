import { joinHostPort } from '../address.ts';
import { type Fields, fieldsOf, itemsOf, maybeNumber, textOf } from './fields.ts';
import { keyOf, type LabelMap, metaLabels, type ObjectMeta, readMeta } from './meta.ts';
import { attachedNodeLabels } from './node.ts';
import type { Role } from './role.ts';

/** A container of a pod. */
export interface PodContainer {
  readonly name: string;
  readonly image: string;
  /** '' until it has been started. */
  readonly id: string;
  readonly isInit: boolean;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
}

/** A pod. */
export interface KubernetesPod {
  readonly meta: ObjectMeta;
  readonly uid: string;
  /** '' while it is starting or after it was evicted. */
  readonly ip: string;
  readonly hostIp: string;
  readonly nodeName: string;
  readonly phase: string;
  readonly ready: string;
  readonly controllerKind: string;
  readonly controllerName: string;
  /** Init containers last. */
  readonly containers: readonly PodContainer[];
}

export function readPod(object: Fields): KubernetesPod {
  const spec = fieldsOf(object.spec);
  const status = fieldsOf(object.status);
  const metadata = fieldsOf(object.metadata);
  const controller = fieldsOf(itemsOf(metadata.ownerReferences).find((owner) => fieldsOf(owner).controller === true));
  const condition = fieldsOf(itemsOf(status.conditions).find((item) => fieldsOf(item).type === 'Ready'));
  return {
    meta: readMeta(object),
    uid: textOf(metadata.uid),
    ip: textOf(status.podIP),
    hostIp: textOf(status.hostIP),
    nodeName: textOf(spec.nodeName),
    phase: textOf(status.phase),
    ready: (textOf(condition.status) || 'Unknown').toLowerCase(),
    controllerKind: textOf(controller.kind),
    controllerName: textOf(controller.name),
    containers: [
      ...itemsOf(spec.containers).map((item) => readContainer(fieldsOf(item), status.containerStatuses, false)),
      ...itemsOf(spec.initContainers).map((item) => readContainer(fieldsOf(item), status.initContainerStatuses, true)),
    ],
  };
}

function readContainer(container: Fields, statuses: unknown, isInit: boolean): PodContainer {
  const name = textOf(container.name);
  const status = itemsOf(statuses).find((item) => textOf(fieldsOf(item).name) === name);
  return {
    name,
    image: textOf(container.image),
    id: textOf(fieldsOf(status).containerID),
    isInit,
    ports: itemsOf(container.ports).map((item) => {
      const port = fieldsOf(item);
      return { name: textOf(port.name), port: maybeNumber(port.containerPort) ?? 0, protocol: textOf(port.protocol) };
    }),
  };
}

/** Labels of a pod, on its own targets and on those of endpoints that are pods. */
export function podLabels(pod: KubernetesPod): LabelMap {
  return {
    __meta_kubernetes_pod_ip: pod.ip,
    __meta_kubernetes_pod_ready: pod.ready,
    __meta_kubernetes_pod_phase: pod.phase,
    __meta_kubernetes_pod_node_name: pod.nodeName,
    __meta_kubernetes_pod_host_ip: pod.hostIp,
    __meta_kubernetes_pod_uid: pod.uid,
    __meta_kubernetes_pod_controller_kind: pod.controllerKind,
    __meta_kubernetes_pod_controller_name: pod.controllerName,
    ...metaLabels('pod', pod.meta),
  };
}

/** Labels of a container's port, without the container's id. */
export function containerPortLabels(container: PodContainer, port: PodContainer['ports'][number], protocol = port.protocol): LabelMap {
  return {
    __meta_kubernetes_pod_container_name: container.name,
    __meta_kubernetes_pod_container_image: container.image,
    __meta_kubernetes_pod_container_port_name: port.name,
    __meta_kubernetes_pod_container_port_number: String(port.port),
    __meta_kubernetes_pod_container_port_protocol: protocol,
    __meta_kubernetes_pod_container_init: String(container.isInit),
  };
}

/** One target for each declared port of each container, and the pod's bare address for a container that declares none. */
export const podRole: Role<KubernetesPod> = {
  kind: 'pod',
  read: readPod,
  build(pod, lookup) {
    const source = `pod/${keyOf(pod.meta)}`;
    if (pod.ip === '') return { source, labels: {}, targets: [] };
    return {
      source,
      labels: {
        __meta_kubernetes_namespace: pod.meta.namespace,
        ...podLabels(pod),
        ...attachedNodeLabels(lookup.node(pod.nodeName)),
      },
      targets: pod.containers.flatMap((container) => containerTargets(pod.ip, container)),
    };
  },
};

function containerTargets(ip: string, container: PodContainer): { address: string; labels: LabelMap }[] {
  const id = { __meta_kubernetes_pod_container_id: container.id };
  if (container.ports.length === 0) {
    const labels = {
      __meta_kubernetes_pod_container_name: container.name,
      __meta_kubernetes_pod_container_image: container.image,
      __meta_kubernetes_pod_container_init: String(container.isInit),
      ...id,
    };
    return [{ address: ip, labels }];
  }
  return container.ports.map((port) => ({
    address: joinHostPort(ip, port.port),
    labels: { ...containerPortLabels(container, port), ...id },
  }));
}
