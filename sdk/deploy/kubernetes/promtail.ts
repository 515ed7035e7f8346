import { promtailConfig } from '../config/promtail.ts';
import { formatYaml } from '../files.ts';
import type { DeploySettings } from '../options.ts';
import { account, configHash, configMap, type Manifest } from './manifest.ts';
import { configMount, fieldEnv, hostMount } from './pod.ts';
import { daemonSet, visitors } from './workload.ts';

/** Promtail on each node, as the exercise has it; in place of Alloy, never beside it. */
export function promtailManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'promtail', namespace: settings.namespace };
  const config = formatYaml(promtailConfig());
  const pod = {
    image: settings.image('promtail'),
    args: ['-config.file=/etc/promtail/promtail.yaml'],
    env: [fieldEnv('HOSTNAME', 'spec.nodeName')],
    ports: { http: 9080 },
    // The node's log files belong to root.
    user: 0,
    privileges: { capabilities: { drop: ['ALL'], add: ['DAC_READ_SEARCH'] } },
    cpu: ['100m', '200m'] as const,
    memory: ['128Mi', '256Mi'] as const,
    probes: { port: 'http', live: '/ready', ready: '/ready' },
    annotations: configHash(config),
    asksApi: true,
    mounts: [
      configMount('/etc/promtail', 'promtail-config'),
      { path: '/run/promtail', volume: 'positions', source: { hostPath: { path: '/var/lib/promtail', type: 'DirectoryOrCreate' } } },
      hostMount('/var/log/pods', 'pods', '/var/log/pods'),
      hostMount('/var/lib/docker/containers', 'containers', '/var/lib/docker/containers'),
    ],
  };
  return [
    ...account(program, [{ apiGroups: [''], resources: ['nodes', 'pods', 'services', 'endpoints'], verbs: ['get', 'list', 'watch'] }]),
    configMap(program, 'config', { 'promtail.yaml': config }),
    daemonSet(program, pod),
    visitors(program, [{ ports: [9080], programs: ['prometheus'] }]),
  ];
}
