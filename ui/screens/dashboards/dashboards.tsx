import type { JSX } from 'react';
import { Page } from '../../kit/page.tsx';

/** Dashboards. */
export function DashboardsScreen(): JSX.Element {
  return <Page title="Dashboards">…</Page>;
}
