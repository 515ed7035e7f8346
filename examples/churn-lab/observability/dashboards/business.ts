import { dashboard, row, stat, timeseries } from '@alidade/sdk/code';
import { api, OF_API } from '../metrics.ts';

const churners = api.churnPredictedCustomersTotal.where(OF_API);
const atRisk = api.churnRevenueAtRiskDollarsTotal.where(OF_API);
const prevented = api.churnPreventedValueDollarsTotal.where(OF_API);
const perCustomer = atRisk.increase('1h').sum().div(churners.increase('1h').sum().gt(0)).as('currencyUSD');

/** What the predictions mean for the company. */
export const business = dashboard('Business', {
  uid: 'business',
  description:
    'What the predictions mean: customers who may leave, what they pay, and what it is worth to keep them. Money is a yearly estimate; its assumptions are the last row.',
  tags: ['business', 'churn'],
  from: 'now-6h',
  panels: [
    stat('Predicted churners in 24 hours', churners.increase('1d').sum(), {
      decimals: 0,
      thresholds: ['blue'],
      description: 'Customers predicted to leave. One who is asked about twice counts twice.',
    }),
    stat('Revenue at risk in 24 hours', atRisk.increase('1d').sum(), {
      decimals: 1,
      thresholds: ['orange'],
      description: 'Twelve monthly charges of each customer predicted to leave.',
    }),
    stat('Value of prevented churn in 24 hours', prevented.increase('1d').sum(), {
      decimals: 1,
      thresholds: ['green'],
      description:
        'What offers to them are expected to bring in a year: charges × probability of leaving × success rate − cost of the offer, where that is above zero. Nobody measures here whether they stayed.',
    }),
    stat('At risk per churner', perCustomer, {
      decimals: 2,
      noValue: 'no churners in an hour',
      thresholds: ['blue'],
      description: 'Yearly charges of an average customer predicted to leave, over the last hour.',
    }),
    row('Over time', [
      timeseries(
        'Predicted churners per hour',
        { '{{model_version}}': churners.increase('1h').sum('model_version') },
        {
          width: 8,
          min: 0,
          stack: true,
          fill: 30,
          description: 'Customers predicted to leave within the hour before, by model version.',
        },
      ),
      timeseries(
        'Revenue at risk per hour',
        { '{{model_version}}': atRisk.increase('1h').sum('model_version') },
        {
          width: 8,
          min: 0,
          stack: true,
          fill: 30,
          description: 'Yearly charges of the customers predicted to leave within the hour before.',
        },
      ),
      timeseries(
        'Value of prevented churn per hour',
        { '{{model_version}}': prevented.increase('1h').sum('model_version') },
        {
          width: 8,
          min: 0,
          stack: true,
          fill: 30,
          description: 'Expected yearly value of offers to them, after their cost.',
        },
      ),
    ]),
    row('Assumptions', [
      stat('Offers that work', api.churnRetentionSuccessRatio.where(OF_API), {
        width: 12,
        sparkline: false,
        decimals: 0,
        thresholds: ['blue'],
        description: 'Assumed share of leavers whom an offer keeps: RETENTION_SUCCESS_RATE of the service.',
      }),
      stat('Cost of an offer', api.churnRetentionOfferDollars.where(OF_API), {
        width: 12,
        sparkline: false,
        decimals: 0,
        thresholds: ['blue'],
        description: 'Assumed dollars for each offer: RETENTION_OFFER_COST of the service.',
      }),
    ]),
  ],
});
