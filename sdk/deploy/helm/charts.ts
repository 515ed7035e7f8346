// The Helm charts that values are written for. Chart versions move weekly; these are the major lines that the values' keys were written for,
// looked up in release notes on images.CHECKED_ON.

/** A chart and where its values stand. */
export interface Chart {
  readonly chart: string;
  readonly repository: string;
  /** Constraint for `helm install --version`. */
  readonly version: string;
  readonly release: string;
  /** File of its values. */
  readonly values: string;
  readonly note?: string;
}

/** The charts of the documents, and Alloy's. */
export const CHARTS: readonly Chart[] = [
  {
    chart: 'kube-prometheus-stack',
    repository: 'https://prometheus-community.github.io/helm-charts',
    version: '^93.0.0',
    release: 'prometheus',
    values: 'kube-prometheus-stack.yaml',
  },
  {
    chart: 'loki',
    repository: 'https://grafana-community.github.io/helm-charts',
    version: '^18.0.0',
    release: 'loki',
    values: 'loki.yaml',
    note: 'in place of `grafana/loki-stack`, which is no longer maintained; Alloy in place of its Promtail',
  },
  { chart: 'alloy', repository: 'https://grafana.github.io/helm-charts', version: '^1.6.0', release: 'alloy', values: 'alloy.yaml' },
  {
    chart: 'tempo',
    repository: 'https://grafana-community.github.io/helm-charts',
    version: '^2.2.0',
    release: 'tempo',
    values: 'tempo.yaml',
  },
  {
    chart: 'jaeger',
    repository: 'https://jaegertracing.github.io/helm-charts',
    version: '^4.0.0',
    release: 'jaeger',
    values: 'jaeger.yaml',
  },
  {
    chart: 'elasticsearch',
    repository: 'https://helm.elastic.co',
    version: '8.5.1',
    release: 'elasticsearch',
    values: 'elasticsearch.yaml',
    note: 'the last release of a chart that Elastic has given up for its operator (ECK); the manifests in `../kubernetes/elastic` need no chart',
  },
  {
    chart: 'kibana',
    repository: 'https://helm.elastic.co',
    version: '8.5.1',
    release: 'kibana',
    values: 'kibana.yaml',
    note: 'as elasticsearch',
  },
  {
    chart: 'logstash',
    repository: 'https://helm.elastic.co',
    version: '8.5.1',
    release: 'logstash',
    values: 'logstash.yaml',
    note: 'as elasticsearch',
  },
];

/** The charts as a Markdown document with the commands that install them. */
export function chartsTable(namespace: string): string {
  const rows = CHARTS.map(
    ({ chart, repository, version, values, note = '' }) =>
      `| ${chart} | ${repository} | \`${version}\` | [${values}](${values}) | ${note} |`,
  );
  const commands = CHARTS.map(
    ({ chart, repository, version, release, values }) =>
      `helm upgrade --install ${release} ${chart} --repo ${repository} --version '${version}' -n ${namespace} -f ${values}`,
  );
  return [
    '# Helm charts',
    '',
    'Values for the charts that the documents install. Chart lines are from release notes and were not installed here; check with `helm template` before you do.',
    '',
    '| chart | repository | version | values | note |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '```sh',
    ...commands,
    '```',
    '',
  ].join('\n');
}
