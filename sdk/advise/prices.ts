/** What things cost, in dollars a month unless it says otherwise. */
export interface Prices {
  /** Disk, per GB. */
  readonly storageGbMonth: number;
  /** Hosted metrics that are sold by active series, per thousand; 0 where nobody sells by series. */
  readonly thousandSeriesMonth: number;
  /** Log lines as they arrive, per GB taken in; 0 where nobody sells by volume. */
  readonly logGbIngested: number;
  /** A reserved processor. */
  readonly cpuMonth: number;
  /** Reserved memory, per GiB. */
  readonly memoryGibMonth: number;
  /** Copies of what is stored: highly available Prometheus keeps two. */
  readonly replicas: number;
  /** What all of it may cost. */
  readonly budgetMonth: number;
}

/**
 * The exercise's prices and budget: block storage at 0.10 dollars per GB and month, 5,000 dollars a month. It names no price of computing;
 * 0.04048 dollars per processor-hour and 0.004445 per GiB-hour are list prices of a large cloud for containers, 730 hours a month.
 */
export const EXERCISE_PRICES: Prices = Object.freeze({
  storageGbMonth: 0.1,
  thousandSeriesMonth: 0,
  logGbIngested: 0,
  cpuMonth: 29.55,
  memoryGibMonth: 3.24,
  replicas: 1,
  budgetMonth: 5_000,
});
