// All files of a deployment on Kubernetes: a folder for each program, and overlays that put them together.
import type { Definitions } from '../definitions.ts';
import type { DeployFile } from '../files.ts';
import { imagesTable } from '../images.ts';
import { type DeployOptions, deploySettings } from '../options.ts';
import { agentManifests } from './agent.ts';
import { alertmanagerManifests } from './alertmanager.ts';
import { alidadeManifests } from './alidade.ts';
import { alloyManifests } from './alloy.ts';
import { clusterManifests, networkManifests } from './cluster.ts';
import { elasticsearchManifests, kibanaManifests, logstashManifests } from './elastic.ts';
import { gpuExporterManifests, kubeStateMetricsManifests, nodeExporterManifests } from './exporters.ts';
import { dashboardMaps, grafanaManifests } from './grafana.ts';
import { jaegerManifests } from './jaeger.ts';
import { type Folder, folderFiles, kustomization } from './kustomization.ts';
import { lokiManifests, lokiRules } from './loki.ts';
import { prometheusRules, serviceMonitors } from './operator.ts';
import { predictionApiManifests, telemetryMap } from './prediction-api.ts';
import { prometheusManifests, rulesMap } from './prometheus.ts';
import { promtailManifests } from './promtail.ts';
import { secretsTable } from './secrets-table.ts';
import { tempoManifests } from './tempo.ts';

/** Files below `deploy/kubernetes`. Throws `deploy.invalid_option`, and `deploy.inline_secret` where a definition holds a secret. */
export function kubernetesFiles(definitions: Definitions, options: DeployOptions = {}): DeployFile[] {
  const settings = deploySettings(options);
  const { namespace } = settings;
  const folders: Readonly<Record<string, Folder>> = {
    cluster: clusterManifests(settings),
    network: { 'deny-ingress': networkManifests(settings) },
    'prediction-api': { 'prediction-api': predictionApiManifests(definitions, settings) },
    exporters: { 'kube-state-metrics': kubeStateMetricsManifests(settings), 'gpu-exporter': gpuExporterManifests(settings) },
    'node-exporter': { 'node-exporter': nodeExporterManifests(settings) },
    prometheus: { prometheus: prometheusManifests(definitions, settings) },
    alertmanager: { alertmanager: alertmanagerManifests(definitions, settings) },
    dashboards: Object.fromEntries(dashboardMaps(definitions, settings).map((map, i) => [definitions.dashboards[i]?.uid ?? '', [map]])),
    grafana: { grafana: grafanaManifests(definitions, settings) },
    loki: { loki: lokiManifests(definitions, settings), rules: lokiRules(definitions, settings) },
    alloy: { alloy: alloyManifests(settings) },
    promtail: { promtail: promtailManifests(settings) },
    tempo: { tempo: tempoManifests(settings) },
    jaeger: { jaeger: jaegerManifests(settings) },
    elastic: { elasticsearch: elasticsearchManifests(settings), logstash: logstashManifests(settings), kibana: kibanaManifests(settings) },
    operator: {
      'prometheus-rules': prometheusRules(definitions, settings),
      'service-monitors': serviceMonitors(definitions, settings),
    },
    alidade: { alidade: alidadeManifests(definitions, settings) },
    'alidade-agent': { 'alidade-agent': agentManifests(settings) },
    rules: { 'prometheus-rules': [rulesMap(definitions, settings)] },
  };
  const manifests = Object.values(folders).flatMap((folder) => Object.values(folder).flat());
  const otlp = (host: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://${host}.${namespace}.svc:4318` });
  return [
    ...Object.entries(folders).flatMap(([name, folder]) => folderFiles(name, folder)),
    ...overlay('upstream', UPSTREAM, [telemetryMap(settings, otlp('alloy'))]),
    ...overlay('alidade', ALIDADE, [telemetryMap(settings, { ...otlp('alidade'), LOKI_URL: `http://alidade.${namespace}.svc:9090` })]),
    { path: 'IMAGES.md', text: imagesTable() },
    { path: 'SECRETS.md', text: secretsTable(manifests, definitions.alertmanager) },
  ];
}

const SHARED = ['cluster', 'network', 'prediction-api', 'node-exporter', 'exporters', 'rules', 'dashboards'];
const UPSTREAM = [...SHARED, 'prometheus', 'alertmanager', 'grafana', 'loki', 'alloy', 'tempo', 'jaeger'];
const ALIDADE = [...SHARED, 'alidade'];

function overlay(name: string, folders: readonly string[], own: Folder[string]): DeployFile[] {
  const folder = `overlays/${name}`;
  return [
    { path: `${folder}/telemetry.yaml`, documents: own },
    kustomization(folder, [...folders.map((one) => `../../${one}`), 'telemetry.yaml']),
  ];
}
