import { FeatureCache, type FeatureMetrics } from '@alidade/sdk/instrument';
import type { Customer, CustomerField } from './customer.ts';
import { columnsOf, encodeColumns, featureNames } from './features.ts';

/** Columns that are looked up together, by the values of a few fields. */
interface FeatureGroup {
  readonly name: string;
  readonly fields: readonly CustomerField[];
  readonly columns: readonly number[];
}

function group(name: string, ...fields: CustomerField[]): FeatureGroup {
  return { name, fields, columns: columnsOf(fields) };
}

/** Every categorical column is in one group; the three numbers change from call to call and come with the request. */
const groups: readonly FeatureGroup[] = [
  group('household', 'gender', 'SeniorCitizen', 'Partner', 'Dependents'),
  group('lines', 'PhoneService', 'MultipleLines', 'InternetService'),
  group('add-ons', 'OnlineSecurity', 'OnlineBackup', 'DeviceProtection', 'TechSupport', 'StreamingTV', 'StreamingMovies'),
  group('billing', 'Contract', 'PaperlessBilling', 'PaymentMethod'),
];
const requestColumns = columnsOf(['tenure', 'MonthlyCharges', 'TotalCharges']);

/** Room for all combinations of the small groups and the common ones of the add-ons, which have over a hundred. */
const CACHED_GROUPS = 64;

/**
 * Where feature vectors come from: groups of columns, cached by the values they stand for. The store behind the cache is this process
 * (`features.ts`); a service with one elsewhere would ask it in the same place.
 */
export class FeatureStore {
  readonly #cache: FeatureCache<readonly number[]>;

  constructor(metrics: FeatureMetrics) {
    this.#cache = new FeatureCache({ metrics, cacheType: 'feature-groups', featureStore: 'customer-profile', maxEntries: CACHED_GROUPS });
  }

  /** The feature vector of a customer, the same as `encode` gives. */
  async lookup(customer: Customer): Promise<Float64Array> {
    const row = new Float64Array(featureNames.length);
    place(row, requestColumns, encodeColumns(customer, requestColumns));
    for (const { name, fields, columns } of groups) {
      const key = `${name}:${fields.map((field) => customer[field]).join('|')}`;
      place(row, columns, await this.#cache.get(key, () => encodeColumns(customer, columns)));
    }
    return row;
  }
}

function place(row: Float64Array, columns: readonly number[], values: readonly number[]): void {
  for (const [index, column] of columns.entries()) row[column] = values[index] ?? Number.NaN;
}
