// Where the runbooks are read: docs/runbooks, published wherever the team reads such things.

/** The published folder of docs/runbooks. */
const RUNBOOKS_URL = 'https://runbooks.example.org';

/** The page of an alert's runbook: `APIDown` is on `apidown`; those of one name share a page. */
export function runbookUrl(alertname: string): string {
  return `${RUNBOOKS_URL}/${runbookName(alertname)}`;
}

/** The file of docs/runbooks without its ending. */
export function runbookName(alertname: string): string {
  return alertname.toLowerCase();
}
