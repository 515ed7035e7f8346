// Endpoints and endpoint slices that are pods: their targets show the pod, and the pod's other declared ports become targets as well.
import { joinHostPort } from '../address.ts';
import { keyOf, type LabelMap } from './meta.ts';
import { containerPortLabels, type KubernetesPod, podLabels } from './pod.ts';
import type { Lookup } from './role.ts';

/** What an endpoint stands for. */
export interface TargetRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Collects the targets of one endpoints object. */
export class EndpointTargets {
  readonly targets: { address: string; labels: LabelMap }[] = [];
  readonly #lookup: Lookup;
  readonly #seen = new Map<string, { readonly pod: KubernetesPod; readonly ports: Set<number> }>();

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** One endpoint. `port` undefined: it has none; `protocol` undefined: that of the container's port. */
  add(address: string, labels: LabelMap, endpoint: { ref: TargetRef | undefined; port: number | undefined; protocol?: string }): void {
    const pod = this.#podOf(endpoint.ref);
    if (!pod) {
      this.targets.push({ address, labels });
      return;
    }
    const key = keyOf(pod.meta);
    const seen = this.#seen.get(key) ?? { pod, ports: new Set() };
    this.#seen.set(key, seen);
    const withPod = { ...labels, ...podLabels(pod) };
    for (const container of pod.containers) {
      const port = container.ports.find((candidate) => candidate.port === endpoint.port);
      if (port) Object.assign(withPod, containerPortLabels(container, port, endpoint.protocol));
    }
    if (endpoint.port !== undefined) seen.ports.add(endpoint.port);
    this.targets.push({ address, labels: withPod });
  }

  /** The declared ports of all pods so far that no endpoint has. */
  addOtherPorts(): void {
    for (const { pod, ports } of this.#seen.values()) {
      if (pod.ip === '') continue;
      for (const container of pod.containers) {
        for (const port of container.ports) {
          if (ports.has(port.port)) continue;
          this.targets.push({
            address: joinHostPort(pod.ip, port.port),
            labels: { ...containerPortLabels(container, port), ...podLabels(pod) },
          });
        }
      }
    }
  }

  #podOf(ref: TargetRef | undefined): KubernetesPod | undefined {
    return ref?.kind === 'Pod' ? this.#lookup.pod(keyOf(ref)) : undefined;
  }
}
