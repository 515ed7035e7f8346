import type { Panel } from '@alidade/sdk/schema';
import { type JSX, useMemo } from 'react';
import { DataTable } from '../../charts/data-table.tsx';
import type { FrameFeed } from '../../data/frame-feed.ts';
import { displayText } from '../../format/field.ts';
import { Dialog } from '../../kit/dialog.tsx';
import { panelSeries } from '../../panels/panel-series.ts';

/** A panel's data as a table, as it was when the window was opened. */
export function PanelTable({ panel, feed, onClose }: { panel: Panel; feed: FrameFeed; onClose: () => void }): JSX.Element {
  const { times, series } = useMemo(() => {
    const frames = feed.get(String(panel.id)).frames.filter(({ error }) => error === undefined);
    const data = panelSeries(panel, frames);
    return {
      times: data.times,
      series: data.series.map((one) => ({
        key: one.key,
        name: one.name,
        values: one.values,
        format: (value: number | null) => displayText(one.field, value),
      })),
    };
  }, [panel, feed]);
  return (
    <Dialog
      open
      onClose={onClose}
      title={panel.title === '' ? 'Panel as a table' : panel.title}
      text={`${times.length} steps, ${series.length === 1 ? '1 series' : `${series.length} series`}`}
      width={960}
    >
      <DataTable label={panel.title} times={times} series={series} height={560} ground="raised" />
    </Dialog>
  );
}
