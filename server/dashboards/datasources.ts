// Which data source a panel means. All of them answer from the same store, so a wrong name costs a note and nothing else.
import type { DatasourceConfig } from '../config/grafana.ts';
import { formatDurationMs } from '../model/duration.ts';
import { asRecord, asText } from './loose-json.ts';

/** Reads the `datasource` members of one dashboard and collects what has to be said about them. */
export class DatasourceReader {
  readonly #known: readonly DatasourceConfig[];
  readonly #notes: Set<string>;

  constructor(known: readonly DatasourceConfig[], notes: Set<string>) {
    this.#known = known;
    this.#notes = notes;
  }

  /** Type and smallest step (`''` = none) of what a panel or a query names; `outer` is what stands around it. */
  read(value: unknown, outer?: DatasourceUse): DatasourceUse {
    const { uid, type } = reference(value);
    if (uid === '' && type === '' && outer) return outer;
    // Variables (`${DS_PROMETHEUS}`) and Grafana's own pseudo sources mean the default.
    const isNamed = uid !== '' && !uid.includes('$') && !uid.startsWith('-- ') && uid !== 'default' && uid !== 'grafana';
    const found = isNamed ? this.#known.find((source) => source.uid === uid || source.name === uid) : undefined;
    const used = found ?? this.#defaultOf(type);
    if (isNamed && !found)
      this.#notes.add(`data source uid "${uid}" is unknown, using ${used ? `"${used.name}"` : 'the built-in Prometheus'}`);
    return {
      type: used?.type ?? (type || 'prometheus'),
      minStep: used && used.timeIntervalMs > 0 ? formatDurationMs(used.timeIntervalMs) : '',
    };
  }

  #defaultOf(type: string): DatasourceConfig | undefined {
    const ofType = this.#known.filter((source) => source.type === (type || 'prometheus'));
    return ofType.find((source) => source.isDefault) ?? ofType[0];
  }
}

/** What is known of the data source that a query goes to. */
export interface DatasourceUse {
  readonly type: string;
  readonly minStep: string;
}

function reference(value: unknown): { uid: string; type: string } {
  if (typeof value === 'string') return { uid: value, type: '' };
  const { uid, type } = asRecord(value);
  const known = asText(type);
  return { uid: asText(uid), type: known === 'datasource' || known === 'grafana' ? '' : known };
}
