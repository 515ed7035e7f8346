import { alloyForKubernetes } from '../config/alloy.ts';
import { elasticsearchConfig, kibanaConfig, logstashConfig, logstashPipeline } from '../config/elastic.ts';
import { lokiConfig } from '../config/loki.ts';
import { tempoConfig } from '../config/tempo.ts';
import { formatYaml } from '../files.ts';
import { STANDARD } from '../kubernetes/cluster.ts';
import type { DeploySettings } from '../options.ts';

/** Requests and limits as charts take them. */
export function resources(cpu: readonly [string, string], memory: readonly [string, string]) {
  return { requests: { cpu: cpu[0], memory: memory[0] }, limits: { cpu: cpu[1], memory: memory[1] } };
}

/** A claim as the Prometheus operator and Elastic's charts take it. */
export function claim(storage: string, storageClassName = STANDARD) {
  return { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } };
}

/** Loki in one process. */
export function lokiValues(settings: DeploySettings): unknown {
  const { auth_enabled, limits_config, schema_config, ingester, compactor, ruler } = lokiConfig() as Record<string, unknown>;
  return {
    deploymentMode: 'Monolithic',
    loki: {
      image: imageParts(settings.image('loki')),
      auth_enabled,
      commonConfig: { replication_factor: 1 },
      storage: { type: 'filesystem' },
      schemaConfig: schema_config,
      limits_config,
      ingester,
      compactor,
      rulerConfig: ruler,
    },
    singleBinary: {
      replicas: 1,
      persistence: { enabled: true, size: '50Gi', storageClass: STANDARD },
      // The ConfigMap of ../kubernetes/loki/rules.yaml.
      extraVolumes: [{ name: 'log-rules', configMap: { name: 'loki-rules', optional: true } }],
      extraVolumeMounts: [{ name: 'log-rules', mountPath: '/etc/loki/rules/fake', readOnly: true }],
      resources: resources(['500m', '1'], ['1Gi', '2Gi']),
    },
    // Parts of the scalable mode.
    read: { replicas: 0 },
    write: { replicas: 0 },
    backend: { replicas: 0 },
    gateway: { enabled: false },
    chunksCache: { enabled: false },
    resultsCache: { enabled: false },
    lokiCanary: { enabled: false },
    test: { enabled: false },
  };
}

/** Alloy on each node with the same configuration as in the manifests. */
export function alloyValues(settings: DeploySettings): unknown {
  return {
    image: imageParts(settings.image('alloy')),
    alloy: {
      configMap: { content: alloyForKubernetes({ tempo: 'tempo:4317', jaeger: 'jaeger:4317' }).trimStart() },
      enableReporting: false,
      extraEnv: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
      extraPorts: [
        { name: 'otlp-grpc', port: 4317, targetPort: 4317, protocol: 'TCP' },
        { name: 'otlp-http', port: 4318, targetPort: 4318, protocol: 'TCP' },
      ],
      resources: resources(['100m', '500m'], ['128Mi', '512Mi']),
      securityContext: {
        allowPrivilegeEscalation: false,
        runAsNonRoot: true,
        runAsUser: 473,
        runAsGroup: 473,
        capabilities: { drop: ['ALL'] },
      },
    },
    controller: { type: 'daemonset' },
    serviceMonitor: { enabled: true, additionalLabels: { release: 'prometheus' } },
  };
}

/** Tempo in one process. */
export function tempoValues(settings: DeploySettings): unknown {
  return {
    tempo: {
      ...imageParts(settings.image('tempo')),
      resources: resources(['250m', '1'], ['512Mi', '2Gi']),
      reportingEnabled: false,
    },
    config: formatYaml(tempoConfig(['http://prometheus-kube-prometheus-prometheus:9090/api/v1/write'])),
    persistence: { enabled: true, size: '50Gi', storageClassName: STANDARD },
    serviceMonitor: { enabled: true, additionalLabels: { release: 'prometheus' } },
  };
}

/** Jaeger 2 in one process. */
export function jaegerValues(settings: DeploySettings): unknown {
  const { repository, tag } = imageParts(settings.image('jaeger'));
  return {
    jaeger: { image: { repository, tag }, replicas: 1, resources: resources(['100m', '500m'], ['256Mi', '1Gi']) },
    storage: { type: 'memory' },
  };
}

/** Elasticsearch: one node; its password comes from the Secret `elastic-credentials`. */
export function elasticsearchValues(settings: DeploySettings): unknown {
  const { repository, tag } = imageParts(settings.image('elasticsearch'));
  const { 'discovery.type': _, ...config } = elasticsearchConfig() as Record<string, unknown>;
  return {
    image: repository,
    imageTag: tag,
    replicas: 1,
    minimumMasterNodes: 1,
    createCert: false,
    protocol: 'http',
    secret: { enabled: false },
    esConfig: { 'elasticsearch.yml': formatYaml({ ...config, 'discovery.type': 'single-node' }) },
    // The chart sets what a cluster forms itself with, which a single node refuses.
    extraEnvs: [{ name: 'ELASTIC_PASSWORD', valueFrom: { secretKeyRef: { name: 'elastic-credentials', key: 'elastic-password' } } }],
    clusterHealthCheckParams: 'wait_for_status=yellow&timeout=1s',
    esJavaOpts: '-Xms2g -Xmx2g',
    resources: resources(['500m', '2'], ['4Gi', '4Gi']),
    volumeClaimTemplate: claim('50Gi'),
  };
}

/** Kibana with the token of a service account. */
export function kibanaValues(settings: DeploySettings): unknown {
  const { repository, tag } = imageParts(settings.image('kibana'));
  return {
    image: repository,
    imageTag: tag,
    elasticsearchHosts: 'http://elasticsearch:9200',
    kibanaConfig: { 'kibana.yml': formatYaml(kibanaConfig()) },
    extraEnvs: [
      { name: 'ELASTICSEARCH_SERVICEACCOUNTTOKEN', valueFrom: { secretKeyRef: { name: 'elastic-credentials', key: 'kibana-token' } } },
    ],
    resources: resources(['250m', '1'], ['1Gi', '2Gi']),
  };
}

/** Logstash with the pipeline of the documents. */
export function logstashValues(settings: DeploySettings): unknown {
  const { repository, tag } = imageParts(settings.image('logstash'));
  return {
    image: repository,
    imageTag: tag,
    replicas: 1,
    logstashConfig: { 'logstash.yml': formatYaml(logstashConfig()) },
    logstashPipeline: { 'logstash.conf': logstashPipeline().trimStart() },
    extraEnvs: [{ name: 'LOGSTASH_PASSWORD', valueFrom: { secretKeyRef: { name: 'elastic-credentials', key: 'logstash-password' } } }],
    logstashJavaOpts: '-Xms512m -Xmx512m',
    resources: resources(['250m', '1'], ['1Gi', '1536Mi']),
    service: {
      type: 'ClusterIP',
      ports: [
        { name: 'beats', port: 5044, protocol: 'TCP', targetPort: 5044 },
        { name: 'http', port: 8080, protocol: 'TCP', targetPort: 8080 },
      ],
    },
  };
}

/** The parts of `registry/repository:tag` as most charts take them. */
export function imageParts(image: string): { readonly registry: string; readonly repository: string; readonly tag: string } {
  const [, registry = '', repository = '', tag = ''] = /^([^/]+)\/(.+):([^:]+)$/.exec(image) ?? [];
  return { registry, repository, tag };
}
