// Every image that a generated file or a Dockerfile names, in one table. Tags were looked up on CHECKED_ON in release notes and package
// registries; they say what was supported then, not what is the newest when you read this. `docker buildx imagetools inspect IMAGE` tells
// whether a tag exists, and its digest for those who pin by digest.

/** When the tags were looked up: ISO date. */
export const CHECKED_ON = '2026-11-22';

/** A pinned image. */
export interface Image {
  /** What runs in it. */
  readonly program: string;
  readonly repository: string;
  readonly tag: string;
  /** How long its release line is supported, as far as it is published. */
  readonly support: string;
  /** The release line's page, where support is told. */
  readonly source: string;
  /** Tags in the source documents. */
  readonly documents?: readonly string[];
  /** What is to be known about the documents' versions. */
  readonly note?: string;
}

/** Names of the images in the table. */
export type ImageName = keyof typeof IMAGES;

/** The table. */
export const IMAGES = {
  prometheus: {
    program: 'Prometheus',
    repository: 'docker.io/prom/prometheus',
    tag: 'v3.13.4',
    support: 'long-term support until July 2027',
    source: 'https://prometheus.io/docs/introduction/release-cycle/',
    documents: ['v2.45.0', 'v2.47.0', 'latest'],
    note: '2.45 (long-term support until July 2024) and 2.47 are out of support; `latest` is not pinned',
  },
  alertmanager: {
    program: 'Alertmanager',
    repository: 'docker.io/prom/alertmanager',
    tag: 'v0.34.2',
    support: 'newest release line',
    source: 'https://github.com/prometheus/alertmanager/releases',
    documents: ['v0.25.0'],
    note: '0.25 is out of support',
  },
  nodeExporter: {
    program: 'node_exporter',
    repository: 'docker.io/prom/node-exporter',
    tag: 'v1.13.1',
    support: 'newest release line',
    source: 'https://github.com/prometheus/node_exporter/releases',
    documents: ['v1.6.0'],
    note: '1.6 is out of support',
  },
  kubeStateMetrics: {
    program: 'kube-state-metrics',
    repository: 'registry.k8s.io/kube-state-metrics/kube-state-metrics',
    tag: 'v2.20.0',
    support: 'newest release line',
    source: 'https://github.com/kubernetes/kube-state-metrics#compatibility-matrix',
    documents: ['v2.9.2'],
    note: '2.9 was made for Kubernetes 1.26, which is out of support',
  },
  gpuExporter: {
    program: 'NVIDIA DCGM exporter',
    repository: 'nvcr.io/nvidia/k8s/dcgm-exporter',
    tag: '4.6.0-4.8.3-distroless',
    support: 'newest release line',
    source: 'https://docs.nvidia.com/datacenter/dcgm/latest/release-notes/dcgm-exporter.html',
  },
  grafana: {
    program: 'Grafana',
    repository: 'docker.io/grafana/grafana',
    tag: '13.2.3',
    support: 'supported minor release of the current major',
    source: 'https://grafana.com/docs/grafana/latest/upgrade-guide/when-to-upgrade/',
    documents: ['10.0.0', '10.1.0', 'latest'],
    note: '10.x is out of support; `latest` is not pinned. The panel plugins that the documents install (pie chart) are part of it now',
  },
  loki: {
    program: 'Loki',
    repository: 'docker.io/grafana/loki',
    tag: '3.7.6',
    support: 'newest release line',
    source: 'https://grafana.com/docs/loki/latest/release-notes/',
    documents: ['2.8.0'],
    note: '2.8 is out of support; its `boltdb-shipper`, `table_manager` and `enforce_metric_name` are gone: the configuration is written for 3.x',
  },
  alloy: {
    program: 'Grafana Alloy',
    repository: 'docker.io/grafana/alloy',
    tag: 'v1.18.1',
    support: 'newest release line',
    source: 'https://github.com/grafana/alloy/releases',
  },
  promtail: {
    program: 'Promtail',
    repository: 'docker.io/grafana/promtail',
    tag: '3.5.8',
    support: 'none: ended on 2 March 2026; use Alloy',
    source: 'https://grafana.com/docs/loki/latest/send-data/promtail/',
    documents: ['2.8.0'],
    note: 'Promtail as a whole is out of support. It is here because the documents use it; nothing includes it by default',
  },
  tempo: {
    program: 'Tempo',
    repository: 'docker.io/grafana/tempo',
    tag: '3.0.0',
    support: 'current major release',
    source: 'https://grafana.com/docs/tempo/latest/release-notes/',
  },
  jaeger: {
    program: 'Jaeger',
    repository: 'docker.io/jaegertracing/jaeger',
    tag: '2.21.0',
    support: 'newest release line',
    source: 'https://www.jaegertracing.io/download/',
    documents: ['all-in-one:1.45'],
    note: 'Jaeger 1 ended on 31 December 2025; 2 is another image with a configuration file, and takes OTLP instead of its old agent protocol',
  },
  elasticsearch: {
    program: 'Elasticsearch',
    repository: 'docker.elastic.co/elasticsearch/elasticsearch',
    tag: '9.5.6',
    support: 'current major release',
    source: 'https://www.elastic.co/support/eol',
    documents: ['8.11.0'],
    note: 'of 8 only 8.19 is supported (until July 2027)',
  },
  logstash: {
    program: 'Logstash',
    repository: 'docker.elastic.co/logstash/logstash',
    tag: '9.5.6',
    support: 'current major release, same version as Elasticsearch',
    source: 'https://www.elastic.co/support/eol',
    documents: ['8.11.0'],
    note: 'of 8 only 8.19 is supported (until July 2027)',
  },
  kibana: {
    program: 'Kibana',
    repository: 'docker.elastic.co/kibana/kibana',
    tag: '9.5.6',
    support: 'current major release, same version as Elasticsearch',
    source: 'https://www.elastic.co/support/eol',
    documents: ['8.11.0'],
    note: 'of 8 only 8.19 is supported (until July 2027)',
  },
  node: {
    program: 'Node.js, base of our own images',
    repository: 'docker.io/library/node',
    tag: '24.21.0-trixie-slim',
    support: 'long-term support until April 2028',
    source: 'https://github.com/nodejs/release#release-schedule',
    documents: ['python:3.12-slim'],
    note: 'the documents’ services are written in Python; ours run on Node.js',
  },
} as const satisfies Record<string, Image>;

/** `repository:tag` of an image. */
export function imageOf(name: ImageName): string {
  const { repository, tag } = IMAGES[name];
  return `${repository}:${tag}`;
}

/** The table as a Markdown document, without the line that says where it comes from. */
export function imagesTable(): string {
  const rows = Object.values<Image>(IMAGES).map(
    ({ program, repository, tag, support, source, documents = [], note = '' }) =>
      `| ${program} | \`${repository}:${tag}\` | [${support}](${source}) | ${documents.map((one) => `\`${one}\``).join(', ')} | ${note} |`,
  );
  return [
    '# Images',
    '',
    `Tags as of ${CHECKED_ON}, looked up in release notes and package registries; they were not pulled. Before you rely on one:`,
    '`docker buildx imagetools inspect IMAGE` says whether it exists and what its digest is, and the link in its row how long it is supported.',
    'To change one, edit `sdk/deploy/images.ts` and generate again.',
    '',
    '| program | image | support | in the documents | note |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
