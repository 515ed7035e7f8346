/** A data source of Grafana, to be referred to by panels. In Alidade all of them answer from the same store. */
export interface Datasource {
  readonly type: string;
  readonly uid: string;
  readonly name: string;
  /** Where Grafana reaches it. */
  readonly url: string;
  readonly isDefault?: boolean;
  readonly jsonData?: Readonly<Record<string, unknown>>;
  /** Written as `$VARIABLE` of Grafana's environment, never as the secret itself. */
  readonly secureJsonData?: Readonly<Record<string, `$${string}`>>;
}

/** What differs from the usual address of a data source. */
export type DatasourceOptions = Partial<Omit<Datasource, 'type'>>;

/** Prometheus, or Alidade in its place; the default data source. */
export function prometheusSource(options: DatasourceOptions = {}): Datasource {
  return { type: 'prometheus', uid: 'prometheus', name: 'Prometheus', url: 'http://prometheus:9090', isDefault: true, ...options };
}

/** Loki, or Alidade in its place. */
export function lokiSource(options: DatasourceOptions = {}): Datasource {
  return { type: 'loki', uid: 'loki', name: 'Loki', url: 'http://loki:3100', ...options };
}

/** Tempo, or Alidade in its place. */
export function tempoSource(options: DatasourceOptions = {}): Datasource {
  return { type: 'tempo', uid: 'tempo', name: 'Tempo', url: 'http://tempo:3200', ...options };
}

/** Any other data source, by Grafana's type. */
export function datasource(type: string, options: Omit<Datasource, 'type'>): Datasource {
  return { type, ...options };
}
