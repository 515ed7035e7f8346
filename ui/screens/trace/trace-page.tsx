import type { TraceView } from '@alidade/sdk/schema';
import { type JSX, useMemo } from 'react';
import { tracesLink } from '../../data/links.ts';
import { useUrlState } from '../../data/url-state.ts';
import { serviceColors } from '../../format/service-color.ts';
import { IconButton, LinkButton } from '../../kit/button.tsx';
import { Page } from '../../kit/page.tsx';
import { criticalPath, segmentsBySpan } from './critical-path.ts';
import { Minimap } from './minimap.tsx';
import { SpanDetails } from './span-details.tsx';
import { SpanTable } from './span-table.tsx';
import { buildTree, rootOf, type SpanTree } from './span-tree.ts';
import { TraceFacts } from './trace-facts.tsx';
import styles from './trace-page.module.css';
import { TraceToolbar } from './trace-toolbar.tsx';
import { type TracePageState, tracePageParams } from './trace-url.ts';
import { type ScreenLinks, useTraceLinks } from './use-trace-links.ts';
import { useTraceView } from './use-trace-view.ts';
import { Waterfall } from './waterfall.tsx';

/** Header, minimap, waterfall or table, and the details of the chosen span. */
export function TracePage({ view, isLoading, onReload }: { view: TraceView; isLoading: boolean; onReload: () => void }): JSX.Element {
  const [url, setUrl] = useUrlState<TracePageState>(tracePageParams);
  const tree = useMemo(() => buildTree(view), [view]);
  const path = useMemo(() => segmentsBySpan(criticalPath(tree)), [tree]);
  const colors = useMemo(() => serviceColors(tree.services.map(({ service }) => service)), [tree]);
  const state = useTraceView(tree, url, setUrl);
  const { from, to } = url;
  const range = useMemo(() => (from === '' || to === '' ? undefined : { from, to }), [from, to]);
  const links = useTraceLinks(view.traceId, tree, range);
  const chosen = tree.nodes[state.chosen];
  return (
    <Page
      fill
      flush
      title={titleOf(tree)}
      crumb={{ label: 'Traces', href: tracesLink({}, range) }}
      controls={<Controls links={links} isLoading={isLoading} onReload={onReload} />}
    >
      <div className={styles.page} data-details={chosen !== undefined}>
        <div className={styles.head}>
          <TraceFacts view={view} tree={tree} colors={colors} onFind={(find) => setUrl({ find }, { replace: true })} />
          <Minimap tree={tree} colors={colors} zoom={url.zoom} onZoom={(zoom) => setUrl({ zoom }, { replace: true })} />
          <TraceToolbar tree={tree} url={url} state={state} onChange={(patch) => setUrl(patch, { replace: true })} />
        </div>
        <div className={styles.main}>
          {url.view === 'table' ? (
            <SpanTable tree={tree} colors={colors} chosen={state.chosen} matches={state.matches} find={url.find} onChoose={state.choose} />
          ) : (
            <Waterfall tree={tree} colors={colors} path={path} zoom={url.zoom} state={state} />
          )}
        </div>
        {chosen !== undefined && (
          <SpanDetails
            key={chosen.index}
            traceId={view.traceId}
            tree={tree}
            node={chosen}
            color={colors.get(chosen.span.service)}
            links={links}
            onChoose={state.choose}
          />
        )}
      </div>
    </Page>
  );
}

function titleOf(tree: SpanTree): string {
  const root = rootOf(tree);
  if (root === undefined) return 'Trace';
  return root.span.service === '' ? root.span.name : `${root.span.service}: ${root.span.name}`;
}

function Controls({ links, isLoading, onReload }: { links: ScreenLinks; isLoading: boolean; onReload: () => void }): JSX.Element {
  return (
    <>
      <LinkButton icon="logs" href={links.logsOfTrace} title="Log lines with this trace id, around its time">
        Logs of this trace
      </LinkButton>
      <LinkButton icon="explore" href={links.requestRate} title="Requests a second of the root’s service in the minutes around the trace">
        Request rate at that minute
      </LinkButton>
      <IconButton look="plain" icon="refresh" label="Look for more spans of this trace" aria-busy={isLoading} onClick={onReload} />
    </>
  );
}
