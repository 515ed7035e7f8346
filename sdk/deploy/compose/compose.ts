// All files of deployments with Compose: three Compose files on one folder of configuration.
import { jobsForAlidade } from '../config/alidade.ts';
import { alloyForCompose } from '../config/alloy.ts';
import { elasticsearchConfig, kibanaConfig, logstashConfig, logstashPipeline } from '../config/elastic.ts';
import { dashboardProviders, datasourceConfig } from '../config/grafana.ts';
import { jaegerConfig } from '../config/jaeger.ts';
import { lokiConfig } from '../config/loki.ts';
import { prometheusForCompose, type ScrapedProgram, UPSTREAM_PROGRAMS } from '../config/prometheus.ts';
import { tempoConfig } from '../config/tempo.ts';
import type { Definitions } from '../definitions.ts';
import type { DeployFile } from '../files.ts';
import { type DeployOptions, type DeploySettings, deploySettings } from '../options.ts';
import { refuseInlineSecrets } from '../secrets.ts';
import { elasticServices } from './elastic.ts';
import {
  ALIDADE_TOKEN_FILE,
  alertmanager,
  alidade,
  alloy,
  gpuExporter,
  grafana,
  jaeger,
  loki,
  nodeExporter,
  predictionApi,
  prometheus,
  tempo,
} from './programs.ts';
import { composeFile, type Service, variable } from './service.ts';

/** The repository, from the folder of the Compose files. */
const ROOT = '../..';

const NODE: ScrapedProgram = { program: 'node-exporter', port: 9100 };
const LAB: readonly ScrapedProgram[] = [{ program: 'app', port: 5000 }];
const UPSTREAM: readonly ScrapedProgram[] = [...LAB, ...UPSTREAM_PROGRAMS, NODE];

/** Files below `deploy/compose`. Throws `deploy.invalid_option`, and `deploy.inline_secret` where a definition holds a secret. */
export function composeFiles(definitions: Definitions, options: DeployOptions = {}): DeployFile[] {
  const settings = deploySettings(options);
  refuseInlineSecrets('alertmanager.yml', definitions.alertmanager);
  refuseInlineSecrets('prometheus.yml', definitions.jobs);
  return [
    yaml('lab.compose.yaml', composeFile('lab', labServices(definitions, settings))),
    yaml('upstream.compose.yaml', composeFile('upstream', upstreamServices(definitions, settings))),
    yaml('alidade.compose.yaml', composeFile('alidade', alidadeServices(definitions, settings))),
    { path: '.env.example', text: ENVIRONMENT },
    ...configFiles(definitions),
  ];
}

function labServices(definitions: Definitions, settings: DeploySettings): Record<string, Service> {
  return {
    app: predictionApi(definitions, settings, {}, ROOT),
    prometheus: prometheus(settings, 'prometheus.yml'),
    alertmanager: alertmanager(settings, definitions),
    grafana: grafana(settings, 'provisioning', false),
    'node-exporter': nodeExporter(settings),
  };
}

function upstreamServices(definitions: Definitions, settings: DeploySettings): Record<string, Service> {
  return {
    ...labServices(definitions, settings),
    app: predictionApi(definitions, settings, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://alloy:4318' }, ROOT),
    prometheus: prometheus(settings, 'upstream.yml'),
    grafana: grafana(settings, 'provisioning-upstream', true),
    loki: loki(settings),
    tempo: tempo(settings),
    jaeger: jaeger(settings),
    alloy: alloy(settings),
    'gpu-exporter': gpuExporter(settings),
    ...elasticServices(settings),
  };
}

function alidadeServices(definitions: Definitions, settings: DeploySettings): Record<string, Service> {
  const telemetry = {
    LOKI_URL: `http://app:${variable('ALIDADE_TOKEN', '')}@alidade:9090`,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://alidade:9090',
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${variable('ALIDADE_TOKEN', '')}`,
  };
  return { app: predictionApi(definitions, settings, telemetry, ROOT), alidade: alidade(definitions, settings, ROOT) };
}

const ENVIRONMENT = `# Copy to .env, which is never checked in, and fill in. Only what you start is needed.

# alidade.compose.yaml: what callers show. openssl rand -hex 32
ALIDADE_TOKEN=

# upstream.compose.yaml with --profile elastic
ELASTIC_PASSWORD=
# Of the users logstash_internal and grafana_reader, which you create in Elasticsearch.
LOGSTASH_PASSWORD=
ELASTIC_READER_PASSWORD=
# docker compose exec elasticsearch bin/elasticsearch-service-tokens create elastic/kibana kibana
KIBANA_TOKEN=
`;

function yaml(path: string, ...documents: unknown[]): DeployFile {
  return { path, documents };
}

function configFiles(definitions: Definitions): DeployFile[] {
  const provisioning = (folder: string, sources: unknown): DeployFile[] => [
    yaml(`grafana/${folder}/datasources/all.yaml`, sources),
    yaml(`grafana/${folder}/dashboards/all.yaml`, dashboardProviders(definitions)),
  ];
  const sources = { apiVersion: 1, datasources: definitions.datasources };
  const { definitions: forAlidade, own } = jobsForAlidade(definitions, ALIDADE_TOKEN_FILE);
  return [
    yaml('prometheus/prometheus.yml', prometheusForCompose(definitions, [...LAB, NODE])),
    yaml('prometheus/upstream.yml', prometheusForCompose(definitions, UPSTREAM)),
    // No node-exporter resolves beside Alidade: its own collector stands in.
    yaml('prometheus/alidade.yml', prometheusForCompose(forAlidade, [...LAB, NODE], { alertmanager: false, own })),
    ...definitions.rules.map(({ name, content }) => yaml(`prometheus/rules/${name}.yml`, content)),
    yaml('alertmanager/alertmanager.yml', definitions.alertmanager),
    ...provisioning('provisioning', sources),
    ...provisioning('provisioning-upstream', datasourceConfig(definitions, { elastic: true })),
    ...definitions.dashboards.map(({ folder, uid, json }) => ({ path: `grafana/dashboards/${folder}/${uid}.json`, json })),
    yaml('loki/loki.yaml', lokiConfig()),
    ...definitions.logRules.map(({ name, content }) => yaml(`loki/rules/fake/${name}.yml`, content)),
    yaml('tempo/tempo.yaml', tempoConfig(['http://prometheus:9090/api/v1/write'])),
    yaml('jaeger/config.yaml', jaegerConfig('memory')),
    { path: 'alloy/config.alloy', text: alloyForCompose({ tempo: 'tempo:4317', jaeger: 'jaeger:4317' }) },
    yaml('elastic/elasticsearch.yml', elasticsearchConfig()),
    yaml('elastic/kibana.yml', kibanaConfig()),
    yaml('elastic/logstash.yml', logstashConfig()),
    { path: 'elastic/logstash.conf', text: logstashPipeline() },
  ];
}
