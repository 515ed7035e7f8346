// Grafana's grid: 24 columns, units of 30 px. Rows cut it into sections, one below the other; inside a section panels float upwards.
import type { GridPos, Panel } from '@alidade/sdk/schema';

export const COLUMNS = 24;

export interface PlacedPanel {
  readonly panel: Panel;
  readonly at: GridPos;
  /** For a row: how many panels it holds, and whether they are folded away. */
  readonly row?: { readonly panels: number; readonly isCollapsed: boolean };
}

interface Section {
  readonly row: Panel | undefined;
  readonly panels: Panel[];
}

/** Places every panel in sight, in reading order. `toggled` holds the ids of rows that the reader folded or unfolded against the file. */
export function arrangePanels(panels: readonly Panel[], toggled: ReadonlySet<number>): PlacedPanel[] {
  const placed: PlacedPanel[] = [];
  let top = 0;
  for (const { row, panels: members } of sectionsOf(panels)) {
    const isCollapsed = row !== undefined && row.collapsed !== toggled.has(row.id);
    if (row) {
      placed.push({ panel: row, at: { x: 0, y: top, w: COLUMNS, h: 1 }, row: { panels: members.length, isCollapsed } });
      top += 1;
    }
    if (isCollapsed) continue;
    const here = compact(members).map(({ panel, at }) => ({ panel, at: { ...at, y: at.y + top } }));
    placed.push(...here);
    top = Math.max(top, ...here.map(({ at }) => at.y + at.h));
  }
  return placed;
}

/** Panels of a folded row follow it in the file whatever their position; otherwise position decides. */
function sectionsOf(panels: readonly Panel[]): Section[] {
  const hasFolded = panels.some((panel) => panel.type === 'row' && panel.collapsed);
  const ordered = hasFolded ? panels : panels.toSorted(byPosition);
  const sections: Section[] = [{ row: undefined, panels: [] }];
  for (const panel of ordered) {
    if (panel.type === 'row') sections.push({ row: panel, panels: [] });
    else sections.at(-1)?.panels.push(panel);
  }
  return sections;
}

function byPosition(a: Panel, b: Panel): number {
  return a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x;
}

/** Moves each panel up as far as it goes without touching another, as Grafana's grid does. */
function compact(panels: readonly Panel[]): PlacedPanel[] {
  const placed: PlacedPanel[] = [];
  for (const panel of panels.toSorted(byPosition)) {
    const w = Math.min(COLUMNS, Math.max(1, Math.round(panel.gridPos.w)));
    const h = Math.max(1, Math.round(panel.gridPos.h));
    const x = Math.min(COLUMNS - w, Math.max(0, Math.round(panel.gridPos.x)));
    const below = placed.filter(({ at }) => at.x < x + w && x < at.x + at.w);
    const y = Math.max(0, ...below.map(({ at }) => at.y + at.h));
    placed.push({ panel, at: { x, y, w, h } });
  }
  return placed;
}
