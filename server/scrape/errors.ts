import { AppError } from '../model/app-error.ts';

/** The codes of the errors that scraping throws or shows as a target's last error. */
export const SCRAPE_ERRORS = {
  'scrape.bad_status': 'the target answered with an HTTP status other than 200',
  'scrape.bad_content_type': 'the target answered in a format that is not read here',
  'scrape.request_failed': 'no complete answer came from the target',
  'scrape.body_too_large': 'the body is larger than body_size_limit',
  'scrape.sample_limit': 'the target exposes more samples than sample_limit',
  'scrape.bad_histogram': 'the parts of a native histogram do not fit together',
  'scrape.bucket_limit': 'a native histogram has more buckets than native_histogram_bucket_limit, whatever its resolution',
  'scrape.label_limit': 'a series exceeds label_limit, label_name_length_limit or label_value_length_limit',
  'scrape.target_limit': 'the job has more targets than target_limit',
  'scrape.bad_series': 'relabelling left a series without a name, or a name that metric_name_validation_scheme forbids',
  'scrape.bad_target': 'the labels of a target do not make an address and an interval',
} as const;

export type ScrapeErrorCode = keyof typeof SCRAPE_ERRORS;

/** An AppError with a code of this folder. */
export function scrapeError(code: ScrapeErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
