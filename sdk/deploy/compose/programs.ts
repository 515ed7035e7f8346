import { serviceName } from '../config/targets.ts';
import type { Definitions } from '../definitions.ts';
import type { DeploySettings } from '../options.ts';
import { secretFiles } from '../secrets.ts';
import { bind, composeService, healthcheck, type Service, variable, wget } from './service.ts';

/** The prediction API, built from the repository. */
export function predictionApi(
  { jobs }: Definitions,
  settings: DeploySettings,
  environment: Readonly<Record<string, string>>,
  root: string,
): Service {
  return composeService({
    build: { context: root, dockerfile: 'deploy/docker/prediction-api.Dockerfile' },
    image: settings.predictionImage,
    memory: '512m',
    environment: { HOST: '0.0.0.0', PORT: '5000', OTEL_SERVICE_NAME: serviceName(jobs), ...environment },
    publish: ['5000'],
    tmp: ['/tmp'],
  });
}

/** Prometheus on a configuration file of the folder `prometheus/`. */
export function prometheus(settings: DeploySettings, config: string): Service {
  return composeService({
    image: settings.image('prometheus'),
    memory: '4g',
    command: [
      `--config.file=/etc/prometheus/${config}`,
      '--storage.tsdb.path=/prometheus',
      '--storage.tsdb.retention.time=30d',
      '--storage.tsdb.retention.size=50GB',
      '--web.enable-lifecycle',
      '--web.enable-remote-write-receiver',
      '--enable-feature=exemplar-storage',
    ],
    volumes: [bind('prometheus', '/etc/prometheus'), 'prometheus-data:/prometheus'],
    publish: ['9090'],
    healthcheck: wget('http://localhost:9090/-/healthy'),
  });
}

/** Alertmanager; each file that its receivers read a secret from is a secret of Compose. */
export function alertmanager(settings: DeploySettings, { alertmanager: config }: Definitions): Service {
  const secrets = receiverSecrets(config, '/etc/alertmanager');
  return composeService({
    image: settings.image('alertmanager'),
    memory: '256m',
    command: ['--config.file=/etc/alertmanager/alertmanager.yml', '--storage.path=/alertmanager', '--cluster.listen-address='],
    volumes: [bind('alertmanager', '/etc/alertmanager'), 'alertmanager-data:/alertmanager'],
    ...(secrets.length > 0 && { secrets }),
    publish: ['9093'],
    healthcheck: wget('http://localhost:9093/-/healthy'),
  });
}

