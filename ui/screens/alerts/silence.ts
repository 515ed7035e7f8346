// Silences through Alertmanager's API (v2): read, created, expired.
import { queryOptions } from '@tanstack/react-query';
import { ApiError, getJson, request } from '../../data/client.ts';
import type { LabelMap } from '../../data/prometheus.ts';

export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  /** false = must not match; absent means true. */
  readonly isEqual?: boolean;
}

export interface Silence {
  readonly id: string;
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly updatedAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** One row of the form. */
export interface MatcherDraft {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

export interface SilenceDraft {
  readonly matchers: readonly MatcherDraft[];
  /** Milliseconds. */
  readonly durationMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

const STATE_ORDER = { active: 0, pending: 1, expired: 2 } as const;

/** All silences: active ones first, then by their end. Undefined where the server has no such API. */
export const silencesQuery = () =>
  queryOptions({
    queryKey: ['silences'],
    queryFn: async ({ signal }) => {
      try {
        return sortSilences(await getJson<readonly Silence[]>('/api/v2/silences', signal));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    refetchInterval: 10_000,
  });

/** Active, pending, expired; within each the latest end first. */
export function sortSilences(silences: readonly Silence[]): readonly Silence[] {
  return silences.toSorted(
    (a, b) => STATE_ORDER[a.status.state] - STATE_ORDER[b.status.state] || Date.parse(b.endsAt) - Date.parse(a.endsAt),
  );
}

/** Creates a silence from now on; answers its id. */
export async function createSilence(draft: SilenceDraft, nowMs: number): Promise<string> {
  const body = {
    matchers: draft.matchers.filter(({ name }) => name.trim() !== '').map(toMatcher),
    startsAt: new Date(nowMs).toISOString(),
    endsAt: new Date(nowMs + draft.durationMs).toISOString(),
    createdBy: draft.createdBy.trim(),
    comment: draft.comment.trim(),
  };
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await request('/api/v2/silences', init);
  return ((await response.json()) as { silenceID: string }).silenceID;
}

/** Ends a silence now. */
export async function expireSilence(id: string): Promise<void> {
  await request(`/api/v2/silence/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** How many alerts of now these matchers select; the server decides, because it owns the matching. */
export const matchCountQuery = (matchers: readonly MatcherDraft[]) => {
  const filters = matchers.filter(({ name }) => name.trim() !== '').map(matcherText);
  return queryOptions({
    queryKey: ['silence-matches', filters],
    queryFn: async ({ signal }) => {
      const search = new URLSearchParams(filters.map((filter) => ['filter', filter]));
      return (await getJson<readonly unknown[]>(`/api/v2/alerts?${search}`, signal)).length;
    },
    enabled: filters.length > 0,
    retry: false,
  });
};

/** Muted = outside the active times of its route. */
export type Suppression = 'silenced' | 'inhibited' | 'muted';

/** An alert that notifies nobody, as Alertmanager's API lists it. */
export interface SuppressedAlert {
  readonly labels: LabelMap;
  readonly status: { readonly state: string; readonly silencedBy: readonly string[]; readonly inhibitedBy: readonly string[] };
}

/** Alerts that are held back now. Empty where the server has no such API. */
export const suppressedQuery = () =>
  queryOptions({
    queryKey: ['silences', 'suppressed'],
    queryFn: async ({ signal }) => {
      try {
        const alerts = await getJson<readonly SuppressedAlert[]>('/api/v2/alerts?active=false', signal);
        return alerts.filter(({ status }) => status.state === 'suppressed');
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return [];
        throw error;
      }
    },
    refetchInterval: 10_000,
  });

/** Why an alert notifies nobody, undefined when it does. Alertmanager's labels also hold the external ones. */
export function suppressionOf(labels: LabelMap, suppressed: readonly SuppressedAlert[]): Suppression | undefined {
  const own = Object.entries(labels);
  const found = suppressed.find((alert) => own.every(([name, value]) => alert.labels[name] === value));
  if (found === undefined) return undefined;
  if (found.status.silencedBy.length > 0) return 'silenced';
  return found.status.inhibitedBy.length > 0 ? 'inhibited' : 'muted';
}

function toMatcher({ name, operator, value }: MatcherDraft): SilenceMatcher {
  return { name: name.trim(), value, isRegex: operator.endsWith('~'), isEqual: operator.startsWith('=') };
}

/** `alertname="APIDown"`. */
export function matcherText({ name, operator, value }: MatcherDraft): string {
  return `${name.trim()}${operator}${JSON.stringify(value)}`;
}

/** The operator of a stored matcher. */
export function operatorOf({ isRegex, isEqual = true }: SilenceMatcher): MatchOperator {
  if (isRegex) return isEqual ? '=~' : '!~';
  return isEqual ? '=' : '!=';
}

/** Matchers that select exactly this alert. */
export function matchersFor(labels: LabelMap): readonly MatcherDraft[] {
  const names = Object.keys(labels).sort((a, b) => Number(b === 'alertname') - Number(a === 'alertname') || (a < b ? -1 : 1));
  return names.map((name) => ({ name, operator: '=', value: labels[name] ?? '' }));
}

/** What keeps the draft from being sent, undefined when nothing does. Alertmanager wants a matcher that does not match everything. */
export function draftProblem({ matchers, durationMs, createdBy, comment }: SilenceDraft): string | undefined {
  const named = matchers.filter(({ name }) => name.trim() !== '');
  if (matchers.some(({ name, value }) => name.trim() === '' && value !== '')) return 'A value has no label name';
  const isNarrow = named.some(
    ({ operator, value }) =>
      (operator === '=' && value !== '') ||
      (operator === '!=' && value === '') ||
      (operator === '=~' && value !== '' && value !== '.*') ||
      (operator === '!~' && value !== ''),
  );
  if (!isNarrow) return 'Name at least one label and its value: a silence must not match every alert';
  if (!(durationMs > 0)) return 'Say how long: 30m, 2h, 1d';
  if (createdBy.trim() === '') return 'Say who creates it';
  if (comment.trim() === '') return 'Say why: others will wonder';
  return undefined;
}

const UNIT_MS = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 } as const;

/** Milliseconds of "90m", "1h30m" or "2d"; 0 when it cannot be read. */
export function parseSpan(text: string): number {
  const compact = text.replace(/\s+/g, '');
  if (!/^(\d+[smhdw])+$/.test(compact)) return 0;
  return [...compact.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS],
    0,
  );
}
