import type { Customer, CustomerField } from './customer.ts';

interface Feature {
  readonly name: string;
  readonly field: CustomerField;
  readonly of: (customer: Customer) => number;
}

function indicator<F extends keyof Customer>(field: F, value: Customer[F]): Feature {
  return { name: `${field}=${value}`, field, of: (customer) => (customer[field] === value ? 1 : 0) };
}
function numeric(field: 'tenure' | 'MonthlyCharges' | 'TotalCharges'): Feature {
  return { name: field, field, of: (customer) => customer[field] };
}

/**
 * What a model sees of a customer: three numbers, then 0/1 for each value but the first of a field. "No internet service" and "No phone
 * service" have no column of their own: InternetService and PhoneService say the same.
 */
const features: readonly Feature[] = [
  numeric('tenure'),
  numeric('MonthlyCharges'),
  numeric('TotalCharges'),
  indicator('gender', 'Male'),
  indicator('SeniorCitizen', 'Yes'),
  indicator('Partner', 'Yes'),
  indicator('Dependents', 'Yes'),
  indicator('PhoneService', 'Yes'),
  indicator('MultipleLines', 'Yes'),
  indicator('InternetService', 'DSL'),
  indicator('InternetService', 'Fiber optic'),
  indicator('OnlineSecurity', 'Yes'),
  indicator('OnlineBackup', 'Yes'),
  indicator('DeviceProtection', 'Yes'),
  indicator('TechSupport', 'Yes'),
  indicator('StreamingTV', 'Yes'),
  indicator('StreamingMovies', 'Yes'),
  indicator('Contract', 'One year'),
  indicator('Contract', 'Two year'),
  indicator('PaperlessBilling', 'Yes'),
  indicator('PaymentMethod', 'Mailed check'),
  indicator('PaymentMethod', 'Bank transfer (automatic)'),
  indicator('PaymentMethod', 'Credit card (automatic)'),
];

/** Column names in order; a model file carries them, so that a model for other columns is refused instead of misread. */
export const featureNames: readonly string[] = features.map((feature) => feature.name);

/** The feature vector of a customer, one number for each name of `featureNames`. */
export function encode(customer: Customer): Float64Array {
  return Float64Array.from(features, (feature) => feature.of(customer));
}

/** The columns that come from certain fields, as indexes into `featureNames`. */
export function columnsOf(fields: readonly CustomerField[]): readonly number[] {
  return features.flatMap((feature, column) => (fields.includes(feature.field) ? [column] : []));
}

/** The values of some columns, in their order. */
export function encodeColumns(customer: Customer, columns: readonly number[]): readonly number[] {
  return columns.map((column) => features[column]?.of(customer) ?? Number.NaN);
}
