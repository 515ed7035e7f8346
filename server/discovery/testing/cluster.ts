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

/** Objects at the edges of what the API allows. */
export function fillEdges(server: FakeKubernetes): void {
  const labels = { 'ümlaut/ß.x': 'é', 'a-b': '1', empty: '' };
  server.put('pods', {
    metadata: { name: 'edge', namespace: 'edges', labels, annotations: null, ownerReferences: [{ kind: 'Job', name: 'not-a-controller' }] },
    spec: {
      nodeName: 'node-b',
      hostNetwork: true,
      containers: [
        { name: 'no-protocol', ports: [{ containerPort: 7000 }, { containerPort: 7001, protocol: 'UDP', name: 'udp' }] },
        { name: 'null-ports', image: 'i', ports: null },
      ],
      initContainers: [
        { name: 'native-sidecar', image: 'mesh', restartPolicy: 'Always', ports: [{ containerPort: 7002, name: 'mesh' }] },
        { name: 'once', image: 'init' },
      ],
    },
    status: {
      phase: 'Running',
      podIP: 'fd00::7',
      conditions: null,
      initContainerStatuses: [
        { name: 'native-sidecar', containerID: 'containerd://s', image: 'mesh', imageID: '', restartCount: 0, ready: true },
      ],
    },
  });
  server.put('nodes', {
    metadata: { name: 'bare', labels },
    status: {
      addresses: [
        { type: 'ExternalDNS', address: 'bare.example.com' },
        { type: 'Hostname', address: 'bare' },
        { type: 'Hostname', address: 'bare2' },
      ],
    },
  });
  server.put('services', {
    metadata: { name: 'headless', namespace: 'edges', labels },
    spec: { clusterIP: 'None', ports: [{ port: 1 }, { name: 'two', port: 2, protocol: 'UDP' }] },
  });
  server.put('services', { metadata: { name: 'portless', namespace: 'edges' }, spec: {} });
  const toPod = { kind: 'Pod', name: 'edge', namespace: 'edges' };
  server.put('endpoints', {
    metadata: { name: 'headless', namespace: 'edges', labels: null, annotations: { 'endpoints.kubernetes.io/over-capacity': 'truncated' } },
    subsets: [
      { addresses: [{ ip: 'fd00::7', targetRef: toPod, hostname: 'edge-0' }], ports: [{ port: 7002, name: 'mesh' }, { port: 9999 }] },
      { addresses: [{ ip: '192.168.0.2', targetRef: { kind: 'Node', name: 'node-b' } }], ports: [{ port: 10250, protocol: 'TCP' }] },
      { addresses: [{ ip: '10.9.0.1', targetRef: { kind: 'Pod', name: 'unknown', namespace: 'edges' } }], ports: null },
      { addresses: null, notReadyAddresses: [{ ip: '10.9.0.2', nodeName: 'unknown' }], ports: [{ name: 'x', port: 1, protocol: 'SCTP' }] },
    ],
  });
  server.put('endpoints', { metadata: { name: 'empty', namespace: 'edges' } });
  server.put('endpointslices', {
    metadata: { name: 'headless-1', namespace: 'edges', labels: { 'kubernetes.io/service-name': 'headless', ...labels } },
    addressType: 'IPv6',
    ports: [
      { port: 7002, name: '' },
      { name: 'any', port: null },
      { port: 7000, protocol: 'TCP' },
    ],
    endpoints: [
      { addresses: ['fd00::7', 'fd00::8'], targetRef: toPod, conditions: { ready: null, terminating: true } },
      { addresses: ['192.168.0.2'], targetRef: { kind: 'Node', name: 'node-b' }, nodeName: 'node-a' },
      { addresses: [], hostname: 'nobody' },
    ],
  });
  server.put('endpointslices', { metadata: { name: 'fqdn', namespace: 'edges' }, addressType: 'FQDN', ports: null, endpoints: null });
  server.put('ingresses', {
    metadata: { name: 'edge', namespace: 'edges', labels },
    spec: {
      tls: [{ hosts: ['b.example.com', '*.c.example.com'] }, { secretName: 's' }],
      rules: [
        { host: 'b.example.com', http: { paths: [{ pathType: 'Prefix' }, { path: '/x' }] } },
        { http: { paths: [{ path: '/nohost' }] } },
        { host: 'x.y.c.example.com', http: { paths: null } },
      ],
    },
  });
  server.put('ingresses', {
    metadata: { name: 'default-backend', namespace: 'edges' },
    spec: { defaultBackend: { service: { name: 'x' } } },
  });
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
