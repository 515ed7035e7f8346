/** What the predictions mean for the company, in customers and dollars. */
import type { CounterDescriptor, GaugeDescriptor, Instrument } from '@alidade/sdk/instrument';

const modelVersion = { model_version: 'Version of the model, e.g. "v1"' } as const;

/** Customers predicted to leave. A customer who is asked about twice counts twice. */
export const churnPredictedCustomersTotal = {
  name: 'churn_predicted_customers_total',
  type: 'counter',
  help: 'Customers predicted to leave; one who is asked about twice counts twice',
  unit: 'count',
  labels: modelVersion,
} as const satisfies CounterDescriptor;

/** What the customers predicted to leave pay in a year. */
export const churnRevenueAtRiskDollarsTotal = {
  name: 'churn_revenue_at_risk_dollars_total',
  type: 'counter',
  help: 'Yearly charges of the customers predicted to leave',
  unit: 'dollars',
  labels: modelVersion,
} as const satisfies CounterDescriptor;

/** What offers to the customers predicted to leave are expected to bring in a year, their cost deducted. */
export const churnPreventedValueDollarsTotal = {
  name: 'churn_prevented_value_dollars_total',
  type: 'counter',
  help: 'Expected yearly value of offers to customers predicted to leave: charges × probability × success rate − cost; an estimate',
  unit: 'dollars',
  labels: modelVersion,
} as const satisfies CounterDescriptor;

/** The assumed share of leavers whom an offer keeps. */
export const churnRetentionSuccessRatio = {
  name: 'churn_retention_success_ratio',
  type: 'gauge',
  help: 'Assumed share of leavers whom an offer keeps, 0 to 1 (RETENTION_SUCCESS_RATE)',
  unit: 'ratio',
  labels: {},
} as const satisfies GaugeDescriptor;

/** The assumed cost of one offer. */
export const churnRetentionOfferDollars = {
  name: 'churn_retention_offer_dollars',
  type: 'gauge',
  help: 'Assumed cost of one offer (RETENTION_OFFER_COST)',
  unit: 'dollars',
  labels: {},
} as const satisfies GaugeDescriptor;

/** Assumptions about offers to customers who want to leave: nobody measures them here. */
export interface RetentionAssumptions {
  /** Share of leavers whom an offer keeps, 0 to 1. */
  readonly successRate: number;
  /** Dollars for each offer. */
  readonly offerCost: number;
}

/** Assumed where nothing else is said: one of four stays, for a month's rebate of a small contract. */
export const DEFAULT_RETENTION: RetentionAssumptions = { successRate: 0.25, offerCost: 50 };

/** Counts what predictions mean; from `businessMetrics`. */
export interface BusinessMetrics {
  /** One customer predicted to leave with this probability, who pays so much in a month. */
  recordChurn(version: string, churnProbability: number, monthlyCharges: number): void;
}

/** Registers the families of this file for these model versions, at 0, and returns what feeds them. */
export function businessMetrics(instrument: Instrument, versions: readonly string[], retention = DEFAULT_RETENTION): BusinessMetrics {
  const customers = instrument.counter(churnPredictedCustomersTotal);
  const atRisk = instrument.counter(churnRevenueAtRiskDollarsTotal);
  const prevented = instrument.counter(churnPreventedValueDollarsTotal);
  for (const model_version of versions) for (const family of [customers, atRisk, prevented]) family.inc({ model_version }, 0);
  instrument.gauge(churnRetentionSuccessRatio).set(retention.successRate);
  instrument.gauge(churnRetentionOfferDollars).set(retention.offerCost);
  return {
    recordChurn(model_version, churnProbability, monthlyCharges) {
      const yearly = 12 * monthlyCharges;
      customers.inc({ model_version });
      atRisk.inc({ model_version }, yearly);
      prevented.inc({ model_version }, offerValue(churnProbability, yearly, retention));
    },
  };
}

/** What an offer is worth; nobody makes one that costs more than it brings. */
function offerValue(churnProbability: number, yearly: number, { successRate, offerCost }: RetentionAssumptions): number {
  return Math.max(0, yearly * churnProbability * successRate - offerCost);
}
