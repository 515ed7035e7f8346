import type { DeploySettings } from '../options.ts';
import { bind, composeService, healthcheck, type Service, variable } from './service.ts';

const HOME = '/usr/share';

/** Elasticsearch, Logstash and Kibana, with the profile `elastic`. Their passwords come from the environment, see `.env.example`. */
export function elasticServices(settings: DeploySettings): Record<string, Service> {
  const profiles = ['elastic'];
  // Elasticsearch writes its key store beside its configuration: a root file system that cannot be written would need a copy of it.
  const { read_only: _, ...elasticsearch } = composeService({
    image: settings.image('elasticsearch'),
    profiles,
    memory: '2g',
    environment: {
      ELASTIC_PASSWORD: variable('ELASTIC_PASSWORD'),
      ES_JAVA_OPTS: '-Xms1g -Xmx1g',
    },
    volumes: [
      bind('elastic/elasticsearch.yml', `${HOME}/elasticsearch/config/elasticsearch.yml`),
      'elasticsearch-data:/usr/share/elasticsearch/data',
    ],
    publish: ['9200'],
    healthcheck: healthcheck(['sh', '-c', 'test "$$(curl -s -o /dev/null -w "%{http_code}" http://localhost:9200/)" = 401'], 180),
  });
  return {
    elasticsearch,
    logstash: composeService({
      image: settings.image('logstash'),
      profiles,
      memory: '1536m',
      environment: { LOGSTASH_PASSWORD: variable('LOGSTASH_PASSWORD'), LS_JAVA_OPTS: '-Xms512m -Xmx512m' },
      volumes: [
        bind('elastic/logstash.yml', `${HOME}/logstash/config/logstash.yml`),
        bind('elastic/logstash.conf', `${HOME}/logstash/pipeline/logstash.conf`),
        'logstash-data:/usr/share/logstash/data',
      ],
      depends_on: { elasticsearch: { condition: 'service_healthy' } },
      publish: ['5044', '8080'],
      tmp: ['/tmp'],
    }),
    kibana: composeService({
      image: settings.image('kibana'),
      profiles,
      memory: '2g',
      environment: { ELASTICSEARCH_SERVICEACCOUNTTOKEN: variable('KIBANA_TOKEN') },
      volumes: [bind('elastic/kibana.yml', `${HOME}/kibana/config/kibana.yml`), 'kibana-data:/usr/share/kibana/data'],
      depends_on: { elasticsearch: { condition: 'service_healthy' } },
      publish: ['5601'],
      tmp: ['/tmp'],
    }),
  };
}
