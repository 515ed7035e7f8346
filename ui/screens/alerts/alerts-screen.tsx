// Alerts: what fires now, every rule with its state, what was sent to whom, silences, recording rules.
import { useQuery } from '@tanstack/react-query';
import type { JSX } from 'react';
import { messageOf } from '../../data/client.ts';
import { rulesQuery } from '../../data/prometheus.ts';
import { choiceParam, listParam, textParam, type UrlSchema, useUrlState } from '../../data/url-state.ts';
import { Button } from '../../kit/button.tsx';
import { SearchField, Segments } from '../../kit/field.tsx';
import { Page } from '../../kit/page.tsx';
import { ErrorState, LoadingState } from '../../kit/states.tsx';
import styles from './alerts.module.css';
import { Notifications } from './notifications.tsx';
import { RecordingRules } from './recording-rules.tsx';
import { countRules, type RuleFilter } from './rule-list.ts';
import { Rules } from './rules.tsx';
import { Silences } from './silences.tsx';

type Tab = 'rules' | 'notifications' | 'silences' | 'recording';

export interface AlertsState {
  readonly tab: Tab;
  readonly state: RuleFilter;
  readonly q: string;
  /** Keys of opened rules. */
  readonly open: readonly string[];
}

const urlParams: UrlSchema<AlertsState> = {
  tab: choiceParam<Tab>(['rules', 'notifications', 'silences', 'recording'], 'rules'),
  state: choiceParam<RuleFilter>(['all', 'firing', 'pending', 'inactive', 'problems'], 'all'),
  q: textParam(),
  open: listParam(),
};

const SEARCH_LABELS: Readonly<Record<Tab, string>> = {
  rules: 'Find a rule, label or alert',
  notifications: 'Find a receiver, label or reason',
  silences: 'Find a matcher or comment',
  recording: 'Find a recording rule',
};

/** The screen at /alerts. */
export function AlertsScreen(): JSX.Element {
  const [url, setUrl] = useUrlState<AlertsState>(urlParams);
  const rules = useQuery(rulesQuery());
  const counts = rules.data && countRules(rules.data);
  return (
    <Page
      title="Alerts"
      controls={
        <>
          <div className={styles.tabs}>
            <Segments
              label="What to show"
              value={url.tab}
              onChange={(tab) => setUrl({ tab, q: '' })}
              options={[
                { value: 'rules', label: 'Alerting', ...(counts && { count: counts.all }) },
                { value: 'recording', label: 'Recording', ...(counts && { count: counts.recording }) },
                { value: 'notifications', label: 'Notifications' },
                { value: 'silences', label: 'Silences' },
              ]}
            />
          </div>
          <SearchField label={SEARCH_LABELS[url.tab]} value={url.q} onChange={(q) => setUrl({ q }, { replace: true })} />
        </>
      }
    >
      {url.tab === 'notifications' && <Notifications search={url.q} />}
      {url.tab === 'silences' && <Silences search={url.q} />}
      {(url.tab === 'rules' || url.tab === 'recording') && rules.data === undefined && (
        <Missing error={rules.error} retry={() => void rules.refetch()} />
      )}
      {url.tab === 'rules' && rules.data && (
        <Rules groups={rules.data} nowMs={rules.dataUpdatedAt} state={url} onChange={(patch) => setUrl(patch, { replace: true })} />
      )}
      {url.tab === 'recording' && rules.data && <RecordingRules groups={rules.data} search={url.q} nowMs={rules.dataUpdatedAt} />}
    </Page>
  );
}

function Missing({ error, retry }: { error: Error | null; retry: () => void }): JSX.Element {
  if (error === null) return <LoadingState place="page" label="Loading rules" />;
  return (
    <ErrorState
      place="page"
      title="The rules cannot be shown"
      detail={messageOf(error)}
      actions={<Button onClick={retry}>Try again</Button>}
    />
  );
}
