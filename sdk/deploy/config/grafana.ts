// Grafana's provisioning: data sources with the links between signals, and the folders of dashboards.
import { type Datasource, lokiSource, prometheusSource, tempoSource } from '../../code/datasources.ts';
import type { Definitions } from '../definitions.ts';

/** Where Grafana's container has the dashboards. */
export const DASHBOARDS_PATH = '/var/lib/grafana/dashboards';

/** What stands beside Prometheus and Loki. */
export interface DatasourceChoice {
  readonly elastic: boolean;
}

/** From a span to the lines of its trace: a minute before and after, by the service's name. */
const TO_LOGS = {
  datasourceUid: 'loki',
  spanStartTimeShift: '-1m',
  spanEndTimeShift: '1m',
  filterByTraceID: true,
  tags: [{ key: 'service.name', value: 'service' }],
};

/** The data sources, and those of the definitions that are others. */
export function datasourceConfig({ datasources }: Definitions, { elastic }: DatasourceChoice): unknown {
  const own = [prometheus(), loki(), tempo(), jaeger(), ...(elastic ? [elasticsearch()] : [])];
  const others = datasources.filter(({ uid }) => own.every((source) => source.uid !== uid));
  return { apiVersion: 1, datasources: [...own, ...others].map((source) => ({ access: 'proxy', editable: false, ...source })) };
}

function prometheus(): Datasource {
  return prometheusSource({
    jsonData: {
      timeInterval: '15s',
      httpMethod: 'POST',
      manageAlerts: true,
      exemplarTraceIdDestinations: [{ name: 'trace_id', datasourceUid: 'tempo' }],
    },
  });
}

function loki(): Datasource {
  const link = { name: 'trace_id', matcherType: 'label', matcherRegex: 'trace_id', datasourceUid: 'tempo', url: '$${__value.raw}' };
  return lokiSource({ jsonData: { maxLines: 1000, derivedFields: [link] } });
}

function tempo(): Datasource {
  return tempoSource({
    jsonData: {
      tracesToLogsV2: TO_LOGS,
      tracesToMetrics: { datasourceUid: 'prometheus', tags: [{ key: 'service.name', value: 'service' }] },
      serviceMap: { datasourceUid: 'prometheus' },
      nodeGraph: { enabled: true },
    },
  });
}

function jaeger(): Datasource {
  return {
    type: 'jaeger',
    uid: 'jaeger',
    name: 'Jaeger',
    url: 'http://jaeger:16686',
    jsonData: { tracesToLogsV2: TO_LOGS, nodeGraph: { enabled: true } },
  };
}

function elasticsearch(): Datasource & { readonly basicAuth: boolean; readonly basicAuthUser: string } {
  return {
    type: 'elasticsearch',
    uid: 'elasticsearch',
    name: 'Elasticsearch',
    url: 'http://elasticsearch:9200',
    basicAuth: true,
    basicAuthUser: 'grafana_reader',
    jsonData: {
      index: 'ml-logs-*',
      timeField: '@timestamp',
      logMessageField: 'message',
      logLevelField: 'level',
      dataLinks: [{ field: 'trace_id', datasourceUid: 'tempo', url: '$${__value.raw}' }],
    },
    secureJsonData: { basicAuthPassword: '$ELASTIC_READER_PASSWORD' },
  };
}

/** The providers of dashboards, one for each folder. */
export function dashboardProviders({ folders }: Definitions): unknown {
  return {
    apiVersion: 1,
    providers: folders.map(({ title, slug }) => ({
      name: title,
      folder: title,
      type: 'file',
      disableDeletion: false,
      allowUiUpdates: false,
      options: { path: `${DASHBOARDS_PATH}/${slug}` },
    })),
  };
}
