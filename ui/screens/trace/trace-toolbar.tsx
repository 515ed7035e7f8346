import { type JSX, useEffect, useRef } from 'react';
import { formatCount } from '../../format/number.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { SearchField, Segments } from '../../kit/field.tsx';
import { Tooltip } from '../../kit/tooltip.tsx';
import type { SpanTree } from './span-tree.ts';
import styles from './trace-page.module.css';
import type { TraceLook, TracePageState } from './trace-url.ts';
import type { TraceViewState } from './use-trace-view.ts';

/** Search within the trace, and how it is shown. */
export function TraceToolbar({
  tree,
  url,
  state,
  onChange,
}: {
  tree: SpanTree;
  url: TracePageState;
  state: TraceViewState;
  onChange: (patch: Partial<TracePageState>) => void;
}): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  useSlash(field);
  const { matches, active } = state;
  const place = matches.indexOf(active);
  return (
    <div className={styles.toolbar}>
      <SearchField
        ref={field}
        label="Find in this trace ( / )"
        value={url.find}
        onChange={(find) => onChange({ find })}
        onKeyDown={(event) => {
          if (event.key === 'Enter') state.goToMatch(event.shiftKey ? -1 : 1);
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {url.find.trim() !== '' && (
        <>
          <span className={styles.found} role="status">
            {matches.length === 0
              ? 'nothing found'
              : `${place < 0 ? '' : `${formatCount(place + 1)} of `}${formatCount(matches.length)}${place < 0 ? ' found' : ''}`}
          </span>
          <IconButton
            small
            icon="chevron-up"
            label="Previous (Shift+Enter)"
            disabled={matches.length === 0}
            onClick={() => state.goToMatch(-1)}
          />
          <IconButton small icon="chevron-down" label="Next (Enter)" disabled={matches.length === 0} onClick={() => state.goToMatch(1)} />
        </>
      )}
      <span className={styles.gap} />
      {url.zoom && (
        <Button look="quiet" icon="zoom-out" onClick={() => onChange({ zoom: undefined })}>
          Whole trace
        </Button>
      )}
      {url.view === 'waterfall' && (
        <>
          <Tooltip text="What the trace waited for, from its end back to its start: a line under the bars. Making anything else faster does not make the trace faster.">
            <Button aria-pressed={state.showsPath} onClick={() => state.setShowsPath(!state.showsPath)}>
              Critical path
            </Button>
          </Tooltip>
          {tree.levels > 2 && (
            <Button look="quiet" onClick={state.collapsed.size > 0 ? state.expandAll : state.collapseAll}>
              {state.collapsed.size > 0 ? 'Expand all' : 'Collapse all'}
            </Button>
          )}
        </>
      )}
      <Segments<TraceLook>
        label="View"
        value={url.view}
        onChange={(view) => onChange({ view })}
        options={[
          { value: 'waterfall', label: 'Waterfall' },
          { value: 'table', label: 'Table' },
        ]}
      />
    </div>
  );
}

/** "/" goes to the search from anywhere on the page but fields. */
function useSlash(field: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isField =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable="true"]') !== null;
      if (event.key !== '/' || isField || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [field]);
}
