// All dashboards by folder, with a search over titles, tags, folders and files.
import type { DashboardSummary } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import { type JSX, useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { messageOf } from '../../data/client.ts';
import { dashboardLink } from '../../data/links.ts';
import { dashboardsQuery } from '../../data/server.ts';
import { textParam, type UrlSchema, useUrlState } from '../../data/url-state.ts';
import { Button } from '../../kit/button.tsx';
import { SearchField } from '../../kit/field.tsx';
import { Page, Section } from '../../kit/page.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import styles from './dashboards.module.css';

interface Filter {
  readonly search: string;
  readonly tag: string;
}

const FILTER: UrlSchema<Filter> = { search: textParam(), tag: textParam() };

/** The list of dashboards. */
export function DashboardsScreen(): JSX.Element {
  const [filter, setFilter] = useUrlState(FILTER);
  const [, navigate] = useLocation();
  const { data, error, refetch } = useQuery(dashboardsQuery());
  const found = useMemo(() => (data ?? []).filter((board) => matches(board, filter)), [data, filter]);
  const first = found[0];
  return (
    <Page
      title="Dashboards"
      controls={
        <SearchField
          label="Search dashboards"
          value={filter.search}
          autoFocus
          onChange={(search) => setFilter({ search }, { replace: true })}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && first) navigate(dashboardLink(first.uid, first.title));
          }}
        />
      }
    >
      {data === undefined && !error && <LoadingState place="page" label="Loading dashboards" />}
      {data === undefined && error && (
        <ErrorState
          place="page"
          title="The dashboards could not be read"
          detail={messageOf(error)}
          actions={<Button onClick={() => void refetch()}>Try again</Button>}
        />
      )}
      {data?.length === 0 && <NoDashboards />}
      {data !== undefined && data.length > 0 && found.length === 0 && (
        <EmptyState
          place="page"
          title="No dashboard matches"
          actions={<Button onClick={() => setFilter({ search: '', tag: '' })}>Show all {data.length}</Button>}
        >
          {filter.tag === ''
            ? `Nothing is called “${filter.search}”.`
            : `Nothing has the tag “${filter.tag}”${filter.search === '' ? '' : ` and is called “${filter.search}”`}.`}
        </EmptyState>
      )}
      {byFolder(found).map(([folder, boards]) => (
        <Section
          key={folder}
          title={folder === '' ? 'General' : folder}
          note={boards.length === 1 ? '1 dashboard' : `${boards.length} dashboards`}
        >
          <ul>
            {boards.map((board) => (
              <Item key={board.uid} board={board} tag={filter.tag} onTag={(tag) => setFilter({ tag: tag === filter.tag ? '' : tag })} />
            ))}
          </ul>
        </Section>
      ))}
    </Page>
  );
}

function Item({ board, tag, onTag }: { board: DashboardSummary; tag: string; onTag: (tag: string) => void }): JSX.Element {
  return (
    <li className={styles.item}>
      <Link href={dashboardLink(board.uid, board.title)} className={styles.title}>
        {board.title}
      </Link>
      <span className={styles.tags}>
        {board.tags.map((one) => (
          <button key={one} type="button" className={styles.tag} aria-pressed={one === tag} onClick={() => onTag(one)}>
            {one}
          </button>
        ))}
      </span>
      <span className={styles.file} title={board.file}>
        {board.file}
      </span>
      <span className={styles.count}>{board.panels === 1 ? '1 panel' : `${board.panels} panels`}</span>
    </li>
  );
}

function NoDashboards(): JSX.Element {
  return (
    <EmptyState place="page" title="There are no dashboards yet">
      Put Grafana’s dashboard JSON into <code>grafana/dashboards</code> of the folder that Alidade runs on, or name a folder in a
      provisioning file under <code>grafana/provisioning/dashboards</code>. New files appear here by themselves.
    </EmptyState>
  );
}

function matches({ title, folder, tags, file }: DashboardSummary, { search, tag }: Filter): boolean {
  if (tag !== '' && !tags.includes(tag)) return false;
  const text = [title, folder, file, ...tags].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Folders by name, the unnamed one first; dashboards by title. */
function byFolder(boards: readonly DashboardSummary[]): [string, DashboardSummary[]][] {
  const folders = new Map<string, DashboardSummary[]>();
  for (const board of boards.toSorted((a, b) => a.title.localeCompare(b.title)))
    folders.set(board.folder, [...(folders.get(board.folder) ?? []), board]);
  return [...folders].sort(([a], [b]) => a.localeCompare(b));
}
