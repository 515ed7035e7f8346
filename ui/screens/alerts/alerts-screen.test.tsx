import { fireEvent, screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { type Answers, cleanUpScreens, renderScreen } from '../testing/render-screen.tsx';
import { AlertsScreen } from './alerts-screen.tsx';

cleanUpScreens();

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const DOWN = {
  type: 'alerting',
  name: 'APIDown',
  query: 'up == 0',
  state: 'firing',
  duration: 60,
  keepFiringFor: 120,
  labels: { severity: 'critical' },
  annotations: { summary: '{{ $labels.job }} is down', runbook_url: 'https://runbooks.example.com/api' },
  alerts: [
    {
      labels: { alertname: 'APIDown', job: 'api', severity: 'critical' },
      annotations: { summary: 'api is down' },
      state: 'firing',
      activeAt: minutesAgo(12),
      value: '0e+00',
    },
  ],
  health: 'ok',
  evaluationTime: 0.001,
  lastEvaluation: minutesAgo(0),
};
const BROKEN = { ...DOWN, name: 'Broken', state: 'inactive', alerts: [], health: 'err', lastError: 'many-to-many matching not allowed' };
const RECORDED = {
  type: 'recording',
  name: 'job:up:sum',
  query: 'sum by (job) (up)',
  health: 'ok',
  evaluationTime: 0,
  lastEvaluation: minutesAgo(0),
};
const groupsAnswer = (rules: readonly unknown[]) => ({
  data: {
    groups: [{ name: 'web', file: '/etc/rules/web.yml', interval: 15, evaluationTime: 0.001, lastEvaluation: minutesAgo(0), rules }],
  },
});
const ANSWERS: Answers = { '/api/v1/rules': groupsAnswer([DOWN, BROKEN, RECORDED]) };

describe('AlertsScreen', () => {
  it('says what fires, for how long, and opens a rule from the URL', async () => {
    renderScreen(<AlertsScreen />, '/alerts?open=web%2FAPIDown', ANSWERS);
    await screen.findByText('Firing now');
    expect(screen.getByText('12 m')).toBeTruthy();
    expect(screen.getByText('2 m after the condition has gone')).toBeTruthy();
    expect(screen.getByRole('link', { name: 'https://runbooks.example.com/api' })).toBeTruthy();
    expect(screen.getAllByRole('link', { name: 'Explore' })[0]?.getAttribute('href')).toBe('/explore?q=up+%3D%3D+0');
  });

  it('shows why an evaluation fails, and keeps opened rules in the URL', async () => {
    renderScreen(<AlertsScreen />, '/alerts?state=problems', ANSWERS);
    fireEvent.click(await screen.findByRole('button', { name: /Broken/ }));
    await screen.findByText('many-to-many matching not allowed');
    expect(location.search).toBe('?state=problems&open=web%2FBroken');
  });

  it('teaches when there are no rules', async () => {
    renderScreen(<AlertsScreen />, '/alerts', { '/api/v1/rules': { data: { groups: [] } } });
    await screen.findByText('No alerting rules are loaded');
  });

  it('says who was notified and why', async () => {
    const record = {
      timeMs: Date.now() - 60_000,
      receiver: 'ml-team',
      integration: 'slack[0]',
      groupLabels: { alertname: 'APIDown' },
      firing: 1,
      resolved: 0,
      outcome: 'sent',
      reason: 'first notification',
    };
    renderScreen(<AlertsScreen />, '/alerts?tab=notifications', { ...ANSWERS, '/api/ui/notifications': [record] });
    await screen.findByText('first notification');
    expect(screen.getByText('1 firing')).toBeTruthy();
  });

  it('creates a silence for exactly the alert', async () => {
    const sent: unknown[] = [];
    const silences = (_: URLSearchParams, method: string) => (method === 'GET' ? [] : { silenceID: 'x' });
    renderScreen(<AlertsScreen />, '/alerts', { ...ANSWERS, '/api/v2/silences': silences, '/api/v2/alerts': [] });
    const { fetch } = globalThis;
    globalThis.fetch = async (path, init) => {
      if (init?.method === 'POST') sent.push(JSON.parse(String(init.body)));
      return fetch(path, init);
    };
    fireEvent.click(await screen.findByRole('button', { name: 'Silence' }));
    fireEvent.change(await screen.findByLabelText('Created by'), { target: { value: 'ana' } });
    fireEvent.click(screen.getByRole('button', { name: 'Silence' }));
    await screen.findByText('Say why: others will wonder');
    fireEvent.change(screen.getByLabelText('Why'), { target: { value: 'deployment' } });
    fireEvent.click(screen.getByRole('button', { name: 'Silence' }));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({
      matchers: [
        { name: 'alertname', value: 'APIDown', isRegex: false, isEqual: true },
        { name: 'job', value: 'api' },
        { name: 'severity', value: 'critical' },
      ],
      createdBy: 'ana',
      comment: 'deployment',
    });
  });
});
