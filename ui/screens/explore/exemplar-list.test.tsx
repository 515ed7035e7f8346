import { fireEvent, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { cleanUpScreens, renderScreen } from '../testing/render-screen.tsx';
import { ExemplarList } from './exemplar-list.tsx';

cleanUpScreens();

it('lists exemplars on demand, with links to their traces that keep the range', async () => {
  const exemplar = { key: 'a', timeMs: 0, value: 0.25, labels: { trace_id: 'abc' }, seriesLabels: { le: '1' }, traceId: 'abc' };
  renderScreen(<ExemplarList exemplars={[exemplar]} range={{ from: 'now-1h', to: 'now' }} />, '/explore', {});
  const details = screen.getByText('1 exemplar as a list').closest('details') as HTMLDetailsElement;
  details.open = true;
  fireEvent(details, new Event('toggle'));
  const link = await screen.findByRole('link', { name: 'abc' });
  expect(link.getAttribute('href')).toBe('/trace/abc?from=now-1h&to=now');
});
