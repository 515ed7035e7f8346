// A small cluster: the control plane's endpoints, two nodes, and a service with a pod on each.
import type { ApiObject, FakeKubernetes } from './fake-kubernetes.ts';

/** A node with the addresses that clouds give. */
export function node(name: string, ip: string, labels: Readonly<Record<string, string>> = {}, port = 10250): ApiObject {
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels }, annotations: { 'node.alpha.kubernetes.io/ttl': '0' } },
    spec: { providerID: `kind://docker/kind/${name}` },
    status: {
      addresses: [
        { type: 'InternalIP', address: ip },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z' }],
    },
  };
}

/** What tests say about a pod. */
export interface PodOptions {
  readonly namespace?: string;
  readonly ip?: string;
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly phase?: string;
  readonly isReady?: boolean;
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[];
  readonly initPorts?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[];
}

/** A pod with one container, and an init container where it has ports. */
export function pod(name: string, options: PodOptions = {}): ApiObject {
  const { namespace = 'default', ip = '10.1.0.1', node: nodeName = 'node-a', phase = 'Running', isReady = true } = options;
  const ports = options.ports ?? [{ name: 'http', containerPort: 8080, protocol: 'TCP' }];
  return {
    metadata: {
      name,
      namespace,
      labels: { app: 'web', 'app.kubernetes.io/name': 'web', ...options.labels },
      ...(options.annotations && { annotations: options.annotations }),
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d8f', uid: 'rs', controller: true }],
    },
    spec: {
      nodeName,
      containers: [{ name: 'web', image: 'registry/web:1', ports }],
      ...(options.initPorts && { initContainers: [{ name: 'sidecar', image: 'registry/sidecar:1', ports: options.initPorts }] }),
    },
    status: {
      phase,
      podIP: ip,
      hostIP: '192.168.0.1',
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      containerStatuses: [
        { name: 'web', containerID: `containerd://${name}-web`, image: 'registry/web:1', imageID: '', restartCount: 0, ready: isReady },
      ],
    },
  };
}

/** The service `web` of a namespace. */
export function service(name: string, namespace = 'default', spec: Readonly<Record<string, unknown>> = {}): ApiObject {
  return {
    metadata: { name, namespace, labels: { team: 'ml' }, annotations: { 'prometheus.io/scrape': 'true' } },
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...spec },
  };
}

/** An address of endpoints that is a pod. */
export function podAddress(name: string, ip: string, nodeName = 'node-a', namespace = 'default') {
  return { ip, nodeName, targetRef: { kind: 'Pod', name, namespace } };
}

/** Endpoints of one port. */
export function endpoints(
  name: string,
  addresses: readonly unknown[],
  options: { namespace?: string; notReady?: readonly unknown[]; ports?: readonly unknown[] } = {},
): ApiObject {
  const { namespace = 'default', notReady = [], ports = [{ name: 'http', port: 8080, protocol: 'TCP' }] } = options;
  return {
    metadata: { name, namespace, labels: { team: 'ml' } },
    subsets: [{ addresses, notReadyAddresses: notReady, ports }],
  };
}

/** Fills a server with the cluster. The API server's own endpoints, node-a and the pod web-1 are at `ip`, the first two at `port`. */
export function fillCluster(server: FakeKubernetes, ip = '10.1.0.1', port = 6443): void {
  server.put('nodes', node('node-a', ip, { zone: 'a' }, port));
  server.put('nodes', node('node-b', '192.168.0.2', { zone: 'b' }));
  server.put('services', service('web'));
  server.put(
    'services',
    service('kubernetes', 'default', { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] }),
  );
  server.put('endpoints', {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  const scraped = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' };
  const ports = [
    { name: 'http', containerPort: 8080, protocol: 'TCP' },
    { name: 'metrics', containerPort: 9102, protocol: 'TCP' },
  ];
  server.put('pods', pod('web-1', { ip, annotations: scraped, ports }));
  server.put(
    'pods',
    pod('web-2', { ip: '10.1.0.2', node: 'node-b', ports, initPorts: [{ name: 'mesh', containerPort: 15090, protocol: 'TCP' }] }),
  );
  server.put('pods', pod('job-1', { namespace: 'batch', ip: '10.1.0.3', ports: [] }));
  server.put('pods', pod('starting', { ip: '', phase: 'Pending', isReady: false }));
  server.put('endpoints', endpoints('web', [podAddress('web-1', ip)], { notReady: [podAddress('web-2', '10.1.0.2', 'node-b')] }));
  server.put('endpointslices', {
    metadata: { name: 'web-abc', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'http' }],
    endpoints: [
      {
        addresses: [ip],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'node-a',
        zone: 'eu-1',
        targetRef: { kind: 'Pod', name: 'web-1', namespace: 'default' },
      },
      {
        addresses: ['10.1.0.9'],
        conditions: { ready: false },
        hostname: 'outside',
        deprecatedTopology: { 'topology.kubernetes.io/zone': 'eu-2' },
      },
    ],
  });
  server.put('ingresses', {
    metadata: { name: 'site', namespace: 'default', annotations: { 'cert-manager.io/issuer': 'le' } },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['*.example.com'] }],
      rules: [{ host: 'shop.example.com', http: { paths: [{ path: '/' }, { path: '/cart' }] } }, { host: 'a.b.example.com' }],
    },
  });
}
