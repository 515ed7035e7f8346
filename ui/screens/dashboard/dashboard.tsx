// One dashboard: its grid, variables, time range; every panel's data comes through one feed.
import type { Dashboard, DashboardAnswer, Panel } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import { type CSSProperties, type JSX, useEffect, useMemo, useState } from 'react';
import { useParams } from 'wouter';
import { ApiError, messageOf } from '../../data/client.ts';
import { FrameFeed } from '../../data/frame-feed.ts';
import { dashboardQuery } from '../../data/server.ts';
import { listParam, numberParam, type UrlSchema, useUrlState } from '../../data/url-state.ts';
import { useTime } from '../../data/use-time.ts';
import { IconButton, LinkButton } from '../../kit/button.tsx';
import { Page } from '../../kit/page.tsx';
import { Popover } from '../../kit/popover.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import { RefreshPicker, TimeRangePicker } from '../../kit/time-picker.tsx';
import { RowHeading } from '../../panels/row/row.tsx';
import styles from './dashboard.module.css';
import { arrangePanels, type PlacedPanel } from './layout.ts';
import { PanelFrame, type PanelSurroundings } from './panel-frame.tsx';
import { fillVariables, variableValues } from './panel-queries.ts';
import { PanelTable } from './panel-table.tsx';
import { Variables } from './variables.tsx';

/** The dashboard of the address. */
export function DashboardScreen(): JSX.Element {
  const { uid = '' } = useParams<{ uid: string }>();
  const { data, error } = useQuery(dashboardQuery(uid));
  if (data) return <DashboardView key={uid} answer={data} />;
  if (!error) return <LoadingState place="page" label="Loading the dashboard" />;
  const isMissing = error instanceof ApiError && error.status === 404;
  return (
    <ErrorState
      place="page"
      title={isMissing ? 'There is no such dashboard' : 'The dashboard could not be read'}
      detail={isMissing ? `No dashboard has the uid "${uid}".` : messageOf(error)}
      cure={isMissing ? 'Its file may have moved, or its uid changed.' : 'It is asked again by itself.'}
      actions={<LinkButton href="/dashboards">All dashboards</LinkButton>}
    />
  );
}

interface FullState {
  readonly viewPanel: number | undefined;
}

const FULL: UrlSchema<FullState> = { viewPanel: numberParam() };

function DashboardView({ answer }: { answer: DashboardAnswer }): JSX.Element {
  const { dashboard, summary, notes } = answer;
  const time = useTime({ range: dashboard.time, refresh: dashboard.refresh });
  const [variables, setVariables] = useVariables(dashboard);
  const [{ viewPanel }, setFull] = useUrlState(FULL);
  const feed = useFeed(time.absolute, variables);
  const full = dashboard.panels.find(({ id }) => id === viewPanel);
  useEscape(full !== undefined, () => setFull({ viewPanel: undefined }));
  const surroundings: PanelSurroundings = {
    feed,
    time,
    variables,
    syncKey: dashboard.graphTooltip > 0 ? `dashboard/${dashboard.uid}` : undefined,
    file: summary.file,
  };
  return (
    <Page
      title={dashboard.title}
      crumb={{ label: summary.folder === '' ? 'Dashboards' : summary.folder, href: '/dashboards' }}
      controls={
        <>
          {notes.length > 0 && <Notes notes={notes} />}
          <TimeRangePicker range={time.range} onChange={time.setRange} />
          <RefreshPicker time={time} />
        </>
      }
      fill={full !== undefined}
      bar={dashboard.variables.length > 0 && <Variables dashboard={dashboard} values={variables} onChange={setVariables} />}
    >
      {dashboard.panels.length === 0 ? (
        <EmptyState place="page" title="This dashboard has no panels">
          Panels in <code>{summary.file}</code> appear here as soon as the file is saved.
        </EmptyState>
      ) : (
        <Panels dashboard={dashboard} surroundings={surroundings} full={full} onFull={(id) => setFull({ viewPanel: id })} />
      )}
    </Page>
  );
}

/** One feed for the life of the screen; asks anew whenever the question changes. */
function useFeed(range: ReturnType<typeof useTime>['absolute'], variables: Readonly<Record<string, readonly string[]>>): FrameFeed {
  const [feed] = useState(() => new FrameFeed());
  useEffect(() => feed.ask({ range, variables }), [feed, range, variables]);
  useEffect(() => () => feed.stop(), [feed]);
  return feed;
}

function useVariables(dashboard: Dashboard) {
  const schema = useMemo(
    (): UrlSchema<Record<string, readonly string[]>> =>
      Object.fromEntries(dashboard.variables.map(({ name }) => [`var-${name}`, listParam()])),
    [dashboard.variables],
  );
  const [chosen, setChosen] = useUrlState(schema);
  const values = useMemo(() => variableValues(dashboard, chosen), [dashboard, chosen]);
  return [values, (name: string, value: readonly string[]) => setChosen({ [`var-${name}`]: value })] as const;
}

function useEscape(isActive: boolean, onEscape: () => void): void {
  useEffect(() => {
    if (!isActive) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && document.querySelector('[role="dialog"], [role="menu"]') === null)
        onEscape();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
}

function Panels({
  dashboard,
  surroundings,
  full,
  onFull,
}: {
  dashboard: Dashboard;
  surroundings: PanelSurroundings;
  full: Panel | undefined;
  onFull: (id: number | undefined) => void;
}): JSX.Element {
  const [toggled, setToggled] = useState<ReadonlySet<number>>(new Set());
  const [tabled, setTabled] = useState<Panel>();
  const placed = useMemo(() => arrangePanels(dashboard.panels, toggled), [dashboard.panels, toggled]);
  const toggle = (id: number) => setToggled((now) => new Set(now.has(id) ? [...now].filter((other) => other !== id) : [...now, id]));
  const frame = (panel: Panel) => (
    <PanelFrame
      {...surroundings}
      panel={panel}
      isFull={full !== undefined}
      onFull={() => onFull(full === undefined ? panel.id : undefined)}
      onTable={() => setTabled(panel)}
    />
  );
  return (
    <>
      {full ? (
        <div className={styles.full}>{frame(full)}</div>
      ) : (
        <div className={styles.grid}>
          {placed.map((one) => (
            <div key={one.panel.id} className={styles.cell} style={cellStyle(one)}>
              {one.row ? (
                <RowHeading
                  title={fillVariables(one.panel.title, surroundings.variables, ' + ')}
                  isCollapsed={one.row.isCollapsed}
                  panels={one.row.panels}
                  onToggle={() => toggle(one.panel.id)}
                />
              ) : (
                frame(one.panel)
              )}
            </div>
          ))}
        </div>
      )}
      {tabled && <PanelTable panel={tabled} feed={surroundings.feed} onClose={() => setTabled(undefined)} />}
    </>
  );
}

/** On narrow screens panels stand below each other, small ones in pairs. */
function cellStyle({ at, row }: PlacedPanel): CSSProperties {
  return {
    '--column': at.x + 1,
    '--columns': at.w,
    '--row': at.y + 1,
    '--rows': at.h,
    '--narrow-columns': at.w <= 6 && !row ? 1 : 2,
  } as CSSProperties;
}

function Notes({ notes }: { notes: readonly string[] }): JSX.Element {
  return (
    <Popover
      label="Notes"
      trigger={
        <IconButton icon="info" label={notes.length === 1 ? '1 note about this dashboard' : `${notes.length} notes about this dashboard`} />
      }
    >
      <ul className={styles.notes}>
        <li className={styles.notesTitle}>Assumed while reading the file</li>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </Popover>
  );
}
