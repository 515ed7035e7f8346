/**
 * Where the training data come from: a made-up telephone company, no real person anywhere.
 *
 * Customers. Contract first (55 % month to month, 21 % one year, 24 % two years), then how long they stayed, which is longer the longer
 * the contract; internet (44 % fibre, 34 % DSL, 22 % none), phone (90 %), add-ons that sell better with fibre, household, billing. The
 * monthly charge is the sum of a price list plus a personal deviation (sd $4: old discounts, forgotten options); the total is the sum
 * of the months with 4 % noise.
 *
 * Churn. Bernoulli with the logit below. Some effects are plain (long contracts, age of the relation, fibre, electronic cheque, paper),
 * and a linear model finds those. Others exist only together (a new month-to-month customer on fibre without support; a senior
 * without support; paying more than the price list) and want a model with interactions. `SHARPNESS` sets how much chance remains.
 */
import type { Customer } from './customer.ts';
import type { Random } from './random.ts';

/** Dollars a month of each service. */
const PRICES = {
  phone: 20,
  secondLine: 5,
  dsl: 25,
  fiber: 50,
  security: 5,
  backup: 5,
  protection: 5,
  support: 5,
  tv: 10,
  movies: 10,
} as const;
const SHARPNESS = 2.4;

/** A customer and whether they left. */
export interface LabelledCustomer {
  readonly customer: Customer;
  readonly hasChurned: boolean;
}

/** Draws one customer; `TotalCharges` and `MonthlyCharges` are rounded to cents. */
export function drawCustomer(random: Random): Customer {
  const contract = random.pick({ 'Month-to-month': 55, 'One year': 21, 'Two year': 24 });
  const internet = random.pick({ 'Fiber optic': 44, DSL: 34, No: 22 });
  const isFiber = internet === 'Fiber optic';
  const yesNo = (probability: number) => (random.chance(probability) ? 'Yes' : 'No');
  const addOn = (probability: number) => (internet === 'No' ? 'No internet service' : yesNo(probability));
  const phone = internet === 'DSL' ? yesNo(0.72) : 'Yes';
  const partner = yesNo(contract === 'Month-to-month' ? 0.38 : 0.62);
  const services = {
    PhoneService: phone,
    MultipleLines: phone === 'No' ? 'No phone service' : yesNo(isFiber ? 0.58 : 0.35),
    InternetService: internet,
    OnlineSecurity: addOn(isFiber ? 0.29 : 0.48),
    OnlineBackup: addOn(isFiber ? 0.43 : 0.45),
    DeviceProtection: addOn(0.44),
    TechSupport: addOn(isFiber ? 0.28 : 0.49),
    StreamingTV: addOn(isFiber ? 0.57 : 0.4),
    StreamingMovies: addOn(isFiber ? 0.57 : 0.4),
  } as const;
  const tenure = drawTenure(random, contract);
  const monthly = Math.max(15, listPrice(services) + 4 * random.normal());
  return {
    gender: random.pick({ Female: 1, Male: 1 }),
    SeniorCitizen: yesNo(0.16),
    Partner: partner,
    Dependents: yesNo(partner === 'Yes' ? 0.5 : 0.09),
    tenure,
    ...services,
    Contract: contract,
    PaperlessBilling: yesNo(isFiber ? 0.77 : 0.45),
    PaymentMethod: random.pick({
      'Electronic check': isFiber ? 52 : 20,
      'Mailed check': isFiber ? 10 : 33,
      'Bank transfer (automatic)': 20,
      'Credit card (automatic)': 20,
    }),
    MonthlyCharges: cents(monthly),
    TotalCharges: cents(monthly * tenure * (1 + 0.04 * random.normal())),
  };
}

/** Draws a customer and lets chance decide whether they left. */
export function drawLabelledCustomer(random: Random): LabelledCustomer {
  const customer = drawCustomer(random);
  return { customer, hasChurned: random.chance(churnProbability(customer)) };
}

/** The true probability that a customer leaves, which a model can approach and never see. */
export function churnProbability(customer: Customer): number {
  const when = (condition: boolean, logit: number) => (condition ? logit : 0);
  const isMonthly = customer.Contract === 'Month-to-month';
  const isFiber = customer.InternetService === 'Fiber optic';
  const hasSupport = customer.TechSupport === 'Yes';
  const isSenior = customer.SeniorCitizen === 'Yes';
  const youth = Math.exp(-customer.tenure / 14);
  const overpaid = customer.MonthlyCharges - listPrice(customer);
  const logit =
    -1.4 +
    when(isMonthly, 0.3) +
    when(customer.Contract === 'Two year', -0.8) +
    0.8 * youth +
    when(isFiber, 0.3) +
    when(customer.InternetService === 'No', -0.6) +
    when(customer.PaymentMethod === 'Electronic check', 0.3) +
    when(customer.PaperlessBilling === 'Yes', 0.2) +
    when(customer.OnlineSecurity === 'Yes', -0.3) +
    when(customer.Dependents === 'Yes', -0.2) +
    when(isMonthly && isFiber && !hasSupport, 1.9 * (0.4 + youth)) +
    when(isSenior && !hasSupport && customer.InternetService !== 'No', 0.9) +
    when(isMonthly, 0.16 * overpaid) +
    when(customer.StreamingTV === 'Yes' && customer.StreamingMovies === 'Yes', -0.3);
  return 1 / (1 + Math.exp(-SHARPNESS * logit));
}

function drawTenure(random: Random, contract: Customer['Contract']): number {
  const meanMonths = { 'Month-to-month': 18, 'One year': 42, 'Two year': 56 }[contract];
  const months = contract === 'Month-to-month' ? -meanMonths * Math.log(1 - random.next()) : meanMonths + 18 * random.normal();
  return Math.min(72, Math.max(1, Math.round(months)));
}

type Services = Pick<
  Customer,
  | 'PhoneService'
  | 'MultipleLines'
  | 'InternetService'
  | 'OnlineSecurity'
  | 'OnlineBackup'
  | 'DeviceProtection'
  | 'TechSupport'
  | 'StreamingTV'
  | 'StreamingMovies'
>;

function listPrice(services: Services): number {
  const price = (value: string, dollars: number) => (value === 'Yes' ? dollars : 0);
  return (
    price(services.PhoneService, PRICES.phone) +
    price(services.MultipleLines, PRICES.secondLine) +
    { No: 0, DSL: PRICES.dsl, 'Fiber optic': PRICES.fiber }[services.InternetService] +
    price(services.OnlineSecurity, PRICES.security) +
    price(services.OnlineBackup, PRICES.backup) +
    price(services.DeviceProtection, PRICES.protection) +
    price(services.TechSupport, PRICES.support) +
    price(services.StreamingTV, PRICES.tv) +
    price(services.StreamingMovies, PRICES.movies)
  );
}

function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
