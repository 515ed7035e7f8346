// Where panels stand: 24 columns, a unit of height is 30 px. Fills in what a file leaves out, flattens rows.
import type { GridPos } from '@alidade/sdk/schema';
import { asList, asNumber, asRecord, asRecords, asText, type JsonRecord } from './loose-json.ts';

const COLUMNS = 24;
const SMALL_TYPES = new Set(['stat', 'gauge', 'bargauge']);

/** A raw panel with its place. */
export interface PlacedPanel {
  readonly raw: JsonRecord;
  readonly gridPos: GridPos;
}

/** All panels of a dashboard in one list, rows before their panels, everything placed as if all rows were open. */
export function placePanels(dashboard: JsonRecord): PlacedPanel[] {
  const rows = asRecords(dashboard.rows);
  const ofRows = rows.length > 0 ? placeOldRows(rows) : [];
  return [...ofRows, ...placeFreely(asRecords(dashboard.panels), bottomOf(ofRows))];
}

/** `rows: [{title, height, collapse, panels: [{span}]}]`, before Grafana 5: 12 spans to a row, heights in pixels. */
function placeOldRows(rows: readonly JsonRecord[]): PlacedPanel[] {
  const placed: PlacedPanel[] = [];
  const showsRows = rows.some((row) => row.showTitle === true || row.collapse === true);
  for (const row of rows) {
    let y = bottomOf(placed);
    if (showsRows) {
      placed.push({
        raw: { type: 'row', title: asText(row.title), collapsed: row.collapse === true },
        gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      });
      y++;
    }
    const h = rowHeight(row.height);
    let x = 0;
    for (const raw of asRecords(row.panels)) {
      const w = clamp(Math.floor((asNumber(raw.span) ?? 4) * 2), 1, COLUMNS);
      if (x + w > COLUMNS) {
        x = 0;
        y += h;
      }
      placed.push({ raw, gridPos: { x, y, w, h } });
      x += w;
    }
  }
  return placed;
}

function rowHeight(value: unknown): number {
  const pixels = asNumber(typeof value === 'string' ? value.replace('px', '') : value) ?? 250;
  return Math.ceil(Math.max(pixels, 90) / 38);
}

function placeFreely(panels: readonly JsonRecord[], top: number): PlacedPanel[] {
  const placed: PlacedPanel[] = [];
  // Opening a collapsed row pushes everything below it down.
  let shift = top;
  let flow: { x: number; y: number; h: number } | undefined;
  for (const raw of sortByPlace(panels)) {
    const asked = readGridPos(raw.gridPos);
    if (!asked) {
      const { w, h } = sizeOf(raw);
      flow ??= { x: 0, y: bottomOf(placed) || top, h: 0 };
      if (flow.x + w > COLUMNS) flow = { x: 0, y: flow.y + flow.h, h: 0 };
      placed.push({ raw, gridPos: { x: flow.x, y: flow.y, w, h } });
      flow = { x: flow.x + w, y: flow.y, h: Math.max(flow.h, h) };
      continue;
    }
    const gridPos = { ...asked, y: asked.y + shift };
    placed.push({ raw, gridPos });
    if (raw.type !== 'row') continue;
    const nested = placeFreely(asRecords(raw.panels), 0);
    const first = Math.min(...nested.map((panel) => panel.gridPos.y));
    const below = gridPos.y + gridPos.h;
    placed.push(...nested.map((panel) => ({ raw: panel.raw, gridPos: { ...panel.gridPos, y: panel.gridPos.y - first + below } })));
    if (nested.length > 0) shift += bottomOf(nested) - first;
  }
  return placed;
}

/** By row and column; panels without a place come last, in file order. */
function sortByPlace(panels: readonly JsonRecord[]): readonly JsonRecord[] {
  const key = (panel: JsonRecord) => {
    const pos = readGridPos(panel.gridPos);
    return pos ? pos.y * COLUMNS + pos.x : Number.MAX_SAFE_INTEGER;
  };
  return panels.toSorted((a, b) => key(a) - key(b));
}

function readGridPos(value: unknown): GridPos | undefined {
  const { x, y, w, h } = asRecord(value);
  const [left, top, width, height] = [x ?? 0, y ?? 0, w, h].map(asNumber);
  if (left === undefined || top === undefined || width === undefined || height === undefined) return undefined;
  const wide = clamp(Math.round(width), 1, COLUMNS);
  return { x: clamp(Math.round(left), 0, COLUMNS - wide), y: Math.max(0, Math.round(top)), w: wide, h: clamp(Math.round(height), 1, 200) };
}

function sizeOf(panel: JsonRecord): { w: number; h: number } {
  if (panel.type === 'row') return { w: COLUMNS, h: 1 };
  return SMALL_TYPES.has(asText(panel.type)) ? { w: 6, h: 4 } : { w: 12, h: 8 };
}

function bottomOf(panels: readonly PlacedPanel[]): number {
  return panels.reduce((bottom, { gridPos }) => Math.max(bottom, gridPos.y + gridPos.h), 0);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** How many panels a raw dashboard has, nested ones included: to bound it before work is done. */
export function countPanels(dashboard: JsonRecord): number {
  const rows = [...asRecords(dashboard.rows), ...asRecords(dashboard.panels)];
  return rows.reduce((sum, row) => sum + 1 + asList(row.panels).length, 0);
}
