import { elasticsearchConfig, kibanaConfig, logstashConfig, logstashPipeline } from '../config/elastic.ts';
import { formatYaml } from '../files.ts';
import type { DeploySettings } from '../options.ts';
import { STANDARD } from './cluster.ts';
import { account, configHash, configMap, type Manifest } from './manifest.ts';
import { CONTAINER_SECURITY, configMount, scratch, secretEnv } from './pod.ts';
import { deployment, peersService, service, statefulSet, visitors } from './workload.ts';

const HOME = '/usr/share';

/** Elasticsearch: one node. Its configuration folder, which it writes its key store to, is a copy of the image's. */
export function elasticsearchManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'elasticsearch', namespace: settings.namespace };
  const image = settings.image('elasticsearch');
  const config = formatYaml(elasticsearchConfig());
  const pod = {
    image,
    env: [
      secretEnv('ELASTIC_PASSWORD', 'elastic-credentials', 'elastic-password'),
      { name: 'ES_JAVA_OPTS', value: '-Xms2g -Xmx2g' },
      { name: 'ES_TMPDIR', value: '/tmp' },
    ],
    ports: { http: 9200, transport: 9300 },
    user: 1000,
    cpu: ['500m', '2'] as const,
    memory: ['4Gi', '4Gi'] as const,
    probes: {
      port: 'http',
      live: '',
      ready: '',
      startSeconds: 300,
      // Answers who shows no credentials with 401, which says that it is there.
      exec: ['sh', '-c', 'test "$(curl -s -o /dev/null -w "%{http_code}" http://localhost:9200/)" = 401'],
    },
    annotations: configHash(config),
    mounts: [
      { path: `${HOME}/elasticsearch/data`, volume: 'data' },
      scratch(`${HOME}/elasticsearch/config`, 'config', '16Mi'),
      scratch(`${HOME}/elasticsearch/logs`, 'logs', '256Mi'),
      scratch('/tmp', 'tmp', '256Mi'),
      { ...configMount('/etc/elasticsearch.yml', 'elasticsearch-config'), subPath: 'elasticsearch.yml' },
    ],
    pod: {
      initContainers: [
        {
          name: 'copy-config',
          image,
          command: ['sh', '-c', `cp -a ${HOME}/elasticsearch/config/. /config/ && cp /etc/elasticsearch.yml /config/elasticsearch.yml`],
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } },
          securityContext: CONTAINER_SECURITY,
          volumeMounts: [
            { name: 'config', mountPath: '/config' },
            { name: 'elasticsearch-config', mountPath: '/etc/elasticsearch.yml', subPath: 'elasticsearch.yml', readOnly: true },
          ],
        },
      ],
      terminationGracePeriodSeconds: 120,
    },
  };
  return [
    ...account(program),
    configMap(program, 'config', { 'elasticsearch.yml': config }),
    statefulSet(program, 1, pod, { volume: 'data', size: '50Gi', storageClass: STANDARD }),
    service(program, { http: 9200 }),
    peersService(program, { transport: 9300 }),
    visitors(program, [{ ports: [9200], programs: ['logstash', 'kibana', 'grafana'] }]),
  ];
}

/** Logstash: Beats on 5044, JSON over HTTP on 8080. */
export function logstashManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'logstash', namespace: settings.namespace };
  const [main, pipeline] = [formatYaml(logstashConfig()), logstashPipeline().trimStart()];
  const pod = {
    image: settings.image('logstash'),
    env: [secretEnv('LOGSTASH_PASSWORD', 'elastic-credentials', 'logstash-password'), { name: 'LS_JAVA_OPTS', value: '-Xms512m -Xmx512m' }],
    ports: { beats: 5044, http: 8080, api: 9600 },
    user: 1000,
    cpu: ['250m', '1'] as const,
    memory: ['1Gi', '1536Mi'] as const,
    probes: { port: 'api', live: '/', ready: '/', startSeconds: 180 },
    annotations: configHash(main, pipeline),
    mounts: [
      { ...configMount(`${HOME}/logstash/config/logstash.yml`, 'logstash-config'), subPath: 'logstash.yml' },
      { ...configMount(`${HOME}/logstash/pipeline/logstash.conf`, 'logstash-config'), subPath: 'logstash.conf' },
      scratch(`${HOME}/logstash/data`, 'data', '1Gi'),
      scratch('/tmp', 'tmp'),
    ],
  };
  return [
    ...account(program),
    configMap(program, 'config', { 'logstash.yml': main, 'logstash.conf': pipeline }),
    deployment(program, 1, pod),
    service(program, { beats: 5044, http: 8080 }),
    visitors(program, [{ ports: [5044, 8080], namespace: settings.applicationNamespace }]),
  ];
}

/** Kibana; it shows Elasticsearch the token of a service account. */
export function kibanaManifests(settings: DeploySettings): Manifest[] {
  const program = { name: 'kibana', namespace: settings.namespace };
  const config = formatYaml(kibanaConfig());
  const pod = {
    image: settings.image('kibana'),
    env: [
      secretEnv('ELASTICSEARCH_SERVICEACCOUNTTOKEN', 'elastic-credentials', 'kibana-token'),
      secretEnv('XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY', 'elastic-credentials', 'kibana-encryption-key'),
    ],
    ports: { http: 5601 },
    user: 1000,
    cpu: ['250m', '1'] as const,
    memory: ['1Gi', '2Gi'] as const,
    // The page that everybody may see.
    probes: { port: 'http', live: '/login', ready: '/login', startSeconds: 300 },
    annotations: configHash(config),
    mounts: [
      { ...configMount(`${HOME}/kibana/config/kibana.yml`, 'kibana-config'), subPath: 'kibana.yml' },
      scratch(`${HOME}/kibana/data`, 'data', '256Mi'),
      scratch('/tmp', 'tmp'),
    ],
  };
  return [
    ...account(program),
    configMap(program, 'config', { 'kibana.yml': config }),
    deployment(program, 1, pod),
    service(program, { http: 5601 }),
    visitors(program, [{ ports: [5601], namespace: settings.ingressNamespace }]),
  ];
}
