// Values for the Helm charts of the upstream stack.
import type { Definitions } from '../definitions.ts';
import type { DeployFile } from '../files.ts';
import { type DeployOptions, deploySettings } from '../options.ts';
import { chartsTable } from './charts.ts';
import { kubePrometheusStackValues } from './kube-prometheus-stack.ts';
import { alloyValues, elasticsearchValues, jaegerValues, kibanaValues, logstashValues, lokiValues, tempoValues } from './values.ts';

/** Files below `deploy/helm`. Throws `deploy.invalid_option`, and `deploy.inline_secret` where a definition holds a secret. */
export function helmFiles(definitions: Definitions, options: DeployOptions = {}): DeployFile[] {
  const settings = deploySettings(options);
  const values = {
    'kube-prometheus-stack': kubePrometheusStackValues(definitions, settings),
    loki: lokiValues(settings),
    alloy: alloyValues(settings),
    tempo: tempoValues(settings),
    jaeger: jaegerValues(settings),
    elasticsearch: elasticsearchValues(settings),
    kibana: kibanaValues(settings),
    logstash: logstashValues(settings),
  };
  return [
    ...Object.entries(values).map(([name, content]) => ({ path: `${name}.yaml`, documents: [content] })),
    { path: 'CHARTS.md', text: chartsTable(settings.namespace) },
  ];
}
