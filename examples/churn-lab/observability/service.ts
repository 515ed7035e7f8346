// Names that scraping, rules, dashboards and runbooks agree on.

/** The scrape job of the prediction service. */
export const JOB = 'ml-api';

/** How logs, traces and targets call the prediction service. */
export const SERVICE = 'ml-prediction-api';

/** The label of its alerts: what inhibition compares where an expression has no job left. */
export const SERVICE_LABELS = { service: SERVICE } as const;

/** Streams of its log lines. */
export const LOG_STREAM = `{service="${SERVICE}"}`;

/** Who is told. */
export const TEAM = { ml: 'ml-platform', platform: 'platform' } as const;

/** How often everything but the service is scraped: the least step of panels about it, from which follow the windows of their rates. */
export const SCRAPE_INTERVAL = '15s';
