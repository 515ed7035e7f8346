/** What of scraping upstream keeps behind `--enable-feature` and not in the settings of jobs; each field is one of its names. */
export interface ScrapeFeatures {
  /** type-and-unit-labels: `__type__` and `__unit__` are part of a series' name. */
  readonly typeAndUnitLabels: boolean;
  /** created-timestamp-zero-ingestion: a counter or histogram begins with a zero at the time that the target names. */
  readonly createdTimestampZeroIngestion: boolean;
}