/** The files that receivers read secrets from, as Compose's secrets; `configDir` is where the reader has alertmanager.yml. */
function receiverSecrets(config: unknown, configDir: string): { readonly source: string; readonly target: string }[] {
  return secretFiles(config).map((path) => ({
    source: path.replace(/^.*\//, '').replace(/[^a-zA-Z0-9_.-]/g, '_'),
    target: path.replace(/^\/etc\/alertmanager(?=\/)/, configDir),
  }));
}

/** Grafana with a folder of provisioning. */
export function grafana(settings: DeploySettings, provisioning: string, elastic: boolean): Service {
  return composeService({
    image: settings.image('grafana'),
    memory: '1g',
    environment: {
      GF_SECURITY_ADMIN_USER: 'admin',
      GF_SECURITY_ADMIN_PASSWORD__FILE: '/run/secrets/grafana_admin_password',
      GF_USERS_ALLOW_SIGN_UP: 'false',
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      ...(elastic && { ELASTIC_READER_PASSWORD: variable('ELASTIC_READER_PASSWORD') }),
    },
    volumes: [
      bind(`grafana/${provisioning}`, '/etc/grafana/provisioning'),
      bind('grafana/dashboards', '/var/lib/grafana/dashboards'),
      'grafana-data:/var/lib/grafana',
    ],
    secrets: ['grafana_admin_password'],
    publish: ['3000'],
    tmp: ['/tmp'],
    healthcheck: wget('http://localhost:3000/api/health', 60),
  });
}

/** Loki. Its image has no shell to check its health with. */
export function loki(settings: DeploySettings): Service {
  return composeService({
    image: settings.image('loki'),
    memory: '2g',
    command: ['-config.file=/etc/loki/loki.yaml'],
    volumes: [bind('loki', '/etc/loki'), 'loki-data:/loki'],
    publish: ['3100'],
    tmp: ['/tmp'],
  });
}

/** Tempo. Its image has no shell to check its health with. */
export function tempo(settings: DeploySettings): Service {
  return composeService({
    image: settings.image('tempo'),
    memory: '2g',
    command: ['-config.file=/etc/tempo/tempo.yaml'],
    volumes: [bind('tempo', '/etc/tempo'), 'tempo-data:/var/tempo'],
    publish: ['3200'],
    tmp: ['/tmp'],
  });
}

/** Jaeger 2 with the ports that the documents name. */
export function jaeger(settings: DeploySettings): Service {
  return composeService({
    image: settings.image('jaeger'),
    memory: '1g',
    command: ['--config', '/etc/jaeger/config.yaml'],
    volumes: [bind('jaeger', '/etc/jaeger')],
    publish: ['16686', '14268', '9411', '6831:6831/udp'],
    tmp: ['/tmp'],
  });
}

/** Alloy: log lines of all containers, and OTLP for the spans of programs. It may read Docker's socket, which is as good as root. */
export function alloy(settings: DeploySettings): Service {
  return composeService({
    image: settings.image('alloy'),
    memory: '512m',
    user: '0:0',
    command: ['run', '--server.http.listen-addr=0.0.0.0:12345', '--storage.path=/data', '--disable-reporting', '/etc/alloy/config.alloy'],
    volumes: [bind('alloy', '/etc/alloy'), 'alloy-data:/data', '/var/run/docker.sock:/var/run/docker.sock:ro'],
    publish: ['12345', '4317', '4318'],
    tmp: ['/tmp'],
  });
}

/** node_exporter on this machine. */
export function nodeExporter(settings: DeploySettings): Service {
  return composeService({
    image: settings.image('nodeExporter'),
    memory: '128m',
    command: [
      '--path.procfs=/host/proc',
      '--path.sysfs=/host/sys',
      '--path.rootfs=/host/root',
      '--collector.filesystem.mount-points-exclude=^/(sys|proc|dev|host|etc)($$|/)',
    ],
    volumes: ['/proc:/host/proc:ro', '/sys:/host/sys:ro', '/:/host/root:ro,rslave'],
    publish: ['9100'],
    healthcheck: wget('http://localhost:9100/'),
  });
}

/** NVIDIA's exporter, with the profile `gpu`, where there is a GPU and NVIDIA's container toolkit. */
export function gpuExporter(settings: DeploySettings): Service {
  return composeService({
    image: settings.image('gpuExporter'),
    memory: '1g',
    profiles: ['gpu'],
    deploy: { resources: { reservations: { devices: [{ driver: 'nvidia', count: 'all', capabilities: ['gpu'] }] } } },
    publish: ['9400'],
    tmp: ['/tmp'],
  });
}

/** Where Alidade's container has its token, to ask itself with. */
export const ALIDADE_TOKEN_FILE = '/run/secrets/alidade_token';

/** Alidade in place of all of them, on the folder of this Compose file. */
export function alidade({ alertmanager: config }: Definitions, settings: DeploySettings, root: string): Service {
  return composeService({
    build: { context: root, dockerfile: 'deploy/docker/alidade.Dockerfile' },
    image: settings.alidadeImage,
    memory: '4g',
    init: true,
    command: [
      'up',
      '/etc/alidade',
      '--listen=0.0.0.0:9090',
      '--otlp-grpc=0.0.0.0:4317',
      '--otlp-http=0.0.0.0:4318',
      '--data=/var/lib/alidade',
      '--retention=30d',
    ],
    // Without it there is no start: a container's port is not loopback.
    environment: { ALIDADE_TOKEN: variable('ALIDADE_TOKEN', ':?make one with openssl rand -hex 32') },
    volumes: [
      bind('prometheus/alidade.yml', '/etc/alidade/prometheus/prometheus.yml'),
      bind('prometheus/rules', '/etc/alidade/prometheus/rules'),
      bind('alertmanager', '/etc/alidade/alertmanager'),
      bind('grafana/provisioning', '/etc/alidade/grafana/provisioning'),
      bind('grafana/dashboards', '/etc/alidade/grafana/dashboards'),
      'alidade-data:/var/lib/alidade',
    ],
    secrets: ['alidade_token', ...receiverSecrets(config, '/etc/alidade/alertmanager')],
    publish: ['9090', '4317', '4318'],
    tmp: ['/tmp'],
    healthcheck: healthcheck(['node', '/app/healthcheck.mjs', 'http://127.0.0.1:9090/-/ready'], 120),
  });
}
