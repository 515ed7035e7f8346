// The frame around a panel: title, what failed, menu; and the data that goes in.
import type { Panel } from '@alidade/sdk/schema';
import { useQuery } from '@tanstack/react-query';
import { type JSX, useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { useLocation } from 'wouter';
import { Guard } from '../../app-guard.tsx';
import { exemplarsQuery } from '../../data/exemplars.ts';
import type { FrameFeed, PanelData } from '../../data/frame-feed.ts';
import { exploreLink, traceLink } from '../../data/links.ts';
import type { ScreenTime } from '../../data/use-time.ts';
import { IconButton } from '../../kit/button.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Menu, MenuItem, MenuLink } from '../../kit/menu.tsx';
import { EmptyState, LoadingState } from '../../kit/states.tsx';
import { Tooltip } from '../../kit/tooltip.tsx';
import { panelKind } from '../../panels/registry.ts';
import { PanelFailure } from './panel-failure.tsx';
import styles from './panel-frame.module.css';
import { exemplarExprs, fillVariables, panelWish, shownTargets, type VariableValues } from './panel-queries.ts';
import { useInSight } from './use-in-sight.ts';

/** What all panels of a dashboard share. */
export interface PanelSurroundings {
  readonly feed: FrameFeed;
  readonly time: ScreenTime;
  readonly variables: VariableValues;
  readonly syncKey: string | undefined;
  readonly file: string;
}

export interface PanelFrameProps extends PanelSurroundings {
  readonly panel: Panel;
  readonly isFull: boolean;
  readonly onFull: () => void;
  readonly onTable: () => void;
}

/** One panel of a dashboard. It asks for data only while it is in sight. */
export function PanelFrame(props: PanelFrameProps): JSX.Element {
  const { panel, feed, time, variables } = props;
  const [box, isInSight, width] = useInSight<HTMLElement>();
  const id = String(panel.id);
  const wish = useMemo(() => panelWish(panel, width), [panel, width]);
  useEffect(() => {
    feed.want(id, isInSight && width > 0 ? wish : undefined);
    return () => feed.want(id, undefined);
  }, [feed, id, wish, isInSight, width]);
  const data = useSyncExternalStore(
    useCallback((listener: () => void) => feed.subscribe(id, listener), [feed, id]),
    () => feed.get(id),
  );
  const title = fillVariables(panel.title, variables, ' + ');
  const kind = panelKind(panel.type);
  const isBare = panel.type === 'text' && title === '';
  return (
    <section ref={box} className={styles.frame} aria-label={title === '' ? `${panel.type} panel` : title} data-bare={isBare}>
      {data.isLoading && data.frames.length > 0 && <div className={styles.busy} />}
      {!isBare && <PanelHead {...props} title={title} data={data} />}
      <div className={styles.body} data-flush={panel.type === 'stat'}>
        <Guard>
          {kind.hasQueries ? (
            <QueriedContent {...props} data={data} queries={wish.queries.length} />
          ) : (
            <kind.Content panel={panel} frames={[]} range={time.absolute} syncKey={undefined} onZoom={() => undefined} />
          )}
        </Guard>
      </div>
    </section>
  );
}

function QueriedContent({
  panel,
  time,
  variables,
  syncKey,
  file,
  data,
  queries,
}: PanelFrameProps & { data: PanelData; queries: number }): JSX.Element {
  const good = useMemo(() => data.frames.filter(({ error }) => error === undefined), [data.frames]);
  const { Content } = panelKind(panel.type);
  const { setRange } = time;
  const [, navigate] = useLocation();
  const range = data.range ?? time.absolute;
  const exprs = useMemo(() => exemplarExprs(panel, variables), [panel, variables]);
  const { data: exemplars } = useQuery(exemplarsQuery(exprs, range, time.tick));
  const isSmall = panel.gridPos.h <= 5;
  if (queries === 0) {
    return (
      <EmptyState place="fill" title="No query">
        {!isSmall && 'A target in PromQL brings data here; other data sources are not asked yet.'}
      </EmptyState>
    );
  }
  const failed = data.frames.find(({ error }) => error !== undefined);
  if (data.range === undefined && data.error === undefined) return <LoadingState place="fill" label={`Loading ${panel.title}`} />;
  if (good.length === 0) return <PanelFailure panel={panel} failed={failed} error={data.error} file={file} isSmall={isSmall} />;
  if (good.every(({ series }) => series.length === 0)) return <NoData panel={panel} isSmall={isSmall} />;
  return (
    <Content
      panel={panel}
      frames={good}
      range={range}
      syncKey={syncKey}
      {...(exemplars && exprs.length > 0 && { exemplars })}
      onExemplar={({ traceId }) => traceId !== '' && navigate(traceLink(traceId, { range: time.range }))}
      onZoom={({ fromMs, toMs }) => setRange({ from: String(fromMs), to: String(toMs) })}
    />
  );
}

function NoData({ panel, isSmall }: { panel: Panel; isSmall: boolean }): JSX.Element {
  const noValue = panel.fieldConfig.defaults.noValue;
  return (
    <EmptyState place="fill" title={noValue ?? 'No data'}>
      {!isSmall && noValue === undefined && 'No series answers these queries in this time range.'}
    </EmptyState>
  );
}

function PanelHead({
  panel,
  title,
  data,
  variables,
  time,
  isFull,
  onFull,
  onTable,
}: PanelFrameProps & { title: string; data: PanelData }): JSX.Element {
  const problems = problemsOf(data);
  const exprs = shownTargets(panel).map(({ expr }) => fillVariables(expr, variables, '|'));
  const hasQueries = panelKind(panel.type).hasQueries;
  return (
    <div className={styles.head}>
      <h2 className={styles.title} title={title}>
        {title}
      </h2>
      {panel.description !== '' && (
        <Tooltip text={panel.description}>
          <button type="button" className={styles.info} aria-label="Description">
            <Icon name="info" size={14} />
          </button>
        </Tooltip>
      )}
      {problems.length > 0 && (
        <Tooltip text={problems.join('\n')}>
          <button type="button" className={`${styles.info} ${styles.warning}`} aria-label={`Warning: ${problems.join('; ')}`}>
            <Icon name="warning" size={14} />
          </button>
        </Tooltip>
      )}
      <span className={styles.gap} />
      {isFull && <IconButton small icon="shrink" label="Back to the dashboard (Esc)" onClick={onFull} />}
      <Menu trigger={<IconButton small icon="more" label={`Menu of ${title === '' ? 'panel' : title}`} className={styles.menu} />}>
        {!isFull && (
          <MenuItem icon="expand" onSelect={onFull}>
            Full screen
          </MenuItem>
        )}
        {hasQueries && (
          <MenuItem icon="table" onSelect={onTable} disabled={data.frames.length === 0}>
            View as table
          </MenuItem>
        )}
        {exprs.length > 0 && (
          <MenuLink icon="explore" href={exploreLink(exprs, time.range)}>
            View query in Explore
          </MenuLink>
        )}
      </Menu>
    </div>
  );
}

/** What the reader should know although there is a picture: failed queries beside good ones, warnings, an answer from before. */
function problemsOf({ frames, error, range }: PanelData): string[] {
  const isPicture = frames.some((frame) => frame.error === undefined);
  if (!isPicture) return [];
  const failures = frames.flatMap((frame) => (frame.error ? [`Query ${frame.refId} failed: ${frame.error.message}`] : []));
  const warnings = [...new Set(frames.flatMap((frame) => frame.warnings))];
  const stale = error !== undefined && range !== undefined ? [`Not up to date: ${error}`] : [];
  return [...stale, ...failures, ...warnings];
}
