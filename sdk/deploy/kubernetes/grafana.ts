import { DASHBOARDS_PATH, dashboardProviders, datasourceConfig } from '../config/grafana.ts';
import type { DashboardFile, Definitions } from '../definitions.ts';
import { formatYaml } from '../files.ts';
import type { DeploySettings } from '../options.ts';
import { account, configHash, configMap, labelsOf, type Manifest, object } from './manifest.ts';
import { type Mount, scratch, secretEnv } from './pod.ts';
import { deployment, service, visitors } from './workload.ts';

const PORTS = { http: 3000 };
const PROVISIONING = '/etc/grafana/provisioning';

/** Grafana: data sources with links between signals, and the dashboards; its passwords are keys of the Secret `grafana-credentials`. */
export function grafanaManifests(definitions: Definitions, settings: DeploySettings): Manifest[] {
  const program = { name: 'grafana', namespace: settings.namespace };
  const sources = formatYaml(datasourceConfig(definitions, { elastic: true }));
  const providers = formatYaml(dashboardProviders(definitions));
  return [
    ...account(program),
    configMap(program, 'provisioning', { 'datasources.yaml': sources, 'dashboards.yaml': providers }),
    object(
      'v1',
      'PersistentVolumeClaim',
      { ...program, name: 'grafana-data' },
      {
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'standard-ssd', resources: { requests: { storage: '10Gi' } } },
      },
    ),
    // Its database is a file: two of them must not write it at once.
    deployment(program, 1, pod(settings, definitions, configHash(sources, providers)), { strategy: { type: 'Recreate' } }),
    service(program, PORTS),
    visitors(program, [
      { ports: [3000], programs: ['prometheus'] },
      { ports: [3000], namespace: settings.ingressNamespace },
    ]),
  ];
}

/** The dashboards: one ConfigMap each, labelled for the sidecar of Grafana's Helm chart, too. */
export function dashboardMaps({ dashboards, folders }: Definitions, { namespace }: DeploySettings): Manifest[] {
  return dashboards.map(({ folder, uid, json }) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: mapName(uid),
      namespace,
      labels: { ...labelsOf('grafana'), grafana_dashboard: '1' },
      annotations: { grafana_folder: folders.find(({ slug }) => slug === folder)?.title ?? folder },
    },
    data: { [`${uid}.json`]: `${JSON.stringify(json, undefined, 1)}\n` },
  }));
}

function mapName(uid: string): string {
  return `grafana-dashboard-${uid.toLowerCase().replace(/[^a-z0-9-]+/g, '-')}`;
}

function pod(settings: DeploySettings, definitions: Definitions, annotations: Record<string, string>) {
  return {
    image: settings.image('grafana'),
    env: [
      secretEnv('GF_SECURITY_ADMIN_USER', 'grafana-credentials', 'admin-user'),
      secretEnv('GF_SECURITY_ADMIN_PASSWORD', 'grafana-credentials', 'admin-password'),
      secretEnv('GF_SECURITY_SECRET_KEY', 'grafana-credentials', 'secret-key'),
      secretEnv('ELASTIC_READER_PASSWORD', 'elastic-credentials', 'reader-password', true),
      { name: 'GF_USERS_ALLOW_SIGN_UP', value: 'false' },
      { name: 'GF_ANALYTICS_REPORTING_ENABLED', value: 'false' },
      { name: 'GF_ANALYTICS_CHECK_FOR_UPDATES', value: 'false' },
      { name: 'GF_PLUGINS_PREINSTALL_DISABLED', value: 'true' },
      { name: 'GF_SECURITY_COOKIE_SECURE', value: 'true' },
      { name: 'GF_SECURITY_COOKIE_SAMESITE', value: 'strict' },
    ],
    ports: PORTS,
    user: 472,
    cpu: ['250m', '500m'] as const,
    memory: ['512Mi', '1Gi'] as const,
    probes: { port: 'http', live: '/api/health', ready: '/api/health', startSeconds: 120 },
    annotations,
    mounts: [
      { path: '/var/lib/grafana', volume: 'data', source: { persistentVolumeClaim: { claimName: 'grafana-data' } } },
      provisioned('datasources'),
      provisioned('dashboards'),
      dashboardsMount(definitions.dashboards),
      scratch('/tmp', 'tmp'),
    ],
  };
}

function provisioned(kind: 'datasources' | 'dashboards'): Mount {
  const items = [{ key: `${kind}.yaml`, path: 'all.yaml' }];
  return {
    path: `${PROVISIONING}/${kind}`,
    volume: kind,
    source: { configMap: { name: 'grafana-provisioning', items } },
    isReadOnly: true,
  };
}

/** One volume of all dashboards, each in the folder that its provider reads. */
export function dashboardsMount(dashboards: readonly DashboardFile[], path = DASHBOARDS_PATH): Mount {
  const sources = dashboards.map(({ folder, uid }) => ({
    configMap: { name: mapName(uid), items: [{ key: `${uid}.json`, path: `${folder}/${uid}.json` }] },
  }));
  return { path, volume: 'dashboard-files', source: { projected: { sources } }, isReadOnly: true };
}
