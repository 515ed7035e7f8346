import { datasourceConfig } from '../config/grafana.ts';
import type { Definitions } from '../definitions.ts';
import { secretMounts } from '../kubernetes/alertmanager.ts';
import { FAST } from '../kubernetes/cluster.ts';
import type { DeploySettings } from '../options.ts';
import { refuseInlineSecrets } from '../secrets.ts';
import { claim, imageParts, resources } from './values.ts';

/**
 * kube-prometheus-stack: two replicas of Prometheus and of Alertmanager, Grafana with all data sources. Rules, scrape jobs and dashboards are
 * not values: they are the objects in `../kubernetes/operator` and `../kubernetes/dashboards`, which the chart's operator and sidecar find.
 */
export function kubePrometheusStackValues(definitions: Definitions, settings: DeploySettings): unknown {
  refuseInlineSecrets('alertmanager.yml', definitions.alertmanager);
  return {
    prometheus: { prometheusSpec: prometheusSpec(settings), podDisruptionBudget: { enabled: true, minAvailable: 1 } },
    alertmanager: alertmanager(definitions, settings),
    grafana: grafana(definitions, settings),
    'kube-state-metrics': { image: imageParts(settings.image('kubeStateMetrics')) },
    'prometheus-node-exporter': {
      image: imageParts(settings.image('nodeExporter')),
      resources: resources(['100m', '200m'], ['64Mi', '256Mi']),
    },
  };
}

function prometheusSpec(settings: DeploySettings) {
  return {
    image: imageParts(settings.image('prometheus')),
    replicas: 2,
    retention: '30d',
    retentionSize: '50GB',
    externalLabels: { cluster: settings.cluster, region: settings.region },
    enableRemoteWriteReceiver: true,
    enableFeatures: ['exemplar-storage'],
    podAntiAffinity: 'soft',
    resources: resources(['1', '2'], ['4Gi', '8Gi']),
    storageSpec: { volumeClaimTemplate: { spec: claim('100Gi', FAST) } },
  };
}

function alertmanager({ alertmanager: config }: Definitions, settings: DeploySettings) {
  const mounts = secretMounts(config);
  return {
    config,
    podDisruptionBudget: { enabled: true, minAvailable: 1 },
    alertmanagerSpec: {
      image: imageParts(settings.image('alertmanager')),
      replicas: 2,
      retention: '120h',
      resources: resources(['50m', '250m'], ['64Mi', '256Mi']),
      storage: { volumeClaimTemplate: { spec: claim('2Gi') } },
      ...(mounts.length > 0 && {
        volumes: [{ name: 'alertmanager-secrets', secret: { secretName: 'alertmanager-secrets', optional: true } }],
        volumeMounts: mounts.map(({ path }) => ({ name: 'alertmanager-secrets', mountPath: path, readOnly: true })),
      }),
    },
  };
}

function grafana(definitions: Definitions, settings: DeploySettings) {
  const { datasources } = datasourceConfig(definitions, { elastic: true }) as { datasources: { uid: string; [key: string]: unknown }[] };
  const url = 'http://prometheus-kube-prometheus-prometheus:9090';
  return {
    image: imageParts(settings.image('grafana')),
    admin: { existingSecret: 'grafana-credentials', userKey: 'admin-user', passwordKey: 'admin-password' },
    persistence: { enabled: true, size: '10Gi', storageClassName: 'standard-ssd' },
    resources: resources(['250m', '500m'], ['512Mi', '1Gi']),
    envValueFrom: { ELASTIC_READER_PASSWORD: { secretKeyRef: { name: 'elastic-credentials', key: 'reader-password', optional: true } } },
    sidecar: {
      dashboards: {
        enabled: true,
        label: 'grafana_dashboard',
        labelValue: '1',
        folderAnnotation: 'grafana_folder',
        provider: { foldersFromFilesStructure: true },
      },
      datasources: { defaultDatasourceEnabled: false },
    },
    additionalDataSources: datasources.map((source) => (source.uid === 'prometheus' ? { ...source, url } : source)),
  };
}
