import { formatYaml } from '../files.ts';
import type { DeploySettings } from '../options.ts';
import { CONFIG_DIR, CREDENTIALS, TOKEN_DIR } from './alidade.ts';
import { account, configHash, configMap, type Manifest } from './manifest.ts';
import { configMount, fieldEnv, type PodOptions, scratch, secretEnv, secretMount } from './pod.ts';
import { daemonSet } from './workload.ts';

/**
 * Alidade on each node, for nodes that the server cannot reach; in place of node_exporter, never beside it. Its built-in collector asks the
 * node for its processors, memory and network (of file systems it sees the container's only), and all of it is written on to the server.
 */
export function agentManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'alidade-agent', namespace: settings.namespace };
  const config = formatYaml(agentConfig());
  const pod: PodOptions = {
    image: settings.alidadeImage,
    args: [
      'up',
      CONFIG_DIR,
      '--listen=127.0.0.1:19090',
      '--otlp-grpc=off',
      '--otlp-http=off',
      '--data=/var/lib/alidade',
      '--retention=2h',
      '--storage-cache-mb=0',
      '--remote-write-log-mb=512',
      '--workers=1',
    ],
    env: [fieldEnv('NODE_NAME', 'spec.nodeName'), secretEnv('ALIDADE_TOKEN', CREDENTIALS, 'token')],
    ports: { http: 19090 },
    user: 10001,
    cpu: ['50m', '500m'],
    memory: ['384Mi', '768Mi'],
    // It listens on its own loopback only, where the kubelet cannot ask.
    probes: {
      port: 'http',
      live: '',
      ready: '',
      startSeconds: 120,
      exec: ['node', '/app/healthcheck.mjs', 'http://127.0.0.1:19090/-/ready'],
    },
    annotations: configHash(config),
    mounts: [
      configMount(`${CONFIG_DIR}/prometheus`, 'alidade-agent-config'),
      secretMount(TOKEN_DIR, CREDENTIALS, false),
      scratch('/var/lib/alidade', 'data', '2Gi'),
      scratch('/tmp', 'tmp', '256Mi'),
    ],
    pod: { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
  };
  return [...account(program), configMap(program, 'config', { 'prometheus.yml': config }), daemonSet(program, pod)];
}

/** `node-exporter` resolves to nothing here, so the built-in collector stands in; what is sent has the node's name as instance. */
function agentConfig(): unknown {
  return {
    global: { scrape_interval: '15s', external_labels: { node: '$NODE_NAME' } },
    scrape_configs: [{ job_name: 'node-exporter', static_configs: [{ targets: ['node-exporter.invalid:9100'] }] }],
    remote_write: [
      {
        url: 'http://alidade:9090/api/v1/write',
        authorization: { credentials_file: `${TOKEN_DIR}/token` },
        write_relabel_configs: [
          { source_labels: ['job'], regex: 'node-exporter', action: 'keep' },
          { source_labels: ['node'], target_label: 'instance' },
        ],
      },
    ],
  };
}
