import { AppError } from '../model/app-error.ts';

/** The codes of the errors about dashboards. */
export const DASHBOARD_ERRORS = {
  'dashboards.bad_json': 'a dashboard file is not JSON',
  'dashboards.not_a_dashboard': 'a JSON file is no Grafana dashboard',
  'dashboards.too_large': 'a dashboard file or the dashboard in it is over its limit',
  'dashboards.query_too_large': 'a query is over its limit once its variables are filled in',
} as const;

export type DashboardErrorCode = keyof typeof DASHBOARD_ERRORS;

/** An AppError with a code of this folder. */
export function dashboardError(code: DashboardErrorCode, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { cause });
}
