import type { JSX } from 'react';
import { Page } from '../../kit/page.tsx';

/** Home. */
export function HomeScreen(): JSX.Element {
  return <Page title="Home">…</Page>;
}
