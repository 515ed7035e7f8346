import type { JSX } from 'react';
import { Page } from '../../kit/page.tsx';

/** Dashboard. */
export function DashboardScreen(): JSX.Element {
  return <Page title="Dashboard">…</Page>;
}
