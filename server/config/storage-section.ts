import type { z } from 'zod';
import type { ConfigFile } from './config-file.ts';
import { duration, section, unused, wholeNumber } from './fields.ts';

/** What prometheus.yml says about storage. */
export interface StorageSettings {
  /** How far behind the newest sample of its series a sample may come late. */
  readonly outOfOrderMs: number;
  /** Exemplars kept in memory; absent = the default. */
  readonly maxExemplars?: number | undefined;
}

export const DEFAULT_STORAGE: StorageSettings = { outOfOrderMs: 0 };

const storageSection = section({
  tsdb: section({ out_of_order_time_window: duration().default(0), ...unused(['retention']) }).optional(),
  exemplars: section({ max_exemplars: wholeNumber(1).optional() }).optional(),
});

/** Reads `storage` of prometheus.yml; defaults when it is not there or has faults. */
export function readStorageSection(file: ConfigFile): StorageSettings {
  if (!file.has(['storage'])) return DEFAULT_STORAGE;
  if (file.has(['storage', 'tsdb', 'retention']))
    file.warn(['storage', 'tsdb', 'retention'], 'retention is set with --retention or in alidade.yaml; this has no effect');
  const settings: z.output<typeof storageSection> | undefined = file.read(storageSection, ['storage']);
  return { outOfOrderMs: settings?.tsdb?.out_of_order_time_window ?? 0, maxExemplars: settings?.exemplars?.max_exemplars };
}
