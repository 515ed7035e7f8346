import type { DockerDiscovery } from '../config/docker-discovery.ts';
import type { TargetGroup } from '../config/scrape-config.ts';
import { joinHostPort, sanitizeLabelName } from './address.ts';
import type { DockerContainer, DockerNetwork } from './docker-answers.ts';

type LabelMap = Record<string, string>;
type Attachment = NonNullable<NonNullable<NonNullable<DockerContainer['NetworkSettings']>['Networks']>[string]>;

/** A target for each TCP port of each container in each of its networks, by upstream's rules and with its labels. */
export function dockerTargets(
  config: DockerDiscovery,
  containers: readonly DockerContainer[],
  networks: readonly DockerNetwork[],
): TargetGroup[] {
  const labelsOfNetwork = new Map(networks.map((network) => [network.Id, networkLabels(network)]));
  const byId = new Map(containers.map((container) => [container.Id, container]));
  return containers.flatMap((container) => {
    if (!container.Names?.length) return [];
    const common = containerLabels(container);
    return attachments(container, byId, config.matchFirstNetwork).flatMap((attachment) =>
      inNetwork(config, container, attachment).map(({ address, labels }) => ({
        targets: [address],
        labels: { ...labels, ...common, ...labelsOfNetwork.get(attachment.NetworkID) },
        source: 'Docker',
      })),
    );
  });
}

function inNetwork(
  config: DockerDiscovery,
  container: DockerContainer,
  { IPAddress }: Attachment,
): { address: string; labels: LabelMap }[] {
  const ports = (container.Ports ?? []).filter((port) => port.Type === 'tcp');
  if (ports.length === 0) {
    // Containers on the host's network have no ports of their own, so they always end here.
    const isOnHost = container.HostConfig?.NetworkMode === 'host';
    const address = isOnHost ? config.hostNetworkingHost : joinHostPort(IPAddress, config.port);
    return [{ address, labels: { __meta_docker_network_ip: IPAddress } }];
  }
  return ports.map((port) => ({
    address: joinHostPort(IPAddress, port.PrivatePort),
    labels: {
      __meta_docker_network_ip: IPAddress,
      __meta_docker_port_private: String(port.PrivatePort),
      ...(port.PublicPort > 0 && { __meta_docker_port_public: String(port.PublicPort), __meta_docker_port_public_ip: port.IP }),
    },
  }));
}

/** The networks of a container, or those of the container whose network it shares. */
function attachments(container: DockerContainer, byId: ReadonlyMap<string, DockerContainer>, isFirstOnly: boolean): Attachment[] {
  let owner: DockerContainer | undefined = container;
  const seen = new Set<DockerContainer>();
  while (owner && Object.keys(owner.NetworkSettings?.Networks ?? {}).length === 0 && !seen.has(owner)) {
    seen.add(owner);
    const shared: string | undefined = /^container:(.*)$/.exec(owner.HostConfig?.NetworkMode ?? '')?.[1];
    owner = shared === undefined ? undefined : byId.get(shared);
  }
  const all = Object.entries(owner?.NetworkSettings?.Networks ?? {})
    .filter((entry): entry is [string, Attachment] => entry[1] !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, attachment]) => attachment);
  return isFirstOnly ? all.slice(0, 1) : all;
}

function containerLabels(container: DockerContainer): LabelMap {
  return {
    __meta_docker_container_id: container.Id,
    __meta_docker_container_name: container.Names?.[0] ?? '',
    __meta_docker_container_network_mode: container.HostConfig?.NetworkMode ?? '',
    ...prefixed('__meta_docker_container_label_', container.Labels),
  };
}

function networkLabels(network: DockerNetwork): LabelMap {
  return {
    __meta_docker_network_id: network.Id,
    __meta_docker_network_name: network.Name,
    __meta_docker_network_scope: network.Scope,
    __meta_docker_network_internal: String(network.Internal),
    __meta_docker_network_ingress: String(network.Ingress),
    ...prefixed('__meta_docker_network_label_', network.Labels),
  };
}

function prefixed(prefix: string, labels: Readonly<Record<string, string>> | null | undefined): LabelMap {
  return Object.fromEntries(Object.entries(labels ?? {}).map(([name, value]) => [prefix + sanitizeLabelName(name), value]));
}
