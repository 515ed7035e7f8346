/** The customer that a prediction is asked for: 19 fields, described once as data, from which types, validation and features follow. */

interface NumberField {
  readonly kind: 'number';
  readonly min: number;
  readonly max: number;
  readonly isInteger: boolean;
}
interface ChoiceField<V extends string = string> {
  readonly kind: 'choice';
  readonly values: readonly V[];
}

const number = (min: number, max: number, isInteger = false): NumberField => ({ kind: 'number', min, max, isInteger });
const choice = <const V extends string>(...values: V[]): ChoiceField<V> => ({ kind: 'choice', values });
const yesNo = () => choice('No', 'Yes');
const addOn = () => choice('No', 'Yes', 'No internet service');

/** Every field of a customer in the order of the usual telco churn data set; all are required, unknown ones are ignored. */
export const customerFields = {
  gender: choice('Female', 'Male'),
  SeniorCitizen: yesNo(),
  Partner: yesNo(),
  Dependents: yesNo(),
  /** Months with the company. */
  tenure: number(0, 120, true),
  PhoneService: yesNo(),
  MultipleLines: choice('No', 'Yes', 'No phone service'),
  InternetService: choice('No', 'DSL', 'Fiber optic'),
  OnlineSecurity: addOn(),
  OnlineBackup: addOn(),
  DeviceProtection: addOn(),
  TechSupport: addOn(),
  StreamingTV: addOn(),
  StreamingMovies: addOn(),
  Contract: choice('Month-to-month', 'One year', 'Two year'),
  PaperlessBilling: yesNo(),
  PaymentMethod: choice('Electronic check', 'Mailed check', 'Bank transfer (automatic)', 'Credit card (automatic)'),
  /** Dollars a month. */
  MonthlyCharges: number(0, 1000),
  /** Dollars since the beginning. */
  TotalCharges: number(0, 100_000),
} as const satisfies Record<string, NumberField | ChoiceField>;

/** Name of a customer field. */
export type CustomerField = keyof typeof customerFields;

/** A checked customer. */
export type Customer = {
  readonly [F in CustomerField]: (typeof customerFields)[F] extends ChoiceField<infer V> ? V : number;
};

/** One thing wrong with a payload. */
export interface PayloadProblem {
  /** The field, with the position in front when the payload is a list: `[2].tenure`. */
  readonly field: string;
  readonly message: string;
}

/** A payload that cannot be predicted on, with every reason. */
export class PayloadError extends Error {
  readonly statusCode = 400;
  readonly problems: readonly PayloadProblem[];

  constructor(problems: readonly PayloadProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`invalid payload, ${count}: ${problems.map(({ field, message }) => (field ? `${field} ${message}` : message)).join('; ')}`);
    this.name = 'PayloadError';
    this.problems = problems;
  }
}

/** Most customers that one request may ask about. */
export const MAX_CUSTOMERS = 1000;
/** Most problems that one answer lists; a list of a thousand broken customers would be megabytes. */
const MAX_PROBLEMS = 100;

/** Checks a request body, one customer or a list of them. Throws `PayloadError` with all that is wrong. */
export function parseCustomers(body: unknown): Customer[] {
  const items: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (items.length === 0) throw new PayloadError([{ field: '', message: 'the list is empty: send at least one customer' }]);
  if (items.length > MAX_CUSTOMERS) {
    throw new PayloadError([{ field: '', message: `the list has ${items.length} customers: at most ${MAX_CUSTOMERS} are allowed` }]);
  }
  const problems: PayloadProblem[] = [];
  const customers: Customer[] = [];
  for (const [index, item] of items.entries()) {
    const checked = checkCustomer(item, Array.isArray(body) ? `[${index}]` : '');
    if (Array.isArray(checked)) problems.push(...checked);
    else customers.push(checked);
    if (problems.length >= MAX_PROBLEMS) break;
  }
  if (problems.length > 0) throw new PayloadError(problems.slice(0, MAX_PROBLEMS));
  return customers;
}

function checkCustomer(item: unknown, place: string): Customer | PayloadProblem[] {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return [{ field: place, message: `is not a customer: send a JSON object with ${Object.keys(customerFields).length} fields` }];
  }
  const problems: PayloadProblem[] = [];
  const values: Record<string, string | number> = {};
  for (const [name, field] of Object.entries<NumberField | ChoiceField>(customerFields)) {
    const value = normalize(name, (item as Record<string, unknown>)[name]);
    if (isValid(field, value)) values[name] = value;
    else {
      const what = value === undefined ? 'is missing' : `is ${quote(value)}`;
      problems.push({ field: place ? `${place}.${name}` : name, message: `${what}, expected ${expectation(field)}` });
    }
  }
  return problems.length > 0 ? problems : (values as Customer);
}

/** Exports of the data set write SeniorCitizen as 0 and 1, everything else as words. */
function normalize(name: string, value: unknown): unknown {
  if (name !== 'SeniorCitizen') return value;
  if (value === 0 || value === '0') return 'No';
  return value === 1 || value === '1' ? 'Yes' : value;
}

function isValid(field: NumberField | ChoiceField, value: unknown): value is string | number {
  if (field.kind === 'choice') return typeof value === 'string' && field.values.includes(value);
  return typeof value === 'number' && value >= field.min && value <= field.max && (!field.isInteger || Number.isInteger(value));
}

function expectation(field: NumberField | ChoiceField): string {
  if (field.kind === 'choice') return field.values.map((value) => `"${value}"`).join(', ');
  return `${field.isInteger ? 'a whole number' : 'a number'} from ${field.min} to ${field.max}`;
}

function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
